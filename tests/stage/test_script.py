from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expressive.core.errors import ProfileError
from expressive.stage.reading import load_script
from expressive.stage.script import BEATS

GOOD = """\
title: Test
cast:
  guard: guard
  you: {name: You, offscreen: true}
script:
  - {say: Halt!, who: guard, to: you}
  - {event: insulted, to: guard, by: you}
  - wait: 1
"""


@pytest.fixture
def write(tmp_path: Path):
    def to(text: str) -> Path:
        path = tmp_path / "scene.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return to


def mistakes(path: Path) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        load_script(path)
    return [line.replace(f"{path}:", "") for line in caught.value.lines()]


@pytest.mark.parametrize("path", sorted(Path("demos/scripts").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_script_can_be_played(path: Path) -> None:
    assert load_script(path).script


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("guard: guard", "guard: gaurd", 3, "Did you mean 'guard'"),
        ("who: guard, to: you", "who: gurad, to: you", 6, "cast member 'gurad' is unknown. Did you mean 'guard'"),
        ("event: insulted", "event: insultd", 7, "event 'insultd' is unknown. Did you mean 'insulted'"),
        ("- wait: 1", "- wiat: 1", 8, "Did you mean 'wait'"),
        ("- wait: 1", "- wait: -1", 8, "must be in [0, 600]"),
        ("- wait: 1", "- wait: .nan", 8, "wait"),
        ("- wait: 1", "- {wait: 1, who: guard}", 8, "who"),
        ("- wait: 1", "- {feel: {happines: 0.4}, who: guard}", 8, "Did you mean 'happiness'"),
        ("- wait: 1", "- {feel: {anger: 4}, who: guard}", 8, "must be in [0, 1]"),
        ("- wait: 1", "- {feel: {anger: 0.4}, who: you}", 8, "no character"),
        ("- wait: 1", "- {mask: sadnes, who: guard}", 8, "Did you mean 'sadness'"),
        ("- wait: 1", "- {look: upp, who: guard}", 8, "Did you mean 'up'"),
        ("- wait: 1", "- {do: nodd, who: guard}", 8, "Did you mean 'nod'"),
        ("- wait: 1", "- {wait_for: angri, who: guard}", 8, "Did you mean 'angry'"),
        ("- wait: 1", "- {say: Hm., who: guard, causes: insulted}", 8, "needs 'to'"),
        ("- wait: 1", "- nonsense", 8, "must be a mapping"),
        ("title: Test\n", "", 1, "title is missing"),
        ("title: Test", "title: Test\ntempo: 3", 2, "'tempo' is not a key"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_a_remedy(write, old: str, new: str, line: int, message: str) -> None:
    assert GOOD.count(old) == 1
    found = mistakes(write(GOOD.replace(old, new)))
    assert len(found) == 1, found
    assert found[0].startswith(f"{line}:"), found
    assert message in found[0]


def test_all_mistakes_are_listed_at_once(write) -> None:
    text = GOOD.replace("Halt!, who: guard", "Halt!, who: nobody").replace("by: you", "by: noone")
    assert [line.split(":")[0] for line in mistakes(write(text))] == ["6", "7"]


def test_a_script_without_beats_is_refused(write) -> None:
    assert "at least one beat" in mistakes(write("title: T\ncast: {guard: guard}\nscript: []\n"))[0]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_a_mangled_script_gives_mistakes_and_never_another_error(write, data: st.DataObject) -> None:
    lines = GOOD.splitlines()
    for _ in range(data.draw(st.integers(1, 3))):
        i = data.draw(st.integers(0, len(lines) - 1))
        junk = data.draw(
            st.sampled_from(
                ["", "- ", "  - {", "x: [", "? ", "&a *a", "!!python/object:os.system x", "- 3", "\x07", *BEATS]
            )
        )
        lines[i] = data.draw(st.sampled_from([junk, lines[i] + junk, junk + lines[i]]))
    try:
        load_script(write("\n".join(lines)))
    except ProfileError as error:
        assert all(error.lines())  # noqa: PT017 (what may not happen is any other error)
