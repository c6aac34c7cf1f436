from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expressive.core.affect import Affect
from expressive.core.controls import CONTROL_HIGH, CONTROL_INDEX, CONTROL_LOW, CONTROL_NAMES
from expressive.core.emotions import EMOTIONS
from expressive.core.errors import ParameterError, UnknownNameError
from expressive.core.speech import Mark, Phone, SpeechTrack, Word
from expressive.face.animator import FaceAnimator
from expressive.face.layout import N_SHAPES
from expressive.face.motion import EYE_SPEED_RAD_S, HEAD_SPEED_RAD_S, SHAPE_SPEED_S
from expressive.face.prototypes import load_visemes
from expressive.face.sounds import load_sounds
from expressive.face.spec import FaceSpec
from tests.face.speech import GATE, make_track

TICK = 1 / 120
STILL = {"blink_rate_per_min": 0.0, "gaze_liveliness": 0.0, "head_motion": 0.0, "breathing": 0.0}


def animate(animator: FaceAnimator, affect: Affect, seconds: float, **more: object) -> np.ndarray:
    """Controls (n_ticks, 61) while an affect is held."""
    return np.array([animator.advance(TICK, affect, **more).values for _ in range(round(seconds / TICK))])  # type: ignore[arg-type]


def speak(animator: FaceAnimator, affect: Affect, track: SpeechTrack, **more: object) -> np.ndarray:
    ticks = round((track.duration_s + 0.5) / TICK)
    return np.array(
        [animator.advance(TICK, affect, track=track, speech_time_s=i * TICK, **more).values for i in range(ticks)]  # type: ignore[arg-type]
    )


def make(seed: int = 440, **spec: object) -> FaceAnimator:
    return FaceAnimator(FaceSpec(**spec), rng=np.random.default_rng(seed))  # type: ignore[arg-type]


def track_of(poses: np.ndarray, name: str) -> np.ndarray:
    return poses[:, CONTROL_INDEX[name]]


SPEED = np.full(len(CONTROL_NAMES), SHAPE_SPEED_S)
SPEED[N_SHAPES : N_SHAPES + 3] = HEAD_SPEED_RAD_S
SPEED[N_SHAPES + 3 :] = EYE_SPEED_RAD_S
# the eyeLook shapes follow the eyes: full weight at the limit of the eye
for name in CONTROL_NAMES:
    if name.startswith("eyeLook"):
        SPEED[CONTROL_INDEX[name]] = EYE_SPEED_RAD_S / (0.4 if name[7:9] in ("Up", "Do") else 0.5)

affects = st.dictionaries(st.sampled_from(EMOTIONS), st.floats(0, 1), max_size=4).map(Affect.of)
speech = st.lists(
    st.sampled_from(["p", "b", "m", "f", "v", "a", "'ɑ", "u", "i", "'aʊ", "s", "t", "k", "θ", "ʃ", "w", "_"]),
    min_size=1,
    max_size=20,
)


@settings(max_examples=40, deadline=None)
@given(
    scenes=st.lists(
        st.tuples(
            affects,
            st.one_of(st.none(), speech),
            st.floats(0.02, 0.2),
            st.floats(-1, 1),
            st.floats(0, 1),
            st.one_of(st.none(), st.tuples(st.floats(-3, 3), st.floats(-1.5, 1.5))),
            st.sampled_from([TICK, 1 / 60, 1 / 240]),
            st.integers(2, 50),
        ),
        min_size=1,
        max_size=5,
    ),
    seed=st.integers(0, 2**32 - 1),
    asymmetry=st.floats(-1, 1),
)
def test_nothing_leaves_its_range_and_nothing_jumps(scenes: list, seed: int, asymmetry: float) -> None:
    animator = make(
        seed,
        asymmetry=asymmetry,
        expressivity={"default": 2.0},
        head_motion=2.0,
        gaze_liveliness=2.0,
        articulation=2.0,
        quickness=4.0,
        resting={"jawOpen": 0.4, "headYaw": 0.4},
    )
    last = animator.controls.values.astype(float)
    for affect, words, phone_s, effort, tremor, gaze, dt_s, ticks in scenes:
        # tracks begin and break off in the middle of anything
        track = make_track(" ".join(words), phone_s=phone_s, start_s=0.0) if words else None
        for i in range(ticks):
            now = animator.advance(
                dt_s, affect, track=track, speech_time_s=i * dt_s, effort=effort, tremor=tremor, gaze_target=gaze
            ).values
            assert (now >= CONTROL_LOW).all()
            assert (now <= CONTROL_HIGH).all()
            step = np.abs(now.astype(float) - last)
            fast = step > SPEED * dt_s + 1e-5
            assert not fast.any(), [CONTROL_NAMES[i] for i in np.flatnonzero(fast)]
            last = now.astype(float)


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_from_neutral_to_any_emotion_moves_smoothly(emotion: str) -> None:
    poses = animate(make(), Affect.of({emotion: 1.0}), 1.0)[1::2]  # 60 frames
    shapes = [i for i, name in enumerate(CONTROL_NAMES[:N_SHAPES]) if "Blink" not in name and "Look" not in name]
    # a spring of speed ω never exceeds ω/e of its way a second: brows at 24·1.4 rad/s make 0.21 a frame
    assert np.abs(np.diff(poses[:, shapes], axis=0)).max() < 0.22


