from __future__ import annotations

import numpy as np
import pytest

from expressive.face.blinks import Blinks

TICK = 1 / 120


def run(blinks: Blinks, seconds: float, **more: float) -> np.ndarray:
    settings = {"arousal": 0.0, "speaking": 0.0, **more}
    return np.array([blinks.advance(TICK, **settings) for _ in range(round(seconds / TICK))])


def starts(lids: np.ndarray) -> np.ndarray:
    return np.flatnonzero((lids[1:] > 0) & (lids[:-1] == 0))


@pytest.mark.parametrize("rate", [8.0, 16.0, 30.0])
def test_rate_is_what_was_asked(rate: float) -> None:
    minutes = 20
    lids = run(Blinks(rate, rng=np.random.default_rng(8)), 60.0 * minutes)
    assert len(starts(lids)) / minutes == pytest.approx(rate, rel=0.15)


def test_arousal_and_speech_blink_more_and_staring_less() -> None:
    def count(**more: float) -> int:
        return len(starts(run(Blinks(16.0, rng=np.random.default_rng(2)), 240.0, **more)))

    calm = count()
    assert count(arousal=0.8) > 1.25 * calm
    assert count(speaking=1.0) > 1.25 * calm
    assert count(factor=0.3) < 0.5 * calm
    assert count(factor=0.0) == 0


def test_profile_closes_fast_and_opens_slowly() -> None:
    lids = run(Blinks(16.0, rng=np.random.default_rng(4)), 120.0)
    whole = [i for i in starts(lids) if lids[i : i + 30].max() == 1.0]
    assert len(whole) > 15
    for i in whole:
        blink = lids[i : i + 40]
        top = np.flatnonzero(blink == 1.0)
        closing, opening = top[0] * TICK, (np.flatnonzero(blink[top[-1] :] < 0.02)[0]) * TICK
        assert 0.05 < closing < 0.1
        assert 0.1 < opening < 0.18
        assert np.abs(np.diff(blink)).max() < 0.2


def test_pauses_and_gaze_shifts_bring_blinks() -> None:
    def latency(**push: object) -> float:
        total = 0
        for seed in range(24):
            blinks = Blinks(12.0, rng=np.random.default_rng(seed))
            run(blinks, 20.0)
            blinks.push(**push)  # type: ignore[arg-type]
            total += int(np.argmax(run(blinks, 30.0) > 0.5))
        return total * TICK / 24

    plain = latency()
    assert latency(pause=True) < 0.8 * plain
    assert latency(gaze_shift_rad=0.5) < 0.8 * plain


def test_no_rate_no_blink() -> None:
    blinks = Blinks(0.0, rng=np.random.default_rng(0))
    blinks.push(pause=True, gaze_shift_rad=1.0)
    assert not run(blinks, 60.0).any()


def test_two_characters_do_not_blink_together() -> None:
    first = [starts(run(Blinks(16.0, rng=np.random.default_rng(seed)), 20.0))[0] for seed in range(6)]
    assert len(set(first)) > 4
