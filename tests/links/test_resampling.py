"""Sound in pieces becomes what the same sound at once would become."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import resample_poly

from expressive.core.errors import ParameterError
from expressive.links.resampling import StreamResampler


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([(22050, 44100), (22050, 48000), (22050, 22050), (24000, 22050), (48000, 8000), (22050, 11025)]),
    st.lists(st.integers(0, 700), min_size=1, max_size=12),
    st.integers(0, 2**32 - 1),
)
def test_pieces_equal_the_whole(rates, lengths, seed):
    source, target = rates
    y = np.random.default_rng(seed).uniform(-1, 1, sum(lengths)).astype(np.float32)
    resampler = StreamResampler(source, target)
    out = [resampler.push(piece) for piece in np.split(y, np.cumsum(lengths)[:-1])]
    out.append(resampler.flush())
    divisor = np.gcd(source, target)
    whole = resample_poly(y, target // divisor, source // divisor) if len(y) else y
    np.testing.assert_allclose(np.concatenate(out), whole, atol=1e-6)


@pytest.mark.parametrize("rates", [(22050, 44100), (22050, 48000), (22050, 44099)])
def test_a_tone_keeps_its_pitch_and_level(rates):
    source, target = rates
    y = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(source) / source)
    resampler = StreamResampler(source, target)
    out = np.concatenate([*(resampler.push(piece) for piece in np.array_split(y, 50)), resampler.flush()])
    assert abs(len(out) - target) <= 25
    expected = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(len(out)) / target)
    middle = slice(200, -200)
    np.testing.assert_allclose(out[middle], expected[middle], atol=5e-3 if rates[1] != 44099 else 0.08)


def test_little_is_held_back():
    resampler = StreamResampler(22050, 48000)
    assert len(resampler.push(np.zeros(441))) >= 0.3 * 960
    resampler.flush()
    with pytest.raises(ParameterError, match="was flushed"):
        resampler.push([0.0])


def test_what_is_no_sound_is_refused():
    with pytest.raises(ParameterError, match="source_rate=0 must be in"):
        StreamResampler(0, 44100)
    with pytest.raises(ParameterError, match="must be mono"):
        StreamResampler(22050, 44100).push(np.zeros((2, 2)))
