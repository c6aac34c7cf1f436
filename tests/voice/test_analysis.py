from __future__ import annotations

import numpy as np

from expressive.voice.analysis import analyse, outline
from expressive.voice.backends.base import SAMPLE_RATE
from expressive.voice.frames import FRAME_S


def test_a_sound_between_silences_keeps_its_edges():
    """A hiss from 0.2 to 0.4 s: the frames on its edges see half of it, and must not fade into the silence beside."""
    y = np.zeros(round(0.6 * SAMPLE_RATE))
    begin, end = (round(t * SAMPLE_RATE) for t in (0.2, 0.4))
    y[begin:end] = 0.1 * np.random.default_rng(3).standard_normal(end - begin)
    rough = outline(y)
    (frames,) = analyse(y, rough, np.zeros((len(rough.f0_hz), 5), np.float32), whole=True)
    level_db = 10 * np.log10(np.exp(frames.log_power.astype(float)).mean(axis=1))
    first, last = round(0.2 / FRAME_S), round(0.4 / FRAME_S)
    inside = np.median(level_db[first + 4 : last - 4])
    assert level_db[[first, last]].min() > inside - 12
    assert level_db[[first - 3, last + 3]].max() < inside - 40
