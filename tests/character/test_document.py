from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expressive.character.document import MAX_BYTES, build, parse_document, read_document, validate
from expressive.character.yaml_tree import MAX_DEPTH, MAX_NODES
from expressive.core.checks import check_choice
from expressive.core.errors import ProfileError
from expressive.core.ranges import Positive, Signed, Unit


@dataclass(frozen=True)
class Wheel:
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    radius_m: Positive
    colour: Literal["red", "black"] = "black"


@dataclass(frozen=True)
class Cart:
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}

    title: str = ""
    load: Unit = 0.0
    tilt: Signed = 0.0
    seats: int = 1
    covered: bool = False
    wheels: tuple[Wheel, ...] = ()
    prices: Mapping[str, Unit] = field(default_factory=dict)
    driver: str | tuple[str, ...] | None = None
    horse: str = "bay"

    def __post_init__(self) -> None:
        check_choice("horse", self.horse, ("bay", "grey"))
        for good in self.prices:
            check_choice("good", good, ("hay", "salt"))


def cart(text: str) -> Cart:
    return build(parse_document(text, source="cart.yaml"), Cart)


def mistakes(text: str) -> list[str]:
    with pytest.raises(ProfileError) as caught:
        cart(text)
    return caught.value.lines()


def test_builds_nested_values() -> None:
    made = cart(
        "load: 1\nwheels:\n- {radius_m: 0.5, colour: red}\n- radius_m: 1\nprices: {hay: 0.5}\ndriver: [Ann, Bo]"
    )
    assert made == Cart(load=1.0, wheels=(Wheel(0.5, "red"), Wheel(1.0)), prices={"hay": 0.5}, driver=("Ann", "Bo"))
    assert isinstance(made.load, float)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("title: x\nload: 1.5", "cart.yaml:2: load=1.5 must be in [0, 1]"),
        ("load: -0.01", "cart.yaml:1: load=-0.01 must be in [0, 1]"),
        ("wheels:\n- radius_m: 0", "cart.yaml:2: wheels.0.radius_m=0 must be > 0"),
        (
            "wheels:\n- radius_m: 1\n- radius_m: 1\n  colour: blue",
            "cart.yaml:4: wheels.1.colour='blue' must be 'red' or 'black'",
        ),
        (
            "wheels:\n- radius_m: 1\n  colour: blac",
            "cart.yaml:3: wheels.0.colour='blac' must be 'red' or 'black'. Did you mean 'black'?",
        ),
        ("wheels:\n- colour: red", "cart.yaml:2: wheels.0.radius_m is missing"),
        ("wheels: 3", "cart.yaml:1: wheels=3 must be a list"),
        ("wheels:\n  - 3", "cart.yaml:2: wheels.0=3 must be a mapping of keys to values"),
        ("\n\nloadd: 1", "cart.yaml:3: loadd: 'loadd' is not a key of the file. Did you mean 'load'?"),
        ("load: '0.5'", "cart.yaml:1: load='0.5' must be a number; remove the quotes"),
        ("load: 0,5", "cart.yaml:1: load='0,5' must be a number; write 0.5"),
        ("load:", "cart.yaml:1: load=nothing must be a number; remove the key to take the default"),
        ("load: true", "cart.yaml:1: load=true must be a number"),
        ("title: 7", "cart.yaml:1: title=7 must be text"),
        ("seats: 1.5", "cart.yaml:1: seats=1.5 must be a whole number"),
        ("covered: yes", "cart.yaml:1: covered='yes' must be true or false"),
        ("driver: 3", "cart.yaml:1: driver=3 must be text or a list"),
        ("driver:\n- Ann\n- 4", "cart.yaml:3: driver.1=4 must be text"),
        ("prices:\n  hay: 2", "cart.yaml:2: prices.hay=2 must be in [0, 1]"),
        ("prices:\n  hay: 1\n  slat: 1", "cart.yaml:3: prices.slat: good 'slat' is unknown. Did you mean 'salt'?"),
        ("horse: gray", "cart.yaml:1: horse 'gray' is unknown. Did you mean 'grey'?"),
        ("load: .nan", "cart.yaml:1: load: .nan must be a finite number"),
        ("load: -.inf", "cart.yaml:1: load: -.inf must be a finite number"),
        ("load: 1e999", "cart.yaml:1: load: 1e999 must be a finite number"),
        ("load: 1\ntilt: 0\nload: 0", "cart.yaml:3: load: 'load' is given twice, first in line 1; keep one"),
        ("? [a, b]\n: 1", "cart.yaml:1: a key must be plain text"),
        ('"a\\nb": 1', "cart.yaml:1: a key must be at most 200 printable characters in one line, not 'a\\nb'"),
        ('title: "\\ud83d"', "cart.yaml:1: title: holds half a surrogate pair; write the character itself"),
        ("title: {first, second}", 'cart.yaml:1: title={"first": null, "second": null} must be text'),
        ("- 1", "cart.yaml:1: the file=[1] must be a mapping of keys to values"),
        ("hello", "cart.yaml:1: the file='hello' must be a mapping of keys to values"),
    ],
)
def test_one_mistake_is_one_line(text: str, line: str) -> None:
    assert mistakes(text) == [line]


