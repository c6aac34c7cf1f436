"""Two processes with a batch of four take the steps of one with a batch of eight."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
import torch
import torch.multiprocessing
from torch import nn

from expressive.core.errors import ParameterError
from expressive.training.data import load_frames
from expressive.training.distributed import World, join_world
from expressive.training.losses import paired_loss, region_weights

STEPS = 4


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
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
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
