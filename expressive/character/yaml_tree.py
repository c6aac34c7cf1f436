"""YAML text → plain values with the line of every key and value, safely: nothing is built but text, numbers and lists.

Plain words are read as YAML 1.2 reads them, so that ``on``, ``no`` and ``12:30`` stay the text that a writer means.
Anchors, aliases and merge keys work, and are counted as if written out, so that no short file unfolds into a huge one.

References
----------
.. [1] YAML 1.2.2, chapter 10.3 "Core Schema", https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from expressive.core.errors import Problem

__all__ = ["MAX_DEPTH", "MAX_NODES", "Path", "Tree", "YamlMistake", "parse_yaml"]

MAX_NODES = 50_000
"""How many keys and values a document may hold once its aliases are written out."""
MAX_KEY = 200
"""How long a key may be."""
MAX_DEPTH = 32
"""How deep lists and mappings may nest."""

Path = tuple[str | int, ...]

_PREFIX = "tag:yaml.org,2002:"
_CORE_TAGS = {_PREFIX + kind for kind in ("null", "bool", "int", "float", "str", "merge", "map", "seq")}


class YamlMistake(Exception):
    """The text cannot be read at all."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class Tree:
    """What a YAML text says, and where it says so."""

    data: Any = None
    """mappings with text keys, lists, text, numbers, booleans and None"""
    lines: dict[Path, int] = field(default_factory=dict)
    """path → line of the value, or of the key where the value is a mapping or list; from 1"""
    problems: list[Problem] = field(default_factory=list)
    """mistakes that do not stop the reading: keys given twice, numbers without end"""
    nodes: int = 0


class _CoreLoader(yaml.SafeLoader):
    """PyYAML's pure parser with YAML 1.2's rules for plain scalars and with limits."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own class attribute

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        self.count = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        """Count nodes and depth while the tree grows, so that a hostile file fails early."""
        line = self.peek_event().start_mark.line + 1  # type: ignore[no-untyped-call]
        self.count += 1
        self.depth += 1
        if self.count > MAX_NODES:
            raise YamlMistake(f"has more than {MAX_NODES} keys and values; split the file", line)
        if self.depth > MAX_DEPTH:
            raise YamlMistake(f"nests deeper than {MAX_DEPTH} levels", line)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", "-+."),
    ("merge", r"<<", "<"),
):
    _CoreLoader.add_implicit_resolver(_PREFIX + _tag, re.compile(f"^(?:{_pattern})$"), list(_first))


def parse_yaml(text: str) -> Tree:
    r"""Read one YAML document.

    Parameters
    ----------
    text : str
        the document

    Returns
    -------
    Tree
        values, lines and the mistakes that did not stop the reading

    Raises
    ------
    YamlMistake
        If the text is no YAML, is empty, holds a tag, or unfolds beyond :data:`MAX_NODES`.

    Examples
    --------
    >>> tree = parse_yaml("face:\n  asymmetry: 0.1\n")
    >>> tree.data, tree.lines["face", "asymmetry"]
    ({'face': {'asymmetry': 0.1}}, 2)
    """
    try:
        loader = _CoreLoader(text)  # reads ahead, so it may raise too
        root = loader.get_single_node()
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1 if isinstance(error.position, int) else None
        raise YamlMistake(f"holds the control character U+{int(error.character):04X}; remove it", line) from error
    except yaml.MarkedYAMLError as error:
        raise _explain(error) from error
    except (ValueError, OverflowError) as error:
        raise YamlMistake('is not valid YAML: an escape such as "\\UFFFFFFFF" names no character') from error
    if root is None:
        raise YamlMistake("is empty", 1)
    tree = Tree()
    tree.data = _expand(root, (), tree, ())
    return tree


def _explain(error: yaml.MarkedYAMLError) -> YamlMistake:
    """Say in a writer's words what PyYAML found; the line is where the mistake begins."""
    mark = error.problem_mark or error.context_mark
    problem = error.problem or error.context or "it cannot be read"
    context = error.context or ""
    if "'\\t'" in problem:
        what = "a tab cannot indent YAML; use spaces"
    elif "expected a single document" in context:
        what = "a second document begins here; use one file for each"
    elif "quoted scalar" in context and error.context_mark is not None:
        what, mark = "the quote that opens here never closes", error.context_mark
        if "escape" in context + problem:
            what, mark = f"{problem}; write a backslash as \\\\ or use single quotes", error.problem_mark or mark
    elif "mapping values are not allowed" in problem:
        what = "a colon is not allowed here; indent keys alike, and put quotes around text that holds ': '"
    elif "undefined alias" in problem:
        what = problem.replace("found undefined", "there is no anchor for the")
    elif "could not find expected ':'" in problem:
        what, mark = "a colon is missing after this key", error.context_mark or mark
    elif "cannot start any token" in problem:
        what = problem.replace("found character", "text that begins with") + "; put quotes around it"
        what = what.replace(" that cannot start any token", " is not allowed")
    elif "<stream end>" in problem:
        what = "the file ends before a bracket is closed"
    elif "expected <block end>" in problem:
        what = "this line is indented unlike those that it belongs to"
    else:
        what = f"{problem} ({context})" if context else problem
    what = " ".join(what.split())
    column = "" if mark is None else f" at column {mark.column + 1}"
    return YamlMistake(f"is not valid YAML{column}: {what}", None if mark is None else mark.line + 1)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _expand(node: Node, path: Path, tree: Tree, above: tuple[Node, ...]) -> Any:
    """Turn a node into a value, noting lines; aliases are written out anew at each place of use."""
    tree.nodes += 1
    if tree.nodes > MAX_NODES:
        raise YamlMistake(f"unfolds to more than {MAX_NODES} keys and values; its aliases repeat too much", _line(node))
    if any(node is other for other in above):
        raise YamlMistake("an alias holds itself", _line(node))
    if len(above) > MAX_DEPTH:
        raise YamlMistake(f"nests deeper than {MAX_DEPTH} levels", _line(node))
    tree.lines.setdefault(path, _line(node))
    if node.tag not in _CORE_TAGS:
        raise YamlMistake(f"the tag {_shown_tag(node.tag)} is not allowed; write plain values", _line(node))
    if isinstance(node, MappingNode):
        return _expand_mapping(node, path, tree, (*above, node))
    if isinstance(node, SequenceNode):
        return [_expand(child, (*path, i), tree, (*above, node)) for i, child in enumerate(node.value)]
    assert isinstance(node, ScalarNode)
    return _scalar(node, path, tree)