def test_all_mistakes_at_once_in_the_order_of_the_file() -> None:
    text = """\
title: 3
load: 2
wheels:
  - colour: green
    radius_m: -1
  - {}
  - radius_m: 1
    couler: red
horse: gray
prices: {salt: 0.5, slat: 1, pepper: 1}
load: 0.5
"""
    assert mistakes(text) == [
        "cart.yaml:1: title=3 must be text",
        "cart.yaml:2: load=2 must be in [0, 1]",
        "cart.yaml:4: wheels.0.colour='green' must be 'red' or 'black'",
        "cart.yaml:5: wheels.0.radius_m=-1 must be > 0",
        "cart.yaml:6: wheels.1.radius_m is missing",
        "cart.yaml:8: wheels.2.couler: 'couler' is not a key of wheels.2. Did you mean 'colour'?",
        "cart.yaml:9: horse 'gray' is unknown. Did you mean 'grey'?",
        "cart.yaml:10: prices.slat: good 'slat' is unknown. Did you mean 'salt'?",
        "cart.yaml:10: prices.pepper: good 'pepper' is unknown. Known: hay, salt",
        "cart.yaml:11: load: 'load' is given twice, first in line 2; keep one",
    ]
    assert len(validate(parse_document(text), Cart)) == 10


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "x.yaml:1: is empty"),
        ("# only a comment\n", "x.yaml:1: is empty"),
        ("a:\n\t- 1", "x.yaml:2: is not valid YAML at column 1: a tab cannot indent YAML; use spaces"),
        ("a: 1\nb: 'x\nc: 2", "x.yaml:2: is not valid YAML at column 4: the quote that opens here never closes"),
        ("a: [1,\n 2", "x.yaml:2: is not valid YAML at column 3: the file ends before a bracket is closed"),
        ("a: {", "x.yaml:1: is not valid YAML at column 5: the file ends before a bracket is closed"),
        ("a:\n  b: 1\n c: 2", "x.yaml:3: is not valid YAML at column 2: this line is indented unlike those"),
        ("a: 1\n- b", "x.yaml:2: is not valid YAML at column 1: this line is indented unlike those"),
        ("a: }", "x.yaml:1: is not valid YAML at column 4: expected the node content"),
        ("a: b: c", "x.yaml:1: is not valid YAML at column 5: a colon is not allowed here"),
        ("a: 1\n b: 2", "x.yaml:2: is not valid YAML at column 3: a colon is not allowed here"),
        ("a: 1\nb\nc: 2", "x.yaml:2: is not valid YAML at column 1: a colon is missing after this key"),
        ("a: @x", "x.yaml:1: is not valid YAML at column 4: text that begins with '@' is not allowed; put quotes"),
        ('a: "\\q"', "x.yaml:1: is not valid YAML at column 6: found unknown escape character 'q'; write a backslash"),
        ('a: "\\UFFFFFFFF"', "x.yaml: is not valid YAML: an escape"),
        ("a: *b", "x.yaml:1: is not valid YAML at column 4: there is no anchor for the alias 'b'"),
        ("a: &b [1, *b]", "x.yaml:1: an alias holds itself"),
        ("a: 1\n---\nb: 2", "x.yaml:2: is not valid YAML at column 1: a second document begins here; use one file"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]", "x.yaml:2: the tag !!python/object/apply:os.system is not"),
        ("a: !mine 3", "x.yaml:1: the tag !mine is not allowed; write plain values"),
        ("a: 1\nb: \x07", "x.yaml:2: holds the control character U+0007; remove it"),
        ("[" * 5000, f"x.yaml:1: nests deeper than {MAX_DEPTH} levels"),
        ("- " * 5000, f"x.yaml:1: nests deeper than {MAX_DEPTH} levels"),
        ("a: [" + "1," * MAX_NODES + "]", f"x.yaml:1: has more than {MAX_NODES} keys and values; split the file"),
        ("a: " + "x" * MAX_BYTES, "x.yaml: is 1.0 MB; at most 1 MB are read, so split it"),
    ],
)
def test_text_that_is_no_document_gets_one_clear_line(text: str, line: str) -> None:
    with pytest.raises(ProfileError) as caught:
        parse_document(text, source="x.yaml")
    (said,) = caught.value.lines()
    assert said.startswith(line)
    assert "\n" not in said


def test_anchors_that_explode_are_refused_early() -> None:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]" for i in range(20)]
    with pytest.raises(ProfileError, match=f"unfolds to more than {MAX_NODES} keys and values"):
        parse_document("\n".join(lines))
    nested = "a: &a {k: v}\n" + "".join(f"b{i}: &b{i} {{x: *{'a' if i == 0 else f'b{i - 1}'}}}\n" for i in range(40))
    with pytest.raises(ProfileError, match="nests deeper"):
        parse_document(nested)