def test_a_seed_repeats_exactly_and_another_differs() -> None:
    runs = [speak(make(seed), Affect.of(anger=0.6), GATE) for seed in (1, 1, 2)]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_the_first_word_reads_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    load_visemes.cache_clear()
    load_sounds.cache_clear()
    animator = make()
    monkeypatch.setattr(Path, "read_text", lambda *_, **__: pytest.fail("a file is read while somebody speaks"))
    animator.advance(1 / 120, Affect.neutral(), track=GATE, speech_time_s=0.1)


def test_more_blinks_move_no_saccade() -> None:
    a = animate(make(blink_rate_per_min=5.0), Affect.neutral(), 20.0)
    b = animate(make(blink_rate_per_min=40.0), Affect.neutral(), 20.0)
    assert np.array_equal(track_of(a, "leftEyeYaw"), track_of(b, "leftEyeYaw"))
    assert track_of(b, "eyeBlinkLeft").sum() > 2 * track_of(a, "eyeBlinkLeft").sum()


@pytest.mark.parametrize("ticks", [1, 77, 203, 400])
def test_a_snapshot_continues_bit_identically(ticks: int) -> None:
    track = make_track("m 'ɑ m ə _ b 'i p", marks=(Mark("sound:laugh", 2.0),))
    affect = Affect.of(anger=0.7, shame=0.3)

    def run(animator: FaceAnimator, first: int, last: int) -> np.ndarray:
        return np.array(
            [
                animator.advance(
                    TICK, affect, track=track, speech_time_s=i * TICK, tremor=0.4, listening=i > 300
                ).values
                for i in range(first, last)
            ]
        )

    original = make()
    run(original, 0, ticks)
    original.gesture("nod")
    saved = json.loads(json.dumps(original.snapshot()))
    follows = run(original, ticks, ticks + 400)
    other = make(seed=99)
    run(other, 0, 50)
    other.restore(saved)
    assert np.array_equal(run(other, ticks, ticks + 400), follows)


def test_micro_expression_shows_and_goes() -> None:
    animator = make(**STILL)
    animate(animator, Affect.of(happiness=0.6), 2.0)
    leak = animate(animator, Affect.of(happiness=0.6, fear=0.9), 1 / 25)
    after = animate(animator, Affect.of(happiness=0.6), 1.5)
    brow = track_of(np.concatenate([leak, after]), "browInnerUp")
    assert brow.max() > 0.35
    half = np.flatnonzero(brow > brow.max() / 2)
    assert (half[-1] - half[0]) * TICK < 0.5
    assert brow[-1] < 0.02


def test_muscles_have_their_own_speeds() -> None:
    def rise_s(emotion: str, control: str) -> float:
        values = track_of(animate(make(**STILL), Affect.of({emotion: 1.0}), 3.0), control)
        return float(np.argmax(values > 0.9 * values[-1]) * TICK)

    brow, smile = rise_s("surprise", "browOuterUpLeft"), rise_s("tenderness", "mouthSmileLeft")
    assert 0.08 < brow < 0.3
    assert 0.3 < smile < 0.7
    animator = make(**STILL)
    animate(animator, Affect.of(tenderness=1.0), 3.0)
    back = track_of(animate(animator, Affect.neutral(), 3.0), "mouthSmileLeft")
    assert np.argmax(back < 0.1 * back[0]) * TICK > 1.3 * smile


def test_quickness() -> None:
    slow, quick = (animate(make(quickness=q, **STILL), Affect.of(anger=1.0), 0.1)[-1] for q in (0.5, 2.0))
    assert quick[CONTROL_INDEX["browDownLeft"]] > 2 * slow[CONTROL_INDEX["browDownLeft"]]


def test_resting_face_and_its_gaze() -> None:
    animator = make(resting={"browDownLeft": 0.2, "headPitch": 0.05}, **STILL)
    poses = animate(animator, Affect.neutral(), 2.0)
    assert np.allclose(track_of(poses, "browDownLeft"), 0.2, atol=1e-6)
    assert np.allclose(track_of(poses, "headPitch"), 0.05, atol=1e-6)


