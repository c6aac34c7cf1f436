from __future__ import annotations

import functools
import json
import math
import os
import signal
import subprocess
import sys
import threading
from itertools import pairwise

import numpy as np
import pytest

from expressive.core.affect import Affect
from expressive.core.errors import ParameterError, SpeechError
from expressive.core.prosody import ProsodyTargets
from expressive.core.units import db_to_ratio
from expressive.voice import source
from expressive.voice.analysis import analyse
from expressive.voice.backends import espeak
from expressive.voice.synthesis import FRAMES_PER_BLOCK, Synthesizer
from expressive.voice.voice import Voice
from tests.voice.speaking import CAST, SENTENCES, say

NEUTRAL = ProsodyTargets()


def test_nothing_to_say_is_finished_at_once(voice):
    for text in ("", "   ", "\n", "🙂", "…"):
        stream = voice.speak(text)
        stream.wait(10)
        stream.render(math.inf, NEUTRAL)
        assert stream.finished
        assert stream.duration_s == 0
        assert stream.track.phones == ()
        assert list(stream.chunks(NEUTRAL)) == []


def test_the_same_seed_gives_the_same_samples_and_another_does_not(voice):
    targets = voice.prosody(Affect.of(fear=0.7))
    first = say(Voice(CAST["driver"], seed=7), SENTENCES[0], targets).samples()
    again = say(Voice(CAST["driver"], seed=7), SENTENCES[0], targets).samples()
    other = say(Voice(CAST["driver"], seed=8), SENTENCES[0], targets).samples()
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_steps_of_rendering_do_not_matter(voice):
    whole = say(Voice(CAST["driver"], seed=7), SENTENCES[0]).samples()
    stream = Voice(CAST["driver"], seed=7).speak(SENTENCES[0])
    stream.wait(30)
    now = 0.0
    while not stream.finished:
        now += 1 / 120
        stream.render(now, NEUTRAL)
        assert stream.rendered_s <= now + 1e-9
    assert np.array_equal(stream.samples(), whole)
    parts = [chunk.samples for chunk in stream.chunks()]
    assert np.array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize(
    ("speaker", "emotion", "text"),
    [
        ("guard", "neutral", "No."),
        ("driver", "anger", SENTENCES[0]),
        ("scholar", "sadness", f"{SENTENCES[1]} [laugh] {SENTENCES[2]}"),
        ("monk", "fear", "Papa, who had waited in that room for almost three hours, took the old map, [pause 200ms] "
         "put it above the fire, and then said nothing at all for the rest of that long, cold evening by the river."),
    ],
)  # fmt: skip
def test_streaming_equals_offline(speaker, emotion, text, monkeypatch, rng):
    """In uneven pulls while it is analysed in chunks, against one analysis of each sentence and one rendering."""
    voice = Voice(CAST[speaker], seed=7)
    targets = voice.prosody(Affect.of({emotion: 0.8} if emotion != "neutral" else {}))
    stream = voice.speak(text)
    stream._blocking = True
    while not stream.finished:
        stream.render(stream.rendered_s + float(rng.choice([0.02, 0.031, 0.1, 0.44])), targets)
    streamed = np.concatenate([chunk.samples for chunk in stream.chunks(chunk_s=0.07)]).astype(float)

    monkeypatch.setattr(source, "analyse", functools.partial(analyse, whole=True))
    offline = say(Voice(CAST[speaker], seed=7), text, targets).samples().astype(float)
    assert len(streamed) == len(offline)
    difference_db = 10 * np.log10(np.sum((streamed - offline) ** 2) / np.sum(offline**2))
    assert difference_db < -60


def test_duration_and_tempo(voice):
    plain = say(voice, SENTENCES[2])
    for tempo in (0.7, 1.3):
        stream = say(voice, SENTENCES[2], ProsodyTargets(tempo=tempo))
        assert stream.duration_s == pytest.approx(plain.duration_s / tempo, rel=0.03)
        assert stream.track.duration_s == stream.duration_s
        ratios = [
            (a.end_s - a.start_s) / (b.end_s - b.start_s)
            for a, b in zip(stream.track.words, plain.track.words, strict=True)
        ]
        assert ratios == pytest.approx([1 / tempo] * len(ratios), rel=0.1)


