from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expressive.core.affect import Affect
from expressive.core.controls import CONTROL_INDEX, FaceControls
from expressive.core.emotions import EMOTIONS
from expressive.core.speech import SpeechTrack
from expressive.face.animator import FaceAnimator
from expressive.face.lips import Lips
from expressive.face.mouth import LIPS_CLOSED, close_lips, mouth_opening
from expressive.face.prototypes import load_expressions, load_visemes
from expressive.face.spec import FaceSpec
from tests.face.speech import GATE, make_track

TICK = 1 / 120
FRAME = 1 / 30
SOUNDS = ["p", "b", "m", "f", "v", "a", "'ɑ", "u", "'i", "aʊ", "s", "t", "k", "θ", "ʃ", "w", "ɹ"]


def speak(track: SpeechTrack, affect: Affect, **more: object) -> tuple[np.ndarray, np.ndarray]:
    spec = more.pop("spec", FaceSpec())
    animator = FaceAnimator(spec, rng=np.random.default_rng(3))  # type: ignore[arg-type]
    for _ in range(120):  # the emotion is there before the speech
        animator.advance(TICK, affect)
    ticks = round((track.duration_s + 0.3) / TICK)
    poses = [animator.advance(TICK, affect, track=track, speech_time_s=i * TICK, **more).values for i in range(ticks)]  # type: ignore[arg-type]
    return np.arange(ticks) * TICK, np.array(poses)


def within(times: np.ndarray, middle_s: float) -> np.ndarray:
    """Ticks of one video frame around a moment: whatever the phase of the camera, one of its frames falls in."""
    return np.abs(times - middle_s) <= FRAME / 2 + 1e-9


@settings(max_examples=35, deadline=None)
@given(
    words=st.lists(st.sampled_from(SOUNDS), min_size=1, max_size=10),
    phone_s=st.floats(0.025, 0.16),
    emotion=st.sampled_from(EMOTIONS),
    intensity=st.floats(0, 1),
    effort=st.floats(-1, 1),
    articulation=st.floats(0, 2),
)
def test_lips_meet_on_every_bilabial_and_touch_on_every_labiodental(
    words: list[str], phone_s: float, emotion: str, intensity: float, effort: float, articulation: float
) -> None:
    track = make_track(" ".join([*words, "'ɑ", "b", "'ɑ", "f", "u"]), phone_s=phone_s)
    spec = FaceSpec(articulation=articulation, expressivity={"default": 1.5})
    times, poses = speak(track, Affect.of({emotion: intensity}), effort=effort, spec=spec)
    for phone in track.phones:
        frame = poses[within(times, (phone.start_s + phone.end_s) / 2)]
        if phone.symbol in "pbm":
            assert max(mouth_opening(pose) for pose in frame) < LIPS_CLOSED
        elif phone.symbol in "fv" and _neighbours(track, phone.start_s).isdisjoint("pbm"):
            assert frame[:, CONTROL_INDEX["mouthRollLower"]].min() > 0.5
            assert frame[:, CONTROL_INDEX["jawOpen"]].max() < 0.15
            assert max(mouth_opening(pose) for pose in frame) < 0.25


def _neighbours(track: SpeechTrack, start_s: float) -> set[str]:
    return {p.symbol for p in track.phones if abs(p.start_s - start_s) < 0.17 or abs(p.end_s - start_s) < 0.05}


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_vowels_open_and_speech_stays_readable_in_every_emotion(emotion: str) -> None:
    track = make_track("b 'ɑ b 'ɑ b", phone_s=0.1)
    times, poses = speak(track, Affect.of({emotion: 0.9}))
    for phone in track.phones:
        middle = poses[np.abs(times - (phone.start_s + phone.end_s) / 2).argmin()]
        if phone.symbol == "ɑ":
            assert mouth_opening(middle) > 0.3


def test_aa_opens_within_a_frame_of_its_sound() -> None:
    track = make_track("_ 'ɑ", phone_s=0.15)
    times, poses = speak(track, Affect.neutral())
    start = track.phones[0].start_s
    assert mouth_opening(poses[np.abs(times - start - FRAME).argmin()]) > 0.3
    assert mouth_opening(poses[np.abs(times - start + 0.15).argmin()]) < 0.05


