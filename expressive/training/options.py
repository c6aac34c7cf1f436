"""Every setting of a training run, for Python and, field by field, for the command line."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TrainOptions"]


@dataclass(frozen=True)
class TrainOptions:
    """Every setting of a run."""

    adversarial: bool = False
    """train against the discriminator; otherwise paired losses only"""
    minutes: float = 30.0
    """end after this time, and pace the schedule by it where ``steps`` is 0"""
    steps: int = 0
    """end after this many steps, and pace the schedule by them; 0 for no limit"""
    batch: int = 8
    """frames in a step"""
    channels: tuple[int, ...] = (96, 96, 64, 48, 32, 16)
    """channels of the generator, see ``GeneratorOptions``"""
    convs: tuple[int, ...] = (1, 1, 1, 1, 2, 2)
    """convolutions at each level"""
    texture_lr: float = 4e-3
    """step size of the pictures kept of each character"""
    texture_every: int = 4
    """steps whose gradients a step of these pictures gathers: there are many numbers in them"""
    relight: bool = False
    """begin with new pictures of teeth, in most light, where earlier weights bring others"""
    muon_lr: float = 0.02
    """step size of hidden weights"""
    adam_lr: float = 2e-3
    """step size of the others"""
    last_lr: float = 0.03
    """learning rate at the end, share of that at the start"""
    warmup_steps: int = 100
    """steps of rising learning rate"""
    ema: float = 0.998
    """decay of the averaged weights"""
    discriminator_lr: float = 4e-4
    """Adam on the discriminator"""
    discriminator_alone: float = 0.12
    """share of an adversarial run in which the generator stands still"""
    generator_rate: float = 0.2
    """learning rates of the generator in an adversarial run, share of the paired ones"""
    adversarial_weight: float = 0.3
    """weight of the adversarial loss"""
    matching_weight: float = 3.5
    """weight of feature matching"""
    reading_weight: float = 0.5
    """weight of the controls read back"""
    ramp_steps: int = 300
    """steps over which the adversarial terms come in"""
    penalty: float = 0.2
    """R1"""
    penalty_every: int = 16
    """steps between R1 terms"""
    seed: int = 0
    """seed of weights and batches"""
    threads: int = 2
    """CPU threads"""
    moves: int = 2
    """pairs of frames a moment apart in a batch, whose change is compared too; none where the frames have none"""
    change_weight: float = 2.0
    """weight of the error of that change, as a multiple of that of the frames"""
    expression_weight: float = 1.0
    """weight of what a reader of expressions sees otherwise than in the renders; 0 for no reader"""
    evenness: float = 0.5
    """how much more those characters weigh that are drawn worse: their share of the error to this power; 0 for not"""
    bf16: bool = True
    """compute convolutions in bfloat16 where the processor has instructions for it, but for those that it gets wrong"""
    report_every: int = 200
    """steps between lines of statistics"""
    save_minutes: float = 5.0
    """time between checkpoints"""
    refresh_minutes: float = 0.0
    """time between looks for frames rendered meanwhile; 0 for none, which a run that must repeat exactly needs"""
    compile: bool = False
    """compile the paired loss (needs a C++ compiler); faster on a CPU, equal up to rounding"""
