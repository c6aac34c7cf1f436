"""Two processes with a batch of four take the steps of one with a batch of eight."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sysconfig
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import torch
import torch.multiprocessing
from torch import nn

from expressive.core.errors import ParameterError
from expressive.training import loop
from expressive.training.checkpoint import load_run
from expressive.training.data import Batch, FrameSet, load_frames
from expressive.training.distributed import World, join_world
from expressive.training.losses import paired_loss, region_weights
from expressive.training.options import TrainOptions
from expressive.training.trainer import Trainer

STEPS = 4
DOCS = Path(__file__).parents[2] / "docs" / "face.md"
TINY = {
    "channels": (8, 8, 8), "convs": (1, 1, 2), "threads": 1, "bf16": False, "warmup_steps": 1, "texture_every": 2,
    "report_every": 2,
}  # fmt: skip


class Painter(nn.Module):
    """A small generator without anything that depends on the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.who = nn.Embedding(2, 8)
        self.draw = nn.Sequential(nn.Linear(61 + 8, 32), nn.SiLU(), nn.Linear(32, 4 * 32 * 32), nn.Sigmoid())

    def forward(self, controls: torch.Tensor, identity: torch.Tensor) -> torch.Tensor:
        return self.draw(torch.cat([controls, self.who(identity)], 1)).view(-1, 4, 32, 32)


def train(frames: Path, world: World, batch: int, seed: int) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    model, data = Painter(), load_frames(frames)
    world.align(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-5)  # or it would enlarge what is rounded
    draws = torch.Generator().manual_seed(1)
    for _ in range(STEPS):
        part = world.draw(data, batch, draws)
        assert len(part.frames) == batch
        loss = paired_loss(model(part.controls, part.identity), part.frames, region_weights(part.landmarks, 32))
        optimizer.zero_grad()
        loss.backward()
        world.average(model.parameters())
        optimizer.step()
    return model.state_dict() | {"draws": draws.get_state()}


def one_of_two(rank: int, frames: str, port: int, out: str) -> None:
    """What ``torchrun`` starts."""
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    with join_world() as world:
        assert (world.rank, world.size, world.leads) == (rank, 2, rank == 0)
        state = train(Path(frames), world, 4, seed=440 + rank)  # other weights at first: those of rank 0 count
        assert world.agree(float(rank), 7.5) == (0.0, 7.5)
        everywhere, here, nowhere = (nn.Parameter(torch.zeros(3)) for _ in range(3))
        everywhere.grad = torch.full((3,), 1.0 + rank)
        here.grad = torch.ones(3) if rank == 1 else None
        world.average([here, nowhere, everywhere])
        assert (everywhere.grad.tolist(), here.grad.tolist(), nowhere.grad) == ([1.5] * 3, [0.5] * 3, None)
        world.wait()
        torch.save(state, Path(out) / f"{rank}.pt")


def test_two_processes_take_the_steps_of_one(tiny_frames, tmp_path):
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    torch.multiprocessing.spawn(one_of_two, (str(tiny_frames), port, str(tmp_path)), nprocs=2)
    zero, one = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))
    alone = train(tiny_frames, World(), 8, seed=440)
    torch.manual_seed(440)
    before = Painter().state_dict()
    for name, value in alone.items():
        assert torch.equal(zero[name], one[name]), name
        torch.testing.assert_close(zero[name], value, rtol=0, atol=1e-6)
    assert max(float((alone[name] - value).abs().max()) for name, value in before.items()) > 1e-3  # they did learn


def flags(options: dict) -> list[str]:
    """Settings as the command line takes them."""
    out = []
    for name, value in options.items():
        flag = name.replace("_", "-")
        if isinstance(value, bool):
            out.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            out += [f"--{flag}", ",".join(map(str, value)) if isinstance(value, tuple) else str(value)]
    return out


def test_the_documented_torchrun_takes_the_steps_of_one_process(tiny_frames, tmp_path):
    if not torch.distributed.is_available():
        pytest.skip("this torch is built without torch.distributed")
    torchrun = shutil.which("torchrun", path=sysconfig.get_path("scripts"))
    if torchrun is None:
        pytest.skip("torch is installed without torchrun")
    written = next(line for line in DOCS.read_text(encoding="utf-8").splitlines() if line.startswith("torchrun "))
    places = {"frames": str(tiny_frames), "runs/1": str(tmp_path / "two"), "torchrun": torchrun}
    command = [places.get(word, word) for word in shlex.split(written)]
    assert command[command.index("--nproc-per-node") + 1] == "2"
    settings = TINY | {"steps": STEPS, "batch": 2}
    done = subprocess.run([*command, *flags(settings)], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert len((tmp_path / "two" / "stats.jsonl").read_text().splitlines()) == 2  # one process wrote, at steps 2 and 4

    options = TrainOptions(**(settings | {"batch": 4}))
    loop.train(frames=tiny_frames, run=tmp_path / "one", options=options, progress=False)
    two, one = load_run(tmp_path / "two"), load_run(tmp_path / "one")
    assert two["step"] == one["step"] == STEPS
    trainer = Trainer(options, load_frames(tiny_frames))
    trainer.begin()
    for name, value in trainer.G.named_parameters():  # optimizers enlarge rounding where gradients are next to nothing
        moved, apart = one["G"][name] - value.detach(), two["G"][name] - one["G"][name]
        assert float(apart.norm()) <= 0.2 * float(moved.norm()), name


@dataclass(frozen=True)
class Follower(World):
    """The second of two processes, without the first, which says that a minute passes with every step."""

    rank: int = 1
    steps: list[float] = field(default_factory=list)

    def draw(self, frames: FrameSet, count: int, draws: torch.Generator, *, moves: int = 0) -> Batch:
        return frames.draw(count, draws)

    def sum(self, value: torch.Tensor) -> None:
        pass

    def agree(self, *values: float) -> tuple[float, ...]:
        self.steps.append(values[0])
        return (60.0 * len(self.steps), 0.0)


def test_a_follower_writes_nothing_and_looks_for_frames_by_the_clock_of_the_first(tiny_frames, tmp_path, monkeypatch):
    follower, looks = Follower(), []

    @contextmanager
    def world():
        yield follower

    def look(folder):
        looks.append(len(follower.steps))
        return load_frames(folder)

    monkeypatch.setattr(loop, "join_world", world)
    monkeypatch.setattr(loop, "load_frames", look)
    options = TrainOptions(minutes=7.0, batch=2, refresh_minutes=2.5, save_minutes=0.0, **TINY)
    loop.train(frames=tiny_frames, run=tmp_path / "run", options=options, progress=False)
    assert len(follower.steps) == 7
    assert looks == [0, 3, 6]
    assert not (tmp_path / "run").exists()


def test_without_torchrun_there_is_one_process(monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    with join_world() as world:
        assert world == World()
        assert world.leads
        assert world.agree(3.0, 4.0) == (3.0, 4.0)


@pytest.mark.parametrize(("rank", "size", "message"), [("2", "2", "RANK=2"), ("x", "2", "whole numbers")])
def test_a_broken_environment_is_one_clear_error(monkeypatch, rank, size, message):
    monkeypatch.setenv("RANK", rank)
    monkeypatch.setenv("WORLD_SIZE", size)
    with pytest.raises(ParameterError, match=message), join_world():
        pass