def test_prediction_is_near_before_anything_is_rendered(voice):
    stream = voice.speak(f"{SENTENCES[0]} {SENTENCES[1]}")
    stream.wait(30)
    predicted, track = stream.duration_s, stream.track
    stream.render(math.inf, NEUTRAL)
    assert predicted == pytest.approx(stream.duration_s, abs=0.05)
    for a, b in zip(track.phones, stream.track.phones, strict=True):
        assert a.start_s == pytest.approx(b.start_s, abs=0.03)


def test_track_stays_true_when_tempo_changes_all_the_time(voice, rng):
    """Closures of /p/ lie where the track says, although tempo and pauses change at every block."""
    stream = voice.speak("Papa kept a copper cup, a paper map, and a purple apple.")
    stream.wait(30)
    while not stream.finished:
        targets = ProsodyTargets(tempo=float(rng.uniform(0.7, 1.4)), pause_scale=float(rng.uniform(0.3, 3)))
        stream.render(stream.rendered_s + 0.02, targets)
    y = np.abs(stream.samples())
    depths = []
    for phone in stream.track.phones:
        if phone.symbol == "p" and phone.start_s > 0.1:
            at = round(phone.start_s * 22050)
            depths.append((y[at + 330 : at + 660].max(), y[at - 660 : at - 110].max()))
    inside, before = np.array(depths).T
    assert len(depths) >= 6
    assert np.median(inside / before) < 0.3


def test_words_point_into_the_text_and_do_not_overlap(voice):
    stream = say(voice, "[fear]Über[/] there, 🙂 the [pause 200ms] old [sigh] man—who?—said: no!")
    for word in stream.track.words:
        assert stream.text[word.char_start : word.char_end] == word.text
    for kind in (stream.track.words, stream.track.phones):
        for a, b in pairwise(kind):
            assert a.end_s <= b.start_s + 1e-9
            assert a.start_s <= a.end_s
    assert "[" not in stream.text


def test_a_pause_takes_as_long_as_it_says(voice):
    short = say(voice, "One [pause 100ms] two.", ProsodyTargets(tempo=1.3))
    long = say(voice, "One [pause 1.1s] two.", ProsodyTargets(tempo=1.3))
    assert long.duration_s - short.duration_s == pytest.approx(1.0, abs=0.03)


def test_pauses_follow_the_state(voice):
    def gap(scale: float) -> float:
        track = say(voice, "That is one. This is two.", ProsodyTargets(pause_scale=scale)).track
        words = {w.text: w for w in track.words}
        return words["This"].start_s - words["one"].end_s

    assert gap(2.0) > gap(1.0) + 0.25 > gap(0.3) + 0.4


def test_a_tagged_word_is_angry_and_its_neighbours_are_not(voice):
    stream = say(voice, "Will you go away from [anger]my[/] mother now?")
    (style,) = stream.track.styles
    word = next(w for w in stream.track.words if w.text == "my")
    assert (style.emotion, style.intensity) == ("anger", 1.0)
    assert style.start_s == pytest.approx(word.start_s, abs=0.02)
    assert style.end_s == pytest.approx(word.end_s, abs=0.02)
    plain = say(Voice(CAST["driver"], seed=7), "Will you go away from my mother now?")

    def level(s, w) -> float:
        y = s.samples(w.start_s, w.end_s)
        return 10 * np.log10(np.mean(y**2))

    def word_of(s, text):
        return next(w for w in s.track.words if w.text == text)

    assert level(stream, word) - level(plain, word_of(plain, "my")) > 3.5
    for text in ("Will", "away", "now"):
        assert level(stream, word_of(stream, text)) == pytest.approx(level(plain, word_of(plain, text)), abs=1.5)


