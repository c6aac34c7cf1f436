"""The page of ``expressive studio`` in a real browser, against the real server."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import av
import numpy as np
import pytest

from expressive import links
from expressive.core.emotions import EMOTION_VAD, EMOTIONS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

MOUTH_ROWS = slice(78, 106)  # of 128
BROW_ROWS = slice(34, 58)
FOLDER = Path(links.__file__).parent / "studio"


@pytest.fixture(autouse=True)
def clean(request):
    """Nothing goes wrong in the page while a test runs; those that make it go wrong clear the list."""
    yield
    if "page" in request.fixturenames:
        page = request.getfixturevalue("page")
        assert page.faults == []


def test_the_page_shows_a_character_and_says_that_it_is_synthetic(page):
    assert page.text("#who") == "Borin, guard of the north gate"
    assert "synthetic" in page.text("#notice").lower()
    assert page.raw.locator("#character option").count() >= 8
    assert page.raw.locator("#sliders input").count() == len(EMOTIONS)
    assert page.raw.locator("#controls li").count() == 61
    assert "/ s" in page.text("#rate")


def test_dragging_to_anger_is_felt_and_seen(page):
    page.calm()
    before = page.picture()
    page.raw.select_option("#hold", "86400")
    box = page.raw.locator("#pad").bounding_box()
    valence, arousal, _ = EMOTION_VAD["anger"]
    mouse = page.raw.mouse
    mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    mouse.down()
    mouse.move(box["x"] + box["width"] * (1 + valence) / 2, box["y"] + box["height"] * (1 - arousal) / 2, steps=5)
    mouse.up()
    page.wait(lambda: page.felt("anger") > 0.7, "anger")
    page.wait(lambda: page.control("browDownLeft") > 0.4, "lowered brows")
    page.wait(lambda: np.abs(page.picture() - before)[BROW_ROWS].mean() > 2, "another face")
    assert "anger" in page.raw.get_attribute("#pad", "aria-valuetext")
    page.wait(lambda: "ms" in page.text("#latency"), "the time from the pad to the pixels")
    page.raw.select_option("#hold", "3")


def test_a_slider_sets_one_feeling_and_reset_takes_it_back(page):
    page.calm()
    page.raw.locator("#feel-happiness").fill("0.8")
    page.wait(lambda: page.felt("happiness") > 0.6, "happiness")
    page.wait(lambda: page.control("mouthSmileLeft") > 0.2, "a smile")
    assert page.felt("anger") < 0.1
    assert re.search(r"felt \d+ %, shown \d+ %", page.raw.get_attribute("#feel-happiness", "aria-valuetext"))
    page.calm()
    assert page.felt("happiness") < 0.05


def test_a_line_is_heard_and_the_mouth_moves(page):
    page.calm()
    page.raw.fill("#line-text", "Nobody ever passes this gate without [anger]my[/] leave, and you least of all.")
    still = page.picture()
    page.raw.click("#say")
    page.wait(lambda: page.raw.locator("#caption mark").count(), "a word in the caption")
    jaw, level, mouth = [], [], []

    def watch():
        jaw.append(page.control("jawOpen"))
        level.append(float(page.raw.evaluate("document.getElementById('level').value")))
        mouth.append(np.abs(page.picture() - still)[MOUTH_ROWS].mean())
        return max(jaw) - min(jaw) > 0.1 and max(level) > 0.02 and max(mouth) > 1.5

    page.wait(watch, "sound, and lips that move")
    assert page.text("#sound") == "Sound: on"
    page.wait(lambda: not page.text("#caption"), "the end of the line")
    page.raw.click(".journal summary")
    assert "Nobody ever passes this gate without my leave" in page.text("#journal")
    page.raw.click(".journal summary")
    assert page.raw.locator("#past option").count() >= 2


def test_stop_is_silence(page):
    page.raw.fill("#line-text", "one two three four five six seven eight nine ten eleven twelve thirteen fourteen")
    page.raw.click("#say")
    page.wait(lambda: page.raw.locator("#caption mark").count(), "a word")
    page.raw.click("#stop")
    page.wait(lambda: not page.text("#caption"), "the end of the line")
    page.wait(lambda: page.raw.evaluate("document.getElementById('level').value") < 0.01, "silence")
    page.wait(lambda: page.raw.is_disabled("#stop"), "nothing to stop")


def test_tags_are_put_around_the_selection_and_a_wrong_one_is_explained(page):
    page.raw.fill("#line-text", "Leave")
    page.raw.locator("#line-text").select_text()
    page.raw.get_by_role("button", name="whisper").click()
    assert page.raw.input_value("#line-text") == "[whisper]Leave[/]"
    page.raw.fill("#line-text", "[angre]Leave[/]")
    page.raw.click("#say")
    page.wait(lambda: page.raw.is_visible("#line-error"), "an explanation")
    assert "angre" in page.text("#line-error")
    assert page.raw.get_attribute("#line-text", "aria-invalid") == "true"
    page.raw.fill("#line-text", "Leave.")
    page.raw.click("#say")
    page.wait(lambda: not page.raw.is_visible("#line-error"), "the explanation to go")


def test_an_event_changes_the_state_and_why_says_so(page):
    page.calm()
    page.wait(lambda: page.text("#state").lower() == "calm", "the calm state")
    page.raw.fill("#source", "a stranger")
    for event in ("insulted", "mocked"):
        page.raw.click(f"[data-event={event}]")
    page.wait(lambda: page.text("#state").lower() != "calm", "another state")
    page.wait(lambda: "insulted by a stranger" in page.text("#why"), "the reason")
    page.raw.select_option("#why-emotion", "shame")
    page.wait(lambda: "mocked by a stranger" in page.text("#why"), "the reason of the other feeling")
    assert page.raw.locator("#states [aria-current=true]").count() == 1
    said = page.raw.locator("#live p").all_inner_texts()
    assert any("is now" in line for line in said), said


def test_hiding_a_feeling_parts_shown_from_felt(page):
    page.calm()
    page.raw.select_option("#hold", "86400")
    page.raw.locator("#feel-happiness").fill("0.9")
    page.wait(lambda: page.felt("happiness") > 0.7, "happiness")
    page.raw.select_option("#mask-emotion", "happiness")
    page.raw.locator("#mask-amount").fill("1")
    shown = "getComputedStyle(document.getElementById('feel-happiness').closest('.slider')).getPropertyValue('--shown')"
    page.wait(lambda: float(page.raw.evaluate(shown)) < 0.3 < page.felt("happiness"), "a hidden smile")
    page.raw.select_option("#hold", "3")
    page.calm()


def test_the_pad_works_by_keyboard_alone(page):
    page.calm()
    page.raw.focus("#pad")
    keys = page.raw.keyboard
    keys.press("Home")
    for _ in range(3):
        keys.press("Shift+ArrowRight")
    for _ in range(2):
        keys.press("Shift+ArrowUp")
    page.wait(lambda: page.felt("happiness") > 0.3, "happiness")
    assert page.raw.get_attribute("#pad", "aria-valuetext").startswith("valence +0.60, arousal +0.40")
    keys.press("Home")
    page.wait(lambda: page.felt("happiness") < 0.1, "the middle")
    outline = page.raw.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    assert page.raw.evaluate("document.activeElement.id") == "pad"


def test_a_recording_becomes_a_film(page, tmp_path):
    page.raw.click("#record")
    page.wait(lambda: page.text("#record") == "Stop recording", "the recording to begin")
    page.wait(lambda: page.text("#recorded") not in ("", "0:00", "0:01"), "two seconds")
    page.raw.click("#record")
    page.wait(lambda: page.raw.is_visible("#film"), "the film")
    with page.raw.expect_download() as download:
        page.raw.click("#film")
    download.value.save_as(tmp_path / "film.mp4")
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert film.streams.audio
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
        assert "ynthetic" in film.metadata["comment"]
    assert len(frames) > 5
    assert frames[-1].std() > 10


def test_another_character_takes_the_stage(page):
    guard = page.picture()
    page.raw.select_option("#character", "innkeeper")
    page.wait(lambda: page.text("#who") == page.raw.inner_text("#character option:checked"), "her name")
    page.wait(lambda: np.abs(page.picture() - guard).mean() > 10, "her face")
    assert page.raw.get_attribute("#picture", "aria-label") == f"The face of {page.text('#who')}"
    page.raw.select_option("#character", "guard")
    page.wait(lambda: page.text("#who") == "Borin, guard of the north gate", "him again")


def test_a_kept_moment_comes_back(page):
    page.calm()
    page.raw.select_option("#hold", "86400")
    page.raw.locator("#feel-fear").fill("0.9")
    page.wait(lambda: page.felt("fear") > 0.7, "fear")
    page.raw.click("#keep")
    page.wait(lambda: page.raw.is_enabled("#return"), "the moment to be kept")
    page.calm()
    page.raw.click("#return")
    page.wait(lambda: page.felt("fear") > 0.7, "the fear to be back")
    page.raw.select_option("#hold", "3")
    page.calm()


def test_nothing_is_asked_of_another_place(page, studio):
    here = urlsplit(studio.url).netloc
    assert {urlsplit(url).netloc for url in page.asked if not url.startswith("blob:")} == {here}
    sources = [path.read_text() for path in FOLDER.iterdir() if path.suffix in (".html", ".css", ".js")]
    assert not any(re.search(r"""(src|href|url\(|import).{0,3}["']?(https?:)?//""", source) for source in sources)