def test_gaze_goes_where_it_is_told_and_head_helps() -> None:
    animator = make(gaze_liveliness=0.0, head_motion=0.0, breathing=0.0)
    poses = animate(animator, Affect.neutral(), 3.0, gaze_target=(0.4, -0.15))
    head, eye = track_of(poses, "headYaw")[-1], track_of(poses, "leftEyeYaw")[-1]
    assert head + eye == pytest.approx(0.4, abs=0.02)
    assert 0.08 < head < 0.25
    assert track_of(poses, "headPitch")[-1] + track_of(poses, "leftEyePitch")[-1] == pytest.approx(-0.15, abs=0.02)


def test_eyes_and_eyelook_shapes_agree() -> None:
    poses = animate(make(gaze_liveliness=2.0), Affect.of(shame=0.6), 20.0)
    yaw, pitch = track_of(poses, "leftEyeYaw"), track_of(poses, "rightEyePitch")
    right_yaw = track_of(poses, "rightEyeYaw")
    assert np.allclose(track_of(poses, "eyeLookOutLeft"), np.clip(yaw / 0.5, 0, 1), atol=1e-6)
    assert np.allclose(track_of(poses, "eyeLookInRight"), np.clip(right_yaw / 0.5, 0, 1), atol=1e-6)
    assert np.allclose(track_of(poses, "eyeLookDownRight"), np.clip(-pitch / 0.4, 0, 1), atol=1e-6)


def test_eyes_hold_their_point_while_the_head_nods() -> None:
    animator = make(gaze_liveliness=0.0, blink_rate_per_min=0.0)
    animate(animator, Affect.neutral(), 1.0)
    animator.gesture("nod")
    poses = animate(animator, Affect.neutral(), 1.0)
    head, eye = track_of(poses, "headPitch"), track_of(poses, "leftEyePitch")
    assert np.ptp(head) > 0.08
    assert np.abs(head + eye).max() < 0.01


@pytest.mark.parametrize(("kind", "control"), [("nod", "headPitch"), ("shake", "headYaw"), ("tilt", "headRoll")])
def test_gestures(kind: str, control: str) -> None:
    animator = make(head_motion=0.0, breathing=0.0, gaze_liveliness=0.0)
    animator.gesture(kind)
    poses = animate(animator, Affect.neutral(), 2.0)
    moved = np.ptp(poses[:, N_SHAPES : N_SHAPES + 3], axis=0)
    assert CONTROL_NAMES[N_SHAPES + int(moved.argmax())] == control
    assert moved.max() > 0.08
    assert np.allclose(poses[-1, N_SHAPES : N_SHAPES + 3], 0.0, atol=1e-6)


def test_head_beats_on_stressed_syllables() -> None:
    track = make_track(" ".join(["t ə 'ɑ n ə"] * 30), phone_s=0.12)
    pitches = []
    for seed in range(3):
        poses = speak(make(seed, breathing=0.0, gaze_liveliness=0.0), Affect.neutral(), track)
        pitch = track_of(poses, "headPitch")
        for phone in track.phones:
            if phone.stress == 2:
                middle = round((phone.start_s + phone.end_s) / 2 / TICK)
                pitches.append(pitch[middle] - 0.5 * (pitch[middle - 30] + pitch[middle + 30]))
    assert np.mean(pitches) < -0.006
    assert np.mean(np.array(pitches) < -0.004) > 0.3


def test_brows_flash_with_the_beats_unless_they_frown() -> None:
    track = make_track(" ".join(["t ə 'ɑ n ə"] * 10), phone_s=0.12)
    calm, angry = (speak(make(3), affect, track) for affect in (Affect.neutral(), Affect.of(anger=1.0)))
    assert track_of(calm, "browOuterUpLeft").max() > 0.12
    assert track_of(angry[120:], "browOuterUpLeft").max() < 0.05


def test_listening_nods() -> None:
    def nods(**more: object) -> float:
        poses = animate(make(breathing=0.0, gaze_liveliness=0.0), Affect.of(tenderness=0.3), 40.0, **more)
        speed = np.diff(track_of(poses, "headPitch"))
        return float(np.abs(speed).max() / TICK)

    assert nods(listening=True) > 2 * nods()


def test_tremor_trembles_at_its_rate() -> None:
    poses = animate(make(**{**STILL, "resting": {"mouthShrugLower": 0.3}}), Affect.of(fear=0.6), 4.0, tremor=1.0)
    chin = track_of(poses, "mouthShrugLower")[120:]
    spectrum = np.abs(np.fft.rfft(chin - chin.mean()))
    peak_hz = float(np.fft.rfftfreq(len(chin), TICK)[spectrum.argmax()])
    assert 6.0 < peak_hz < 10.0
    assert np.ptp(chin) > 0.1