def test_new_targets_are_heard_from_the_next_block_on_without_a_click(voice):
    stream, plain = voice.speak(SENTENCES[2]), Voice(CAST["driver"], seed=7).speak(SENTENCES[2])
    for s in (stream, plain):
        s.wait(30)
        s.render(1.0, NEUTRAL)
    assert np.array_equal(stream.samples(), plain.samples())
    stream.render(1.4, ProsodyTargets(gain_db=8.0, f0_shift_st=4.0, tilt_db=6.0))
    plain.render(1.4, NEUTRAL)
    change = 10 * np.log10(np.mean(stream.samples(1.04, 1.4) ** 2) / np.mean(plain.samples(1.04, 1.4) ** 2))
    assert change == pytest.approx(8.0, abs=1.5)
    # A click is a jump between samples: none is greater at the change than elsewhere in the louder part.
    jumps = np.abs(np.diff(stream.samples(0.5, 1.4)))
    seam = round(0.5 * 22050)
    assert jumps[seam - 30 : seam + 30].max() < jumps[seam + 441 :].max()


def test_nothing_is_ever_clipped():
    loud = ProsodyTargets(gain_db=20.0, tilt_db=15.0, f0_shift_st=8, shimmer_db=2)
    for speaker in ("guard", "scholar"):
        y = say(Voice(CAST[speaker], seed=1), f"{SENTENCES[0]} [scream] [laugh]", loud).samples()
        assert np.abs(y).max() <= db_to_ratio(-1.0)
        assert np.abs(y).max() > db_to_ratio(-1.5)


def test_stop_in_mid_word(voice):
    stream = voice.speak(" ".join(SENTENCES * 5))
    stream.render(0.3, NEUTRAL)
    stream.stop()
    stream.stop()
    before = stream.rendered_s
    stream.render(math.inf, NEUTRAL)
    assert stream.finished
    assert stream.rendered_s == before == stream.duration_s


def test_twenty_at_once(voice):
    wanted = say(Voice(CAST["driver"], seed=7), SENTENCES[0]).samples()
    streams = [Voice(CAST["driver"], seed=7).speak(SENTENCES[0]) for _ in range(20)]
    found: list[np.ndarray] = []

    def run(stream) -> None:
        found.append(np.concatenate([chunk.samples for chunk in stream.chunks(NEUTRAL)]))

    threads = [threading.Thread(target=run, args=(stream,)) for stream in streams]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert len(found) == 20
    assert all(np.array_equal(y, wanted) for y in found)


def test_another_thread_renders_while_one_listens(voice):
    stream = voice.speak(SENTENCES[0])
    heard: list[np.ndarray] = []
    listener = threading.Thread(target=lambda: heard.extend(chunk.samples for chunk in stream.chunks()))
    listener.start()
    stream.wait(30)
    stream.render(math.inf, NEUTRAL)
    listener.join(30)
    assert not listener.is_alive()
    assert np.array_equal(np.concatenate(heard), stream.samples())


def test_a_backend_that_fails_is_reported(voice, monkeypatch):
    def fail(*args, **kwargs):
        raise SpeechError("no voice today")

    monkeypatch.setattr(voice._backend, "synthesize", fail)
    stream = voice.speak("Hello.")
    with pytest.raises(SpeechError, match="no voice today"):
        stream.wait(10)
    assert stream.finished
    with pytest.raises(SpeechError):
        list(stream.chunks(NEUTRAL))


def test_forgotten_sound_is_refused_and_the_rest_goes_on(voice):
    whole = say(Voice(CAST["driver"], seed=7), SENTENCES[0]).samples()
    stream = voice.speak(SENTENCES[0])
    stream.wait(30)
    stream.render(1.0, NEUTRAL)
    stream.forget_before(0.51)
    assert np.array_equal(stream.samples(0.5, 1.0), whole[11025:22050])
    with pytest.raises(ParameterError, match=r"start_s=0\.4 is forgotten; what is kept begins at 0\.5 s"):
        stream.samples(0.4)
    resumed = Voice(CAST["driver"], seed=7).restore(json.loads(json.dumps(voice.snapshot(stream))))
    assert resumed is not None
    resumed.wait(30)
    rest = np.concatenate([chunk.samples for chunk in resumed.chunks(NEUTRAL, keep=False)])
    assert np.array_equal(rest, whole[11025:])
    assert resumed.rendered_s == pytest.approx(len(whole) / 22050)


