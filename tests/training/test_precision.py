"""Layers that are wrong in bfloat16 are found, and compute in floats."""

from __future__ import annotations

import logging

import pytest
import torch
from torch import Tensor, nn

from expressive.training.data import load_frames
from expressive.training.options import TrainOptions
from expressive.training.precision import has_bf16, wrong_in_bf16
from expressive.training.trainer import Trainer


class Crooked(nn.Conv2d):
    """Like a library that gets one kind of convolution wrong."""

    def forward(self, x: Tensor) -> Tensor:
        y = super().forward(x)
        return y.roll(1, 1) if torch.is_autocast_enabled("cpu") else y


def test_a_layer_that_is_more_than_rounded_is_named():
    torch.manual_seed(440)
    model = nn.Sequential(nn.Linear(8, 8), nn.Unflatten(1, (8, 1, 1)), Crooked(8, 8, 1), nn.Conv2d(8, 8, 1))
    x = torch.rand(16, 8)
    assert wrong_in_bf16(model[:2], lambda: model[:2](x)) == []
    assert wrong_in_bf16(model, lambda: model(x)) == ["2"]
    assert not any(layer._forward_hooks for layer in model.modules())


@pytest.mark.parametrize(
    ("capabilities", "expected"), [({"avx2": True}, False), ({"avx2": True, "amx_bf16": True}, True), ({}, False)]
)
def test_bfloat16_is_used_where_the_processor_has_it(tiny_frames, monkeypatch, capabilities, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert has_bf16(torch.device("cpu")) == expected
    tiny = {"steps": 2, "channels": (8, 8, 8), "convs": (1, 1, 2), "batch": 4, "threads": 1}
    frames = load_frames(tiny_frames)
    assert Trainer(TrainOptions(**tiny), frames).bf16 == expected
    assert not Trainer(TrainOptions(**tiny, bf16=False), frames).bf16


@pytest.mark.parametrize("crooked", [False, True])
def test_training_computes_in_floats_what_is_wrong_in_bfloat16(tiny_frames, caplog, crooked, monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    options = TrainOptions(steps=2, channels=(8, 8, 8), convs=(1, 1, 2), batch=4, threads=1)
    trainer = Trainer(options, load_frames(tiny_frames))
    if crooked:
        trainer.G.levels[1].convs[0].conv.__class__ = Crooked
    with caplog.at_level(logging.WARNING):
        trainer.step()
    named = [record for record in caplog.records if "levels.1.convs.0.conv" in record.getMessage()]
    assert bool(named) == crooked
    x = torch.rand(1, 8, 4, 4)
    conv = trainer.G.levels[1].convs[0].conv
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        assert conv(x).dtype == (torch.float32 if crooked else torch.bfloat16)
