"""Training by many processes: each draws its share of one large batch, and all take the mean of their gradients.

``torchrun --standalone --nproc-per-node N -m -- expressive train face …`` starts N processes that find each other by
the environment (``RANK``, ``WORLD_SIZE``, ``MASTER_ADDR``, ``MASTER_PORT``); without it there is one, and every
function here does nothing. The lone ``--`` keeps torchrun from taking ``--run`` for its own ``--run-path``.

N processes take the same steps as one with N times the batch and the moves, up to rounding: weights begin alike, all
draw the same numbers of frames and each takes its own share, and the losses are means over frames.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
import torch.distributed as dist
from torch import Tensor, nn

from expressive.core.errors import ParameterError
from expressive.training.data import Batch, FrameSet

__all__ = ["World", "join_world"]


@dataclass(frozen=True)
class World:
    """The processes that train together, seen from one of them."""

    rank: int = 0
    """number of this process"""
    size: int = 1
    """how many there are"""
    local_rank: int = 0
    """number of this process on its machine, and of its GPU"""

    @property
    def leads(self) -> bool:
        """Whether this process writes: checkpoints, statistics, pictures."""
        return self.rank == 0

    @property
    def device(self) -> torch.device:
        """Where this process computes."""
        return torch.device("cuda", self.local_rank) if torch.cuda.is_available() else torch.device("cpu")

    def draw(self, frames: FrameSet, count: int, draws: torch.Generator, *, moves: int = 0) -> Batch:
        """Draw a batch and take the share of this process.

        Parameters
        ----------
        frames : FrameSet
            all frames, the same in every process
        count : int
            frames for each process
        draws : torch.Generator
            in the same state in every process, and again so afterwards
        moves : int
            pairs of frames a moment apart among those of each process, where there are any

        Returns
        -------
        Batch
            ``count`` frames of the ``count · size`` that were drawn
        """
        moves = moves if len(frames.moves) else 0
        index = self._share(len(frames), count - 2 * moves, draws)
        if moves:
            index = np.concatenate([index, frames.moves[self._share(len(frames.moves), moves, draws)].ravel()])
        return frames.take(index, moves=moves)

    def _share(self, high: int, count: int, draws: torch.Generator) -> npt.NDArray[np.int64]:
        """Draw numbers below ``high`` for everybody, and take the ``count`` of this process."""
        index = torch.randint(high, (count * self.size,), generator=draws).numpy()
        own: npt.NDArray[np.int64] = index[self.rank * count : (self.rank + 1) * count]
        return own

    def align(self, *models: nn.Module) -> None:
        """Give every process the weights and buffers of the first."""
        if self.size > 1:
            for model in models:
                for value in (*model.parameters(), *model.buffers()):
                    dist.broadcast(value.data, 0)

    def average(self, parameters: Iterable[nn.Parameter]) -> None:
        """Replace every gradient by its mean over the processes, in one message for each type of number.

        A gradient that is gathered over several steps may be averaged in each of them: the mean of means is the same.
        Where a process has none, as for the pictures of a character of whom it drew no frame, it counts as zero.
        """
        if self.size == 1:
            return
        held = list(parameters)
        moved = torch.tensor([parameter.grad is not None for parameter in held], dtype=torch.uint8, device=self.device)
        dist.all_reduce(moved, dist.ReduceOp.MAX)
        groups: dict[torch.dtype, list[Tensor]] = {}
        for parameter, anywhere in zip(held, moved.tolist(), strict=True):
            if anywhere:
                if parameter.grad is None:
                    parameter.grad = torch.zeros_like(parameter)
                groups.setdefault(parameter.grad.dtype, []).append(parameter.grad)
        for gradients in groups.values():
            flat = torch.cat([gradient.flatten() for gradient in gradients])
            dist.all_reduce(flat)
            flat /= self.size
            means = torch.split(flat, [gradient.numel() for gradient in gradients])
            for gradient, mean in zip(gradients, means, strict=True):
                gradient.copy_(mean.view_as(gradient))

    def sum(self, value: Tensor) -> None:
        """Replace a tensor by its sum over the processes."""
        if self.size > 1:
            dist.all_reduce(value)

    def agree(self, *values: float) -> tuple[float, ...]:
        """The first process's numbers, for every process: clocks differ, but a schedule must not."""
        if self.size == 1:
            return values
        shared = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.broadcast(shared, 0)
        return tuple(float(value) for value in shared)

    def wait(self) -> None:
        """Return when every process has come here."""
        if self.size > 1:
            dist.barrier()


@contextmanager
def join_world() -> Iterator[World]:
    """Meet the other processes that ``torchrun`` started, and part from them afterwards.

    Yields
    ------
    World
        of one process where there are no others

    Raises
    ------
    ParameterError
        If the environment names a size or a rank that cannot be.
    """
    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
    try:
        rank, size, local = (int(os.environ.get(name, default)) for name, default in zip(names, "010", strict=True))
    except ValueError as error:
        raise ParameterError(f"RANK and WORLD_SIZE must be whole numbers, as torchrun sets them ({error})") from error
    if not 0 <= rank < size:
        raise ParameterError(f"RANK={rank} must be in [0, WORLD_SIZE={size}), as torchrun sets them")
    if size == 1:
        yield World()
        return
    world = World(rank, size, local)
    if torch.cuda.is_available():
        torch.cuda.set_device(world.device)
    dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
    try:
        yield world
    finally:
        dist.destroy_process_group()