def test_a_backend_that_dies_in_the_middle_is_not_heard(voice):
    """espeak's process is killed again and again while it speaks; another takes over, and the sound is the same."""
    text = " ".join(SENTENCES * 4)
    wanted = say(Voice(CAST["driver"], seed=7), text).samples()
    stream = voice.speak(text)
    killed = 0
    while not stream.finished:
        if stream.rendered_s >= 2.0 * killed and killed < 3 and (pid := espeak._helper().pid):
            os.kill(pid, signal.SIGTERM)
            killed += 1
        stream.render(stream.rendered_s + 0.2, NEUTRAL)
    assert killed == 3
    assert stream.error is None
    assert np.array_equal(stream.samples(), wanted)


@pytest.mark.parametrize(
    "text",
    [
        "Hello мир, 世界 and שלום, 🎉 42 €!",
        "👩‍👩‍👧 family\u202e dne eht \u0000 \ufffe 🇩🇪",
        "Ζεύς, naïve façade — Ærøskøbing: ½ of Łódź…",
        "नमस्ते दुनिया. مرحبا بالعالم.",
    ],
)
def test_any_script_is_spoken_or_passed_over(voice, text):
    stream = say(voice, text)
    assert stream.error is None
    assert np.isfinite(stream.samples()).all()
    for word in stream.track.words:
        assert stream.text[word.char_start : word.char_end] == word.text
    for a, b in pairwise(stream.track.phones):
        assert a.end_s <= b.start_s + 1e-9


def test_snapshot_continues_bit_identically(voice):
    text = f"{SENTENCES[0]} [sadness]{SENTENCES[1]}[/]"
    angry = voice.prosody(Affect.of(anger=0.8))
    voice.speak("Something before.").stop()
    stream = voice.speak(text)
    stream.wait(30)
    stream.render(1.5, angry)
    saved = json.loads(json.dumps(voice.snapshot(stream)))
    stream.render(math.inf, NEUTRAL)
    other = Voice(CAST["driver"], seed=7)
    resumed = other.restore(saved)
    assert resumed is not None
    resumed.wait(30)
    resumed.render(math.inf, NEUTRAL)
    assert np.array_equal(resumed.samples(), stream.samples())
    assert resumed.track == stream.track
    assert np.array_equal(say(other, SENTENCES[0]).samples(), say(voice, SENTENCES[0]).samples())


def test_bad_calls_are_refused(voice):
    with pytest.raises(ParameterError, match="must be text"):
        voice.speak(3)
    with pytest.raises(ParameterError, match="at most 200000"):
        voice.speak("x" * 200_001)
    stream = voice.speak("Hi.")
    with pytest.raises(ParameterError, match="until_s"):
        stream.render(float("nan"), NEUTRAL)
    with pytest.raises(ParameterError, match="chunk_s"):
        next(stream.chunks(NEUTRAL, chunk_s=0))


def test_a_long_text_streams_within_bounds(voice):
    stream = voice.speak("The gate is shut and the guard is here. " * 2500)
    assert len(stream.text) > 99_000
    stream.wait(60)
    stream.render(2.0, NEUTRAL)
    assert stream.rendered_s == pytest.approx(2.0)
    assert stream.ready_s < 40
    assert 4000 < stream.duration_s < 9000
    stream.stop()


def test_synthesizer_needs_no_frames_that_it_does_not_use():
    assert pytest.approx(4.0) == FRAMES_PER_BLOCK
    assert Synthesizer.__doc__ is not None


def test_a_program_may_end_while_it_speaks():
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "from expressive.voice.voice import Voice; from expressive.voice.spec import VoiceSpec; import time\n"
        "stream = Voice(VoiceSpec(), seed=1).speak('This will take a while to say. ' * 300); time.sleep(0.3)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
