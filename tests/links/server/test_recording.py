from __future__ import annotations

import io
import urllib.error
import urllib.request
from dataclasses import replace

import av
import numpy as np
import pytest

from expressive.links.marking import notice
from expressive.links.server.limits import Limits
from expressive.links.server.lines import Piece
from expressive.links.server.recorder import Recorder, Recordings
from expressive.links.server.run import Runner
from tests.links.server.conftest import Probe, probing, running, wait_until

RATE = 22050


def fetch(runner: Runner, path: str) -> bytes:
    with urllib.request.urlopen(f"http://{runner.address}{path}", timeout=60) as answer:
        assert answer.headers["content-type"] == "video/mp4"
        return answer.read()


def test_a_film_shows_and_sounds_and_says_that_it_is_synthetic(runner: Runner, probe: Probe) -> None:
    probe.open(video={"size": 64, "format": "raw"})
    assert probe.ask("record", actor="a", on=True)["type"] == "done"
    assert probe.ask("record", actor="a", on=True)["code"] == "order"
    probe.state(lambda state: state["recording"])
    probe.ask("say", actor="a", text="Halt!")
    probe.until_event("line_ended")
    done = probe.ask("record", actor="a", on=False)
    data = fetch(runner, done["url"])
    assert len(data) == done["bytes"]
    with av.open(io.BytesIO(data)) as film:
        assert film.metadata["comment"] == notice()
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    with av.open(io.BytesIO(data)) as film:
        rate = film.streams.audio[0].rate
        sound = np.concatenate([frame.to_ndarray().reshape(-1) for frame in film.decode(audio=0)])
    assert frames[0].shape == (64, 64, 3)
    assert len(frames) / 30 == pytest.approx(done["duration_s"], abs=0.1)
    assert len(sound) / rate == pytest.approx(done["duration_s"], abs=0.2)
    assert np.abs(sound).max() > 0.05, "the line is heard"
    assert np.abs(frames[0].astype(int) - frames[-1].astype(int)).max() > 5, "the face moves"

    probe.ask("record", actor="a", on=True)
    begun = probe.state(lambda state: state["recording"])
    probe.state(lambda state: state["t_s"] > begun["t_s"] + 0.2)
    second = probe.ask("record", actor="a", on=False)
    assert len(fetch(runner, second["url"])) > 500
    probe.ask("close", actor="a")
    assert len(fetch(runner, second["url"])) > 500, "it outlives the actor"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        fetch(runner, done["url"])  # one is kept, and the older has made room


def test_a_film_is_gone_with_the_one_who_made_it() -> None:
    with running(token="a-token-of-some-length", limits=replace(Limits(), recording_s=0.5)) as runner:
        with probing(runner) as probe:
            probe.hello(token="a-token-of-some-length")
            probe.open(video={"size": 64, "format": "raw"})
            probe.ask("record", actor="a", on=True)
            stopped = probe.until_event("recording_stopped")
            assert "0.5 s" in stopped["reason"]
            with pytest.raises(urllib.error.HTTPError, match="401"):
                fetch(runner, stopped["url"])
            assert fetch(runner, stopped["url"] + "?token=a-token-of-some-length")
        wait_until(lambda: not runner.server.sessions)
        with pytest.raises(urllib.error.HTTPError, match="404"):
            fetch(runner, stopped["url"] + "?token=a-token-of-some-length")


def test_sound_lies_in_a_film_where_it_was_heard(tmp_path) -> None:
    recorder = Recorder(tmp_path / "a.mp4", size=64, ground="#000000", sample_rate=RATE, title="T", limit_s=10)
    frame = np.full((64, 64, 4), 255, np.uint8)
    click = np.zeros(RATE // 10, np.float32)
    click[0] = 1.0
    written: list[np.ndarray] = []
    recorder._film.audio, plain = lambda y: (written.append(y), plain(y)), recorder._film.audio  # type: ignore[method-assign]
    for i in range(30):
        recorder.advance(0.1)
        if i == 10:  # the time is 1.1 s now
            recorder.hear(Piece(1, 0.0, click, RATE), lead_s=-0.02)
            recorder.hear(Piece(1, 0.0, click, RATE), lead_s=0.05)
        if i == 20:
            recorder.hear(Piece(2, 0.0, np.ones(RATE, np.float32), RATE), lead_s=0.0)
        if i == 22:
            recorder.cut()
        due = recorder.write()
        if due:
            recorder.see(frame, due)
    film = recorder.finish()
    assert film is not None
    assert film.duration_s == pytest.approx(3.0)
    y = np.concatenate(written)
    clicks = np.flatnonzero(y[: 2 * RATE] > 0.5) / RATE
    assert clicks == pytest.approx([1.08, 1.18], abs=1e-3), "the second continues the first"
    assert y[int(2.15 * RATE) : int(2.25 * RATE)].min() == 1.0
    assert np.abs(y[int(2.35 * RATE) :]).max() == 0.0, "what was cut is not heard"


def test_no_name_finds_what_was_not_recorded(tmp_path) -> None:
    recordings = Recordings()
    path = recordings.new_path()
    assert recordings.new_path() != path
    path.write_bytes(b"x")
    assert recordings.find(path.name) is None
    assert recordings.find("../" + path.name) is None
    recordings.close()
    assert not path.parent.exists()