def test_smile_stays_at_the_corners() -> None:
    silent = speak(SpeechTrack(duration_s=1.0), Affect.of(happiness=0.8))[1]
    _, poses = speak(GATE, Affect.of(happiness=0.8))
    smile = CONTROL_INDEX["mouthSmileLeft"]
    assert np.median(poses[60:-60, smile]) > 0.35 * silent[-1, smile]


def test_rounding_begins_before_the_sound() -> None:
    track = make_track("_ s t 'u", phone_s=0.08)
    lips = Lips(track)
    vowel = track.phones[-1]
    pucker = CONTROL_INDEX["mouthPucker"]
    assert lips.pose(vowel.start_s - 0.05).values[pucker] > 0.1
    assert lips.pose(vowel.start_s - 0.3).values[pucker] < 0.01
    assert lips.pose((vowel.start_s + vowel.end_s) / 2).values[pucker] > 0.7


def test_effort_opens_the_jaw_and_articulation_scales() -> None:
    lips = Lips(make_track("'ɑ", phone_s=0.2))
    jaw = CONTROL_INDEX["jawOpen"]
    soft, plain, loud = (lips.pose(0.35, effort=effort).values[jaw] for effort in (-1.0, 0.0, 1.0))
    assert soft < 0.7 * plain
    assert loud > 1.4 * plain
    assert lips.pose(0.35, articulation=0.5).values[jaw] == pytest.approx(0.5 * plain)


def test_diphthongs_glide() -> None:
    lips = Lips(make_track("'aʊ", phone_s=0.2))
    early, late = lips.pose(0.26).values, lips.pose(0.46).values
    assert early[CONTROL_INDEX["jawOpen"]] > 2 * late[CONTROL_INDEX["jawOpen"]]
    assert late[CONTROL_INDEX["mouthPucker"]] > 0.4


def test_stress_is_larger_and_schwa_smaller() -> None:
    jaw = CONTROL_INDEX["jawOpen"]
    stressed, plain = (Lips(make_track(text, phone_s=0.2)).pose(0.34).values[jaw] for text in ("'ɛ", "ɛ"))
    schwa = Lips(make_track("ə", phone_s=0.2)).pose(0.34).values[jaw]
    assert stressed > 1.1 * plain > 1.1 * schwa


def test_silence_and_empty_tracks_leave_the_mouth_alone() -> None:
    for track in (SpeechTrack(), make_track("_"), make_track("b 'ɑ")):
        pose = Lips(track).pose(track.duration_s + 3.0)
        assert np.allclose(pose.values, 0.0)
        assert pose.speaking == pose.lips_meet == pose.lip_on_teeth == 0.0


def test_the_mouth_belongs_to_speech_while_it_lasts() -> None:
    lips = Lips(GATE)
    assert lips.pose(-1.0).speaking == 0.0
    assert lips.pose(0.5).speaking == 1.0
    assert len(lips.pauses) == 2  # the pause in the middle and the end


@settings(max_examples=200, deadline=None)
@given(
    emotion=st.integers(0, len(load_expressions().emotions) - 1),
    viseme=st.integers(0, 14),
    amount=st.floats(0, 1),
)
def test_close_lips_closes_anything(emotion: int, viseme: int, amount: float) -> None:
    face, mouth = load_expressions().values[emotion], load_visemes().values[viseme]
    pose = np.minimum(face + mouth, 1.0)
    closed = pose.copy()
    close_lips(closed, 1.0)
    assert mouth_opening(closed) == 0.0
    assert ((closed >= -0.5) & (closed <= 1.0)).all()
    part = pose.copy()
    close_lips(part, amount)
    assert mouth_opening(part) <= mouth_opening(pose) + 1e-9


def test_opening_is_in_units_of_the_jaw() -> None:
    assert mouth_opening(FaceControls.of(jawOpen=1.0)) == pytest.approx(1.0)
    assert mouth_opening(FaceControls.of(mouthUpperUpLeft=1.0, mouthUpperUpRight=1.0)) == pytest.approx(0.216)
    assert mouth_opening(FaceControls.of(mouthPressLeft=1.0)) == 0.0