def _expand_mapping(node: MappingNode, path: Path, tree: Tree, above: tuple[Node, ...]) -> dict[str, Any]:
    """Expand a mapping; a merge key ``<<`` brings what the mapping itself does not give."""
    out: dict[str, Any] = {}
    merged: list[Node] = []
    for key_node, value_node in node.value:
        if not isinstance(key_node, ScalarNode):
            tree.problems.append(Problem(path, "a key must be plain text", _line(key_node)))
            continue
        if key_node.tag == _PREFIX + "merge":
            merged += value_node.value if isinstance(value_node, SequenceNode) else [value_node]
            continue
        key = str(key_node.value)
        if not key.isprintable() or len(key) > MAX_KEY:
            message = f"a key must be at most {MAX_KEY} printable characters in one line, not {key[:20]!r}"
            tree.problems.append(Problem(path, message, _line(key_node)))
            continue
        here = (*path, key)
        if key in out:
            message = f"{key!r} is given twice, first in line {tree.lines[here]}; keep one"
            tree.problems.append(Problem(here, message, _line(key_node)))
            continue
        # A writer looks for a section at its key, and for a number at the number.
        tree.lines[here] = _line(value_node if isinstance(value_node, ScalarNode) and value_node.value else key_node)
        out[key] = _expand(value_node, here, tree, above)
    for source in merged:
        if not isinstance(source, MappingNode):
            tree.problems.append(Problem(path, "'<<' must name an anchored mapping", _line(source)))
            continue
        ours = MappingNode(source.tag, [], source.start_mark, source.end_mark)
        ours.value = [pair for pair in source.value if pair[0].value not in out or pair[0].tag == _PREFIX + "merge"]
        out.update(_expand(ours, path, tree, (*above, source)))
    return out


def _scalar(node: ScalarNode, path: Path, tree: Tree) -> Any:
    """Read a plain value by its YAML 1.2 type."""
    text = str(node.value)
    kind = node.tag.removeprefix(_PREFIX)
    if kind == "null":
        return None
    if kind == "bool" and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if kind in {"int", "float"}:
        return _number(text, kind, node, path, tree)
    if any("\ud800" <= ch <= "\udfff" for ch in text):
        tree.problems.append(Problem(path, "holds half a surrogate pair; write the character itself", _line(node)))
        return ""
    return text


def _number(text: str, kind: str, node: ScalarNode, path: Path, tree: Tree) -> int | float | str:
    digits = text.lower()
    try:
        if kind == "int":
            base = 16 if digits.startswith("0x") else 8 if digits.startswith("0o") else 10
            number: float = int(digits, base)
        else:
            number = float(digits.replace(".inf", "inf").replace(".nan", "nan"))
    except ValueError:  # only an explicit !!int or !!float, or thousands of digits, comes here
        number = math.inf
    if not math.isfinite(number) or abs(number) > 1e300:
        short = text if len(text) <= 20 else text[:17] + "…"
        tree.problems.append(Problem(path, f"{short} must be a finite number", _line(node)))
        return 0
    return number


def _shown_tag(tag: str) -> str:
    return tag.replace(_PREFIX, "!!", 1) if tag.startswith(_PREFIX) else tag
