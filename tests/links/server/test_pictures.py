"""Pictures on their way to a client: what packing them costs their edges."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from expressive.links.server.inbound import VideoSettings
from expressive.links.server.painter import encode, on_ground


@pytest.fixture
def picture() -> np.ndarray:
    """A soft disc on nothing, 64²."""
    y, x = np.mgrid[:64, :64] - 31.5
    alpha = np.clip(128 + 16 * (24 - np.hypot(x, y)), 0, 255)
    out = np.zeros((64, 64, 4), np.uint8)
    out[..., :3] = (200, 140, 90)
    out[..., 3] = alpha
    return out


def unpack(data: bytes, mode: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert(mode)).astype(int)


def test_webp_keeps_the_edges_of_a_face(picture: np.ndarray) -> None:
    seen = unpack(encode(picture, VideoSettings(format="webp")), "RGBA")
    alpha = picture[..., 3].astype(int)
    assert np.abs(seen[..., 3] - alpha).max() <= 4
    assert (seen[..., 3][alpha == 255] == 255).all()
    assert (seen[..., 3][alpha == 0] == 0).all()
    assert np.abs(seen[..., :3] - picture[..., :3])[alpha == 255].mean() < 4


def test_jpeg_lies_on_its_ground(picture: np.ndarray) -> None:
    seen = unpack(encode(picture, VideoSettings(format="jpeg", ground="#204060")), "RGB")
    assert np.abs(seen - on_ground(picture, "#204060")).mean() < 4
    assert np.abs(seen[0, 0] - (0x20, 0x40, 0x60)).max() < 8


def test_raw_is_the_picture(picture: np.ndarray) -> None:
    assert encode(picture, VideoSettings(format="raw")) == picture.tobytes()