def test_the_theme_is_chosen_and_kept(page):
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.raw.evaluate(ground)
    page.raw.click("#theme")
    assert page.text("#theme") == "Theme: light"
    assert page.raw.evaluate(ground) != dark
    page.raw.click("#theme")
    assert page.raw.evaluate(ground) == dark
    page.raw.click("#theme")
    assert page.text("#theme") == "Theme: system"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(page, scheme):
    """The rules of WCAG 2.2 A and AA that a program can check (axe-core)."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.raw.emulate_media(color_scheme=scheme)
    page.raw.select_option("#why-emotion", "")
    page.raw.click("[data-event=mocked]")
    page.wait(lambda: page.raw.locator("#why li").count(), "a reason")
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found = axe.Axe().run(page.raw, options={"runOnly": {"type": "tag", "values": tags}})
    faults = [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found.response["violations"]]
    page.raw.emulate_media(color_scheme="dark")
    assert faults == []


def test_it_fits_a_phone_and_the_face_stays_in_view(phone):
    raw = phone.raw
    assert raw.evaluate("document.documentElement.scrollWidth") <= 390
    raw.locator("#feel-hope").scroll_into_view_if_needed()
    face, slider = (raw.locator(place).bounding_box() for place in ("#picture", "#feel-hope"))
    assert face["y"] >= 0
    assert face["y"] + face["height"] <= slider["y"]
    sizes = raw.evaluate("Array.from(document.querySelectorAll('button')).map((b) => b.clientHeight || 99)")
    assert min(sizes) >= 24
    assert phone.faults == []


def test_sound_waits_for_a_gesture_and_speech_does_not(shy_page):
    shy_page.open()
    shy_page.until_said("Sound: press any key")
    shy_page.raw.keyboard.press("Tab")
    shy_page.until_said("Sound: on")
    shy_page.raw.click("#sound")
    shy_page.until_said("Sound: off")
    shy_page.raw.click("#say")
    shy_page.raw.wait_for_selector("#caption mark", timeout=60_000)  # a word, unheard
    assert shy_page.raw.inner_text("#sound") == "Sound: off"
    shy_page.raw.click("#sound")
    shy_page.until_said("Sound: on")


def test_a_lost_connection_is_told_and_regained(page, studio):
    page.calm()
    page.raw.select_option("#hold", "86400")
    page.raw.locator("#feel-sadness").fill("0.9")
    page.wait(lambda: page.felt("sadness") > 0.7, "sadness")
    page.raw.wait_for_timeout(6000)  # the page keeps what the character feels every few seconds
    studio.end()
    page.wait(lambda: "lost" in page.text("#connection"), "the news of the loss")
    assert page.raw.get_attribute("#connection", "role") == "alert"
    studio.start()
    page.wait(lambda: not page.raw.is_visible("#connection"), "the connection to be back")
    page.faults.clear()  # the browser itself reports the refused connections
    page.wait(lambda: page.felt("sadness") > 0.7, "the character as it was")
    before = page.picture()
    page.wait(lambda: np.abs(page.picture() - before).max() > 0, "pictures that move again")