def test_anchors_aliases_and_merge_keys_work_and_keep_lines() -> None:
    text = "base: &base\n  radius_m: 1\n  colour: red\nwheels:\n  - <<: *base\n    colour: black\n  - *base\n"
    document = parse_document(text)
    assert document.data["wheels"] == [{"colour": "black", "radius_m": 1}, {"radius_m": 1, "colour": "red"}]
    assert document.line_of(["wheels", 0, "radius_m"]) == 2
    assert document.line_of(["wheels", 0, "colour"]) == 6
    assert parse_document("a: &a {x: 1}\nb: &b {y: 2}\nc: {<<: [*a, *b]}").data["c"] == {"x": 1, "y": 2}
    assert parse_document("<<: 3").problems[0].message == "'<<' must name an anchored mapping"


def test_plain_words_mean_what_they_say() -> None:
    data = parse_document(
        "on: no\nyes: off\n12:30: 1:20\n1: 0x1f\ndate: 2026-11-21\ne: 1e-3\nm: -.5\nt: True\nn: ~"
    ).data
    assert data == {
        "on": "no",
        "yes": "off",
        "12:30": "1:20",
        "date": "2026-11-21",
        "1": 31,
        "e": 0.001,
        "m": -0.5,
        "t": True,
        "n": None,
    }


def test_lines_fall_back_to_what_is_around() -> None:
    document = parse_document("\na:\n  b:\n    - 1\n    - c: 2\nd: x\n")
    assert [document.line_of(p) for p in ((), ("a",), ("a", "b", 1, "c"), ("a", "b", 7), ("a", "z"), ("d",))] == [
        2, 2, 5, 3, 2, 6
    ]  # fmt: skip


def test_files_that_cannot_be_read(tmp_path, monkeypatch) -> None:
    (tmp_path / "guard.yaml").write_text("name: x\n")
    (tmp_path / "latin.yaml").write_bytes("a: 1\nb: Z\xe9ro".encode("latin-1"))
    (tmp_path / "utf16.yaml").write_text("a: 1", encoding="utf-16")
    (tmp_path / "huge.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    (tmp_path / "bom.yaml").write_text("a: 1", encoding="utf-8-sig")
    monkeypatch.chdir(tmp_path)
    assert read_document("bom.yaml").data == {"a": 1}
    for name, message in {
        "guardd.yaml": "guardd.yaml: does not exist. Did you mean 'guard.yaml'?",
        "zzz": "zzz: does not exist.",
        "no/guard.yaml": "no/guard.yaml: does not exist. There is no folder 'no'",
        ".": ".: is not a file",
        "latin.yaml": "latin.yaml:2: is not UTF-8 text: byte 0xe9; save the file as UTF-8",
        "utf16.yaml": "utf16.yaml:1: is not UTF-8 text: byte 0xff; save the file as UTF-8",
        "huge.yaml": "huge.yaml: is 1.0 MB; at most 1 MB are read, so split it",
        "n" * 5000 + ".yaml": "n" * 5000 + ".yaml: ",
    }.items():
        with pytest.raises(ProfileError) as caught:
            read_document(name)
        (line,) = caught.value.lines()
        assert line.startswith(message)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_forbidden_file(tmp_path) -> None:
    path = tmp_path / "secret.yaml"
    path.write_text("a: 1")
    path.chmod(0)
    with pytest.raises(ProfileError, match=r"secret\.yaml: cannot be read: Permission denied"):
        read_document(path)


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=80) | st.text(alphabet="ab:-[]{}&*!<>|'\"\\#%@`,? \n\t01.~", max_size=60))
def test_no_text_ends_in_a_traceback(text: str) -> None:
    try:
        document = parse_document(text, source="x.yaml")
    except ProfileError as error:
        refused = error
    else:
        refused = ProfileError("x.yaml", validate(document, Cart))
        assert all(problem.line is not None for problem in refused.problems)
    assert all(line.isprintable() for line in refused.lines())


_scalars = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
)
_keys = st.sampled_from(["title", "load", "wheels", "prices", "driver", "horse", "radius_m", "colour", "hay"])
_trees = st.recursive(
    _scalars, lambda below: st.lists(below, max_size=3) | st.dictionaries(_keys, below, max_size=4), max_leaves=12
)


@settings(deadline=None, max_examples=200)
@given(_trees)
def test_any_tree_of_values_is_built_or_explained(tree: Any) -> None:
    import yaml

    document = parse_document(yaml.safe_dump(tree, allow_unicode=True), source="x.yaml")
    problems = validate(document, Cart)
    if problems:
        assert all(p.line is not None and p.message.isprintable() for p in problems)
    else:
        assert isinstance(build(document, Cart), Cart)