def test_breath_moves_the_head_at_its_rate() -> None:
    spec = {**STILL, "breathing": 2.0}
    poses = animate(make(**spec), Affect.neutral(), 20.0, breathing_hz=0.5)
    pitch = track_of(poses, "headPitch")
    spectrum = np.abs(np.fft.rfft(pitch - pitch.mean()))
    assert np.fft.rfftfreq(len(pitch), TICK)[spectrum.argmax()] == pytest.approx(0.5, abs=0.06)


def test_emotion_turns_the_head() -> None:
    def pitch(emotion: str) -> float:
        return float(track_of(animate(make(**STILL), Affect.of({emotion: 1.0}), 3.0), "headPitch")[-1])

    assert pitch("shame") < -0.1 < 0.1 < pitch("pride")


@pytest.mark.parametrize("sound", sorted(load_sounds()))
def test_sounds_move_the_face_and_leave_it(sound: str) -> None:
    length = load_sounds()[sound].duration_s
    track = SpeechTrack(duration_s=length + 1, marks=(Mark(f"sound:{sound}", 0.5),))
    poses = speak(make(**STILL), Affect.neutral(), track)
    before, after = poses[: round(0.5 / TICK)], poses[round((0.5 + length) / TICK) + 2 :]
    assert np.abs(poses).max() > 0.2
    assert np.allclose(before, 0.0, atol=1e-6)
    assert np.allclose(after, 0.0, atol=1e-6)


def test_a_laugh_beats() -> None:
    track = SpeechTrack(duration_s=2.5, marks=(Mark("sound:laugh", 0.0),))
    jaw = track_of(speak(make(**STILL), Affect.neutral(), track), "jawOpen")[20:150]
    peaks = np.flatnonzero((jaw[1:-1] > jaw[:-2]) & (jaw[1:-1] > jaw[2:]))
    assert np.mean(np.diff(peaks)) * TICK == pytest.approx(1 / 4.6, rel=0.1)


def test_a_laugh_beats_with_its_own_phones() -> None:
    syllables = [
        Phone(s, t, t + d) for k in range(6) for s, t, d in (("h", 0.2 * k, 0.08), ("a", 0.2 * k + 0.08, 0.12))
    ]
    word = Phone("b", 1.5, 1.6), Phone("a", 1.6, 1.8)
    track = SpeechTrack(
        duration_s=2.0,
        phones=(*syllables, *word),
        words=(Word("ba", 1.5, 1.8),),
        marks=(Mark("sound:laugh", 0.0),),
    )
    poses = speak(make(**STILL), Affect.neutral(), track)
    jaw, smile = track_of(poses, "jawOpen")[:140], track_of(poses, "mouthSmileLeft")
    peaks = np.flatnonzero((jaw[1:-1] > jaw[:-2]) & (jaw[1:-1] >= jaw[2:]))
    assert np.mean(np.diff(peaks)) * TICK == pytest.approx(0.2, rel=0.1)
    assert smile[60:110].min() > 0.5
    assert smile[200] < 0.1  # the word is not laughed


def test_other_marks_are_the_scripts_own() -> None:
    track = SpeechTrack(duration_s=1.0, marks=(Mark("draw sword", 0.2), Mark("sound:kazoo", 0.3)))
    assert np.allclose(speak(make(**STILL), Affect.neutral(), track), 0.0, atol=1e-6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dt_s": -0.1}, "dt_s=-0.1 must be in"),
        ({"dt_s": float("nan")}, "dt_s=nan"),
        ({"effort": 2.0}, "effort=2.0"),
        ({"tremor": -1.0}, "tremor=-1.0"),
        ({"speech_time_s": float("nan")}, "speech_time_s=nan"),
        ({"breathing_hz": 9.0}, "breathing_hz=9.0"),
        ({"gaze_target": (9.0, 0.0)}, "gaze_target yaw=9.0"),
        ({"gaze_target": (0.0, float("inf"))}, "gaze_target pitch=inf"),
    ],
)
def test_wrong_numbers(change: dict, message: str) -> None:
    arguments = {"dt_s": TICK, **change}
    with pytest.raises(ParameterError, match=message):
        make().advance(arguments.pop("dt_s"), Affect.neutral(), **arguments)


def test_unknown_gesture() -> None:
    with pytest.raises(UnknownNameError, match="gesture 'nodd' is unknown"):
        make().gesture("nodd")
