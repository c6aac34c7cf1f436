from __future__ import annotations

import math

import pytest

from expressive.core.errors import ParameterError, UnknownNameError
from expressive.core.speech import Mark, Phone, SpeechTrack, Word
from expressive.face.sounds import SoundGestures, _end, _gesture, load_sounds


def track_with(*phones: Phone, words: tuple[Word, ...] = ()) -> SpeechTrack:
    return SpeechTrack(duration_s=5.0, phones=phones, words=words, marks=(Mark("sound:sigh", 1.0),))


@pytest.mark.parametrize(
    ("track", "end_s", "by_phones"),
    [
        (track_with(), 2.3, False),
        # a word cuts a sound without phones short
        (track_with(words=(Word("no", 1.5, 2.0),)), 1.5, False),
        # phones of its own say how long it lasts
        (track_with(Phone("h", 1.0, 1.4), Phone("a", 1.4, 1.8)), 1.8, True),
        # the word that follows at once is not part of it
        (track_with(Phone("h", 1.0, 1.4), Phone("n", 1.4, 1.5), words=(Word("no", 1.4, 1.5),)), 1.4, True),
        # nor is speech after a pause
        (track_with(Phone("h", 1.0, 1.4), Phone("", 1.4, 1.9), Phone("n", 1.9, 2.0)), 1.4, True),
        (track_with(Phone("n", 1.6, 2.0)), 1.6, False),
    ],
)
def test_when_a_sound_ends(track: SpeechTrack, end_s: float, by_phones: bool) -> None:
    assert _end(track, 1.0, 1.3) == (pytest.approx(end_s), by_phones)


def test_poses_begin_and_end_at_nothing() -> None:
    for gesture in load_sounds().values():
        assert not gesture.pose(-0.1, 1.0).any()
        assert not gesture.pose(0.0, 1.0).any()
        assert not gesture.pose(1.0, 1.0).any()
        assert gesture.pose(0.5, 1.0).any()


def test_no_gesture_no_pose() -> None:
    gestures = SoundGestures(track_with())
    assert gestures.pose(0.5, 0.0) is None
    assert gestures.pose(1.5, 0.0) is not None
    assert math.isclose(load_sounds()["sigh"].duration_s, 1.3)


@pytest.mark.parametrize(
    ("keys", "error", "message"),
    [
        ([[0.0, {}], [0.5, {}]], ParameterError, "must rise from 0 to 1"),
        ([[0.0, {}], [0.7, {}], [0.5, {}], [1.0, {}]], ParameterError, "must rise"),
        ([[0.0, {}], [0.5, {"jawOpen": 2.0}], [1.0, {}]], ParameterError, "leaves the range"),
        ([[0.0, {}], [0.5, {"jawOpn": 0.2}], [1.0, {}]], UnknownNameError, r"Did you mean 'jawOpen'"),
    ],
)
def test_bad_gestures(keys: list, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        _gesture("x", {"duration_s": 1.0, "keys": keys})
