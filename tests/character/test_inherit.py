from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressive.character.document import build
from expressive.character.inherit import character_path, merge, read_character, shipped_characters
from expressive.character.profile import CharacterProfile
from expressive.core.errors import ProfileError, UnknownNameError


@pytest.fixture
def write(tmp_path):
    def write(text: str, name: str = "night_guard.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def load(path: Path) -> CharacterProfile:
    return build(read_character(path), CharacterProfile)


def test_a_guard_with_another_voice_in_five_lines(write) -> None:
    own = load(write("extends: guard\ntitle: Hanno\nvoice: {base_f0_hz: 108, rate: 1.05, creak: null}\n"))
    guard = load(character_path("guard"))
    assert (own.name, own.title) == ("night_guard", "Hanno")
    assert (own.voice.base_f0_hz, own.voice.rate, own.voice.creak) == (108, 1.05, 0.0)
    assert (own.voice.vocal_tract, own.voice.tilt_db) == (guard.voice.vocal_tract, guard.voice.tilt_db)
    assert own.machine == guard.machine
    assert own.face == guard.face


def test_lists_replace_and_files_are_found_beside_the_file(write) -> None:
    write("extends: guard\ndisplay_rules: []\nvoice: {rate: 0.9}\n", "base.yaml")
    own = load(write("extends: base.yaml\nname: third\nvoice: {rate: 1.3}\n"))
    assert own.name == "third"
    assert own.display_rules == ()
    assert own.voice.rate == 1.3
    assert own.personality == load(character_path("guard")).personality


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("extends: guardd", ":1: extends: character 'guardd' is unknown. Did you mean 'guard'?"),
        ("title: x\nextends: other.yaml", ":2: extends: there is no file"),
        ("extends: 3", ":1: extends must be the name of a character or the path of its file"),
        ("extends:", ":1: extends must be the name of a character or the path of its file"),
        (
            "extends: night_guard.yaml",
            ":1: extends: characters extend each other in a circle: night_guard.yaml → night",
        ),
        ("extends: '\0'", ":1: "),
        ("extends: guard\nvoice: {rate: 9}", ":2: voice.rate=9 must be in [0.5, 2]"),
        ("title: x\nextends: broken.yaml", ":2: extends: "),
        ("title: x\nextends: twice.yaml", ":2: extends: "),
        ("title: x\nextends: list.yaml", ":2: extends: "),
        ("title: x\nextends: wrong.yaml", ":2: voice.rate=9 must be in [0.5, 2]"),
    ],
)
def test_mistakes_name_the_line_of_the_own_file(write, text: str, line: str) -> None:
    write("a: [", "broken.yaml")
    write("title: a\ntitle: b", "twice.yaml")
    write("- 1", "list.yaml")
    write("\n\n\n\nvoice: {rate: 9}", "wrong.yaml")
    path = write(text)
    with pytest.raises(ProfileError) as caught:
        load(path)
    (said,) = caught.value.lines()
    assert said.startswith(f"{path}{line}")


def test_a_circle_of_two(write) -> None:
    write("extends: night_guard.yaml", "a.yaml")
    path = write("extends: a.yaml")
    with pytest.raises(ProfileError, match=r"circle: night_guard\.yaml → a\.yaml → night_guard\.yaml"):
        load(path)


def test_names_and_paths(tmp_path) -> None:
    assert character_path("guard").stem == "guard"
    assert character_path("my/guard.yaml") == Path("my/guard.yaml")
    assert character_path("guard.yaml", beside=tmp_path) == tmp_path / "guard.yaml"
    assert character_path(Path("guard")) == Path("guard")
    with pytest.raises(UnknownNameError, match="Did you mean 'healer'"):
        character_path("heeler")
    assert len(shipped_characters()) >= 8


_trees = st.recursive(
    st.integers() | st.text(max_size=3), lambda t: st.dictionaries(st.sampled_from("abc"), t, max_size=3), max_leaves=8
)


@given(_trees, _trees)
def test_merging_is_what_json_merge_patch_says(base, own) -> None:
    before = repr((base, own))
    out = merge(base, own)
    assert repr((base, own)) == before
    assert merge(out, own) == out  # laying the same over it again changes nothing
    assert merge(base, {}) == (base if isinstance(base, dict) else {})
    if isinstance(own, dict):
        assert set(out) == set(own) | (set(base) if isinstance(base, dict) else set())
    else:
        assert out == own
