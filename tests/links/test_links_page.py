"""docs/links.md names everything that there is to name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from expressive.links import mixer, video
from expressive.links.backdrops import BACKDROPS
from expressive.links.tracks import TrackRecorder

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "links.md").read_text("utf-8")


@pytest.mark.parametrize("name", BACKDROPS)
def test_every_place(name):
    assert f"| `{name}` |" in PAGE


@pytest.mark.parametrize("ending", video.ENDINGS)
def test_every_ending(ending):
    assert ending in PAGE


def test_every_field_of_the_tracks():
    schema = json.loads((DOCS / "schema" / "tracks.schema.json").read_text("utf-8"))
    line = schema["$defs"]["line"]["properties"]
    for field in (*TrackRecorder("", 30).document(), *line, *line["phones"]["items"]["properties"]):
        assert f"`{field}`" in PAGE, field


def test_every_event():
    for name in ("LINE_STARTED", "WORD", "MARK", "LINE_ENDED", "STATE_CHANGED"):
        assert isinstance(getattr(mixer, name), int)
        assert f"| `{name}` |" in PAGE
