"""The JavaScript client by itself, as another page would use it."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from expressive import links
from expressive.core.emotions import EMOTIONS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

FOLDER = Path(links.__file__).parent / "studio"
OWN = """async (steps) => {
    const { ExpressiveClient, ExpressiveError, parseBinary } = await import("/expressive-client.js");
    const url = location.origin.replace("http", "ws") + "/v1/ws";
    const client = new ExpressiveClient(url, { name: "test", reconnect: false });
    const next = (target, type) =>
        new Promise((done) => target.addEventListener(type, ({ detail }) => done(detail), { once: true }));
    const code = (promise) => promise.then(() => "no error", (error) => error instanceof ExpressiveError && error.code);
    const own = async () => ({ client, welcome: await client.connect() });
    try {
        STEPS
    } finally {
        client.close();
    }
}"""


def run(page, steps):
    return page.raw.evaluate(OWN.replace("STEPS", steps))


def test_a_character_is_opened_steered_and_answers(page):
    found = run(
        page,
        """
        const { welcome } = await own();
        const monk = await client.open("m", { character: "monk", seed: 3, video: { size: 64, fps: 30 }, state_hz: 30 });
        const picture = await next(monk, "picture");
        const id = monk.feel("happiness", 0.9, { hold_s: 60 });
        let state = await next(monk, "state");
        while (state.applied < id || !(state.felt.happiness > 0.5)) state = await next(monk, "state");
        const [sound, line] = await Promise.all([next(monk, "sound"), monk.say("Peace be with you.")]);
        monk.stop();
        const causes = await monk.why("happiness");
        const data = await monk.snapshot();
        await monk.restore(data);
        await monk.close();
        return {
            version: welcome.version, title: monk.opened.title, width: picture.width, bytes: picture.data.length,
            rate: sound.sample_rate, samples: sound.samples.length, sameLine: sound.line === line,
            loud: Math.max(...sound.samples), cause: causes[0].event,
        };""",
    )
    assert found["version"] == 1
    assert (found["width"], found["bytes"]) == (64, 64 * 64 * 4)
    assert found["rate"] == 22050
    assert found["samples"] > 0
    assert found["sameLine"]
    assert abs(found["loud"]) <= 1
    assert found["cause"] == "feel"


def test_mistakes_reject_with_the_code_of_the_protocol(page):
    codes = run(
        page,
        """
        const early = await code(client.request({ type: "ping", t: 1 }));
        await own();
        const nobody = await code(client.open("x", { character: "nobody" }));
        const monk = await client.open("m", { character: "monk", video: { format: "none" } });
        const tag = await code(monk.say("[angre]no[/]"));
        const type = await code(client.request({ type: "fly" }));
        return { early, nobody, tag, type };""",
    )
    assert codes == {"early": "lost", "nobody": "value", "tag": "value", "type": "type"}


def test_the_example_of_the_docs_runs(page):
    example = re.search(r"^```js\n(.*?)^```$", Path("docs/studio.md").read_text(encoding="utf-8"), re.M | re.S).group(1)
    example = re.sub(r'import (\{.*\}) from "(.*)";', r'const \1 = await import("/expressive-client.js");', example)
    drawn = page.raw.evaluate(
        """async (example) => {
            const drawn = new Promise((done) => (window.context = { drawImage: (image) => done(image.width) }));
            const run = Object.getPrototypeOf(async () => {}).constructor;
            await run(example)();
            return drawn;
        }""",
        example.replace("ws://127.0.0.1:8765", page.raw.url.replace("http", "ws").rstrip("/")),
    )
    assert drawn == 256


def test_a_broken_binary_message_is_refused(page):
    codes = run(
        page,
        """
        const thrown = (buffer) => {
            try { parseBinary(buffer); return "none"; } catch (error) { return error.message; }
        };
        return [thrown(new ArrayBuffer(7)), thrown(new Uint8Array(30).fill(9).buffer)];""",
    )
    assert "7 bytes is shorter than its header" in codes[0]
    assert "kind 9 are unknown" in codes[1]


@pytest.mark.parametrize("packing", ["raw", "webp", "jpeg"])
def test_pictures_of_every_format_are_drawn(page, packing):
    colour = page.raw.evaluate(
        """async (format) => {
            const { ExpressiveClient } = await import("/expressive-client.js");
            const { Picture } = await import("/picture.js");
            const client = new ExpressiveClient(location.origin.replace("http", "ws") + "/v1/ws", { reconnect: false });
            await client.connect();
            const canvas = document.createElement("canvas");
            const picture = new Picture(canvas);
            const video = { size: 64, fps: 30, format, quality: 95, ground: "#000000" };
            const guard = await client.open("g", { character: "guard", video });
            await new Promise((done) => {
                guard.addEventListener("picture", ({ detail }) => picture.push(detail).then(done), { once: true });
            });
            const shown = picture.present(null);
            client.close();
            return [canvas.width, canvas.height, ...canvas.getContext("2d").getImageData(32, 58, 1, 1).data, shown.t_s];
        }""",
        packing,
    )
    width, height, red, green, blue, alpha, t_s = colour
    assert (width, height, alpha) == (64, 64, 255)
    assert red > 1.5 * max(green, blue)  # his coat
    assert t_s >= 0


def test_a_picture_waits_for_the_sound_that_belongs_to_it(page):
    shown = page.raw.evaluate(
        """async () => {
            const { Picture } = await import("/picture.js");
            const picture = new Picture(document.createElement("canvas"));
            const push = (t_s) =>
                picture.push({ format: "raw", t_s, applied: 0, width: 1, height: 1, data: new Uint8Array(4) });
            const show = (heard_s) => picture.present(heard_s)?.t_s ?? null;
            for (const t_s of [1.0, 1.02, 1.04, 1.06]) push(t_s);
            const shown = [show(0.9), show(1.025), show(1.025), show(1.041), show(null), show(null)];
            push(7.5); // the clock has jumped: nobody waits six seconds
            shown.push(show(1.1));
            return shown;
        }"""
    )
    assert shown == [None, 1.02, None, 1.04, 1.06, None, 7.5]


def test_sound_is_played_sample_by_sample_with_silence_in_the_gaps(page):
    heard = page.raw.evaluate(
        """async () => {
            const context = new OfflineAudioContext(1, 8192, 22050);
            await context.audioWorklet.addModule("/sound-worklet.js");
            const node = new AudioWorkletNode(context, "speaker", { numberOfInputs: 0, outputChannelCount: [1] });
            node.connect(context.destination);
            const ramp = (from, size) => Float32Array.from({ length: size }, (_, i) => (from + i + 1) / 65536);
            const send = (start, size, now) =>
                node.port.postMessage({ samples: ramp(start, size), start, now, reserve: 256 });
            const at = (time_s, act) => context.suspend(time_s).then(() => {
                act();
                setTimeout(() => context.resume(), 100);
            });
            at(0.01, () => [send(1000, 300, 900), send(1300, 200, 0), send(1700, 100, 0)]);
            at(0.2, () => [send(3000, 100, 3500)]); // comes too late
            const buffer = await context.startRendering();
            return Array.from(buffer.getChannelData(0)).map((x) => Math.round(x * 65536));
        }"""
    )
    heard = np.array(heard)
    first = int(np.flatnonzero(heard)[0])
    assert heard[first : first + 800].tolist() == [*range(1001, 1501), *[0] * 200, *range(1701, 1801)]
    second = int(np.flatnonzero(heard[first + 800 :])[0]) + first + 800
    assert heard[second : second + 100].tolist() == list(range(3001, 3101))
    assert not heard[second + 100 :].any()
    assert second > 0.2 * 22050  # the jitter buffer is filled again before it goes on


def test_every_emotion_has_a_colour_of_its_own(page):
    inks = page.raw.evaluate(
        """async (emotions) => {
            const { inkOf } = await import("/colour.js");
            return emotions.map(inkOf);
        }""",
        list(EMOTIONS),
    )
    assert len(set(inks)) == len(EMOTIONS)


def test_the_page_runs_under_a_strict_policy():
    html = (FOLDER / "index.html").read_text()
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\bsrc=)", html)
    for script in FOLDER.glob("*.js"):
        assert not re.search(r"\beval\(|new Function|innerHTML|document\.write", script.read_text()), script.name


def test_every_file_that_is_named_is_there():
    named = set()
    for path in FOLDER.iterdir():
        if path.suffix in (".html", ".css", ".js"):
            named |= set(
                re.findall(r"""(?:src=|href=|url\(|from |URL\()["']?(?:\./)?([\w./-]+\.\w+)""", path.read_text())
            )
    assert {"main.js", "look.css", "sound-worklet.js", "fonts/fraunces.woff2"} <= named
    assert [name for name in named if not (FOLDER / name).is_file()] == []
