"""One studio, one headless browser and one page for all the tests of the page."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest

PATIENCE_S = 60.0  # machines that run tests are busy; nothing here measures time
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
PIXELS = """() => {
    const canvas = document.getElementById("picture");
    const { width, height } = canvas;
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    let binary = "";
    for (let i = 0; i < data.length; i += 8192) binary += String.fromCharCode(...data.subarray(i, i + 8192));
    return btoa(binary);
}"""


def until(condition, what, wait=time.sleep):
    """Wait until something is true, and give it; a failure says what was waited for."""
    end_s = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < end_s, f"waited in vain for {what}"
        wait(0.1)
    return found


class Studio:
    """``expressive studio`` as a process of its own, which can be ended and begun again at the same address."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}/"
        self._process = None

    def start(self):
        command = [sys.executable, "-m", "expressive", "studio", "--no-browser", "--port", str(self._port)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until(self._answers, "the studio to answer")

    def end(self):
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _answers(self):
        assert self._process.poll() is None, "expressive studio has ended by itself"
        try:
            with urllib.request.urlopen(self.url + "healthz", timeout=5):
                return True
        except OSError:
            return False


class StudioPage:
    """The page, with what can be seen of it, what it asked for, and what went wrong in it."""

    def __init__(self, browser, studio, **options):
        context = browser.new_context(**options)
        self.raw = page = context.new_page()
        self.faults, self.asked = [], []
        page.set_default_timeout(1000 * PATIENCE_S)
        page.on("console", lambda said: self._fault(said.type in ("error", "warning"), said.type, said.text))
        page.on("pageerror", lambda error: self._fault(True, "exception", error))
        page.on("requestfailed", lambda request: self._fault(True, "request failed", request.url))
        page.on("response", lambda answer: self._fault(answer.status >= 400, answer.status, answer.url))
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", lambda socket: self.asked.append(socket.url))
        page.goto(studio.url)
        self.wait(lambda: page.locator("#states li").count(), "the character")
        self.wait(self.is_drawn, "a picture")

    def close(self):
        self.raw.context.close()

    def wait(self, condition, what):
        return until(condition, what, lambda seconds: self.raw.wait_for_timeout(1000 * seconds))

    def text(self, selector):
        return self.raw.inner_text(selector)

    def picture(self):
        """The canvas [shape=(size, size, 4), dtype=int]."""
        import base64

        pixels = np.frombuffer(base64.b64decode(self.raw.evaluate(PIXELS)), np.uint8).astype(int)
        size = int(np.sqrt(len(pixels) // 4))
        return pixels.reshape(size, size, 4)

    def is_drawn(self):
        return self.picture()[..., 3].any()

    def felt(self, emotion):
        """What the slider says is felt [range=[0, 1]]."""
        return int(self.raw.inner_text(f"output[for=feel-{emotion}]").split()[0]) / 100

    def control(self, name):
        """A number of the face."""
        row = self.raw.locator("#controls li", has=self.raw.get_by_text(name, exact=True))
        return float(row.locator(".number").inner_text().replace("−", "-"))

    def calm(self):
        """Let go of everything."""
        self.raw.click("#reset")
        self.wait(lambda: self.raw.locator(".slider.awake").count() == 0, "calm")

    def _fault(self, is_one, kind, what):
        if is_one:
            self.faults.append(f"{kind}: {what}")


class ShyPage:
    """A page that is watched without a touch: what playwright evaluates counts as a person's act to the browser.

    So the words of the sound button come by way of the console.
    """

    WATCH = """setInterval(() => {
        const words = document.getElementById("sound")?.textContent;
        if (words !== window.before) console.info(window.before = words);
    }, 50)"""

    def __init__(self, page, url):
        self.raw = page
        self._url = url
        self._said = []
        page.add_init_script(self.WATCH)
        page.on("console", lambda message: self._said.append(message.text))

    def open(self):
        self.raw.goto(self._url)

    def until_said(self, words):
        until(lambda: words in self._said, words, lambda seconds: self.raw.wait_for_timeout(1000 * seconds))
        self._said.clear()


@pytest.fixture(scope="module")
def studio():
    pytest.importorskip("uvicorn", reason='the server needs: pip install "expressive[studio]"')
    studio = Studio()
    try:
        studio.start()
        yield studio
    finally:
        studio.end()


@pytest.fixture(scope="module")
def launch():
    """A function that starts a browser."""
    playwright = pytest.importorskip("playwright.sync_api", reason="the page is tested with playwright")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("the page is tested in Chromium; none is on the path (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        yield lambda *flags: driver.chromium.launch(executable_path=path, args=[*FLAGS, *flags])


@pytest.fixture(scope="module")
def browser(launch):
    browser = launch("--autoplay-policy=no-user-gesture-required")
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def page(browser, studio):
    page = StudioPage(browser, studio, viewport={"width": 1440, "height": 1000}, color_scheme="dark")
    page.raw.select_option("#size", "128")  # a small picture is enough to see that it moves
    page.wait(lambda: page.picture().shape == (128, 128, 4), "a smaller picture")
    page.raw.click("#controls-details summary")
    yield page
    page.close()


@pytest.fixture
def phone(browser, studio):
    """The page on a telephone whose owner dislikes motion."""
    viewport = {"width": 390, "height": 844}
    page = StudioPage(browser, studio, viewport=viewport, has_touch=True, reduced_motion="reduce")
    yield page
    page.close()


@pytest.fixture
def shy_page(launch, studio):
    """A page that is not open yet, in a browser that lets no sound out before a person has done something."""
    browser = launch("--autoplay-policy=document-user-activation-required")
    yield ShyPage(browser.new_page(), studio.url)
    browser.close()
