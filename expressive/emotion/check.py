"""Mistakes in a declaration that only its meaning shows: unknown names, unreachable states, traps, contradictions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from expressive.core.emotions import resolve_emotion
from expressive.core.errors import ParameterError, Problem, UnknownNameError, did_you_mean
from expressive.emotion.channels import HALF_LIFE_S, ONSET_S, resolve_channel
from expressive.emotion.chart import ANYWHERE, StateNode, sources, walk_states
from expressive.emotion.conditions import Atom, Condition, Quantity, conjunctions, parse_condition
from expressive.emotion.display import EVERY_EMOTION
from expressive.emotion.responses import known_events
from expressive.emotion.spec import MachineSpec, MindSpec, TransitionSpec

__all__ = ["check_mind"]

_Path = tuple[str | int, ...]


def check_mind(spec: MindSpec) -> list[Problem]:
    """Find every mistake that types and ranges cannot.

    Parameters
    ----------
    spec : MindSpec
        the declaration; its ranges hold already

    Returns
    -------
    list[Problem]
        what is wrong, each with its path in the YAML file; empty when all is well

    Examples
    --------
    >>> check_mind(MindSpec())
    []
    >>> broken = MindSpec(machine=MachineSpec(initial="calm"))
    >>> [problem.message for problem in check_mind(broken)][0]
    "state 'calm' is unknown. Known: neutral"
    """
    return [*_emotion(spec), *_display(spec), *_machine(spec.machine, known_events(spec.emotion))]


def _emotion(spec: MindSpec) -> Iterator[Problem]:
    emotion = spec.emotion
    for key in ("half_life_s", "onset_s", "gain", "threshold"):
        yield from _emotion_names(getattr(emotion, key), ("emotion", key))
    for name in {**emotion.onset_s, **emotion.half_life_s}:
        try:
            channel = resolve_channel(name)
        except UnknownNameError:
            continue
        onset = emotion.onset_s.get(name, float(ONSET_S[channel]))
        half_life = emotion.half_life_s.get(name, float(HALF_LIFE_S[channel]))
        if onset > half_life:
            key = "onset_s" if name in emotion.onset_s else "half_life_s"
            yield Problem(
                ("emotion", key, name),
                f"{name} would rise in {onset:g} s but fade by half in {half_life:g} s; "
                "make onset_s at most half_life_s",
            )
    for event, response in emotion.responses.items():
        for kind, known in (("goals", emotion.goals), ("standards", emotion.standards)):
            for name in getattr(response, kind):
                if name not in known:
                    message = str(UnknownNameError(kind[:-1], name, known))
                    remedy = f"; declare it under emotion.{kind}" if not known else ""
                    yield Problem(("emotion", "responses", event, kind, name), message + remedy)
    profiles = {rule.profile for rule in spec.display_rules if rule.profile is not None}
    if emotion.display_profile is not None and emotion.display_profile not in profiles:
        yield Problem(
            ("emotion", "display_profile"), str(UnknownNameError("display profile", emotion.display_profile, profiles))
        )


def _display(spec: MindSpec) -> Iterator[Problem]:
    for i, rule in enumerate(spec.display_rules):
        path: _Path = ("display_rules", i)
        names = (("emotion", rule.emotion), ("with", rule.with_))
        for key, name in names:
            if name is None or (key == "emotion" and name == EVERY_EMOTION):
                continue
            yield from _category(name, (*path, key))
        if rule.action == "substitute" and rule.with_ is None:
            yield Problem(path, "substitute needs 'with': the emotion that is shown instead")
        if rule.action != "substitute" and rule.with_ is not None:
            yield Problem((*path, "with"), f"{rule.action} shows nothing else; use action: substitute, or leave it out")


def _machine(machine: MachineSpec, events: tuple[str, ...]) -> Iterator[Problem]:
    nodes: dict[str, StateNode] = {}
    for node in walk_states(machine.states):
        path = _state_path(node)
        if node.name in nodes:
            yield Problem(path, f"state {node.name!r} is declared twice; names are unique, also across groups")
        if node.name == ANYWHERE:
            yield Problem(path, "'*' stands for any state and cannot name one")
        nodes[node.name] = node
        yield from _state(node, machine)
    if not nodes:
        yield Problem(("machine", "states"), "there must be at least one state")
        return
    if machine.initial not in nodes:
        yield Problem(("machine", "initial"), str(UnknownNameError("state", machine.initial, nodes)))
    conditions: dict[int, Condition] = {}
    for i in range(len(machine.transitions)):
        yield from _transition(i, machine, nodes, events, conditions)
    for node in nodes.values():
        target = node.spec.timeout_to
        if target is not None and target not in nodes:
            yield Problem((*_state_path(node), "timeout_to"), str(UnknownNameError("state", target, nodes)))
    if machine.initial in nodes and _names_are_known(machine, nodes):
        yield from _reach(machine, nodes)
        yield from _flicker(machine, nodes, conditions)


def _state(node: StateNode, machine: MachineSpec) -> Iterator[Problem]:
    path, spec = _state_path(node), node.spec
    for key in ("tone", "gain"):
        yield from _emotion_names(getattr(spec, key), (*path, key))
    if spec.initial is not None and spec.initial not in spec.states:
        yield Problem((*path, "initial"), str(UnknownNameError("inner state", spec.initial, spec.states)))
    if spec.timeout_s is not None and spec.timeout_to is None:
        yield Problem((*path, "timeout_s"), "a longest stay needs timeout_to: the state that follows")
    if spec.timeout_to is not None and spec.timeout_s is None:
        yield Problem((*path, "timeout_to"), "needs timeout_s: after how long")
    dwell = machine.min_dwell_s if spec.min_dwell_s is None else spec.min_dwell_s
    if spec.timeout_s is not None and spec.timeout_s < dwell:
        yield Problem((*path, "timeout_s"), f"timeout_s={spec.timeout_s:g} is shorter than min_dwell_s={dwell:g}")
    if spec.final and spec.timeout_s is not None:
        yield Problem((*path, "final"), "a final state is never left, so it takes no timeout_s")


def _transition(
    i: int,
    machine: MachineSpec,
    nodes: Mapping[str, StateNode],
    events: tuple[str, ...],
    conditions: dict[int, Condition],
) -> Iterator[Problem]:
    path: _Path = ("machine", "transitions", i)
    transition = machine.transitions[i]
    for name in sources(transition):
        if name != ANYWHERE and name not in nodes:
            yield Problem((*path, "from"), str(UnknownNameError("state", name, (*nodes, ANYWHERE))))
        elif name != ANYWHERE and nodes[name].spec.final:
            yield Problem((*path, "from"), f"state {name!r} is final and is never left; drop final or this transition")
    if not sources(transition):
        yield Problem((*path, "from"), "names no state; leave 'from' out for any")
    if transition.to not in nodes:
        yield Problem((*path, "to"), str(UnknownNameError("state", transition.to, nodes)))
    named = (transition.event,) if isinstance(transition.event, str) else transition.event or ()
    for event in named:
        if event not in events:
            yield Problem((*path, "event"), f"event {event!r} is unknown. {did_you_mean(event, events)}")
    if transition.when is None:
        if not named and not transition.after_s:
            yield Problem(path, "is always taken; give it a 'when', an 'event' or an 'after_s'")
        return
    try:
        condition = parse_condition(transition.when, hysteresis=machine.hysteresis)
    except ParameterError as error:
        yield Problem((*path, "when"), str(error))
        return
    conditions[i] = condition
    yield from _possible(condition, (*path, "when"), events)


def _possible(condition: Condition, path: _Path, events: tuple[str, ...]) -> Iterator[Problem]:
    """A condition that can never hold, and events in it that never come."""
    ways = list(conjunctions(condition))
    for name in sorted({a.left.name for way in ways for a in way if a.left.kind == "since"}):
        if name not in events:
            yield Problem(path, f"event {name!r} is unknown. {did_you_mean(name, events)}")
    failures = [_contradiction(way) for way in ways]
    if failures and all(failures):
        yield Problem(path, f"can never hold: {failures[0]}")


def _contradiction(way: Iterable[Atom]) -> str | None:
    """Why comparisons cannot hold together, or None."""
    bounds: dict[tuple[Quantity, Quantity | None], tuple[float, float, Atom | None, Atom | None]] = {}
    for atom in way:
        low, high = _range(atom)
        if atom.direction > 0 and (atom.threshold > high or (atom.strict and atom.threshold >= high)):
            return f"{atom.text} asks for more than {high:g}{_banded(atom)}"
        if atom.direction < 0 and (atom.threshold < low or (atom.strict and atom.threshold <= low)):
            return f"{atom.text} asks for less than {low:g}{_banded(atom)}"
        key = (atom.left, atom.right)
        least, most, above, below = bounds.get(key, (-math.inf, math.inf, None, None))
        if atom.direction > 0 and atom.threshold > least:
            least, above = atom.threshold, atom
        if atom.direction < 0 and atom.threshold < most:
            most, below = atom.threshold, atom
        if (
            above is not None
            and below is not None
            and (least > most or (least == most and (above.strict or below.strict)))
        ):
            return f"{above.text} contradicts {below.text}"
        bounds[key] = (least, most, above, below)
    return None


def _range(atom: Atom) -> tuple[float, float]:
    low, high = atom.left.range
    if atom.right is None:
        return low, high
    other_low, other_high = atom.right.range
    return low - other_high, high - other_low


def _banded(atom: Atom) -> str:
    return f", with {atom.band:g} of hysteresis" if atom.band else ""


def _reach(machine: MachineSpec, nodes: Mapping[str, StateNode]) -> Iterator[Problem]:
    """States that are never entered, and states that are never left."""
    ways = _ways(machine, nodes)
    reached, todo = set(), [_entered(machine.initial, nodes)]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached.add(name)
            todo.extend(ways[name])
    for name in ways:
        node = nodes[name]
        if name not in reached:
            yield Problem(
                _state_path(node), f"state {name!r} is unreachable from {machine.initial!r}; add a transition to it"
            )
        elif not ways[name] - {name} and not any(nodes[part].spec.final for part in (*node.path, name)):
            yield Problem(
                _state_path(node), f"state {name!r} is a trap: nothing leads out of it; add a transition or final: true"
            )


def _ways(machine: MachineSpec, nodes: Mapping[str, StateNode]) -> dict[str, set[str]]:
    """For each innermost state, those that can follow it."""
    ways: dict[str, set[str]] = {name: set() for name, node in nodes.items() if not node.spec.states}
    for name, following in ways.items():
        path = (*nodes[name].path, name)
        if any(nodes[part].spec.final for part in path):
            continue
        for transition in machine.transitions:
            origins = sources(transition)
            if name in origins or ((ANYWHERE in origins or set(origins) & set(path)) and transition.to not in path):
                following.add(_entered(transition.to, nodes))
        following.update(
            _entered(target, nodes) for part in path if (target := nodes[part].spec.timeout_to) is not None
        )
    return ways


def _flicker(
    machine: MachineSpec, nodes: Mapping[str, StateNode], conditions: Mapping[int, Condition]
) -> Iterator[Problem]:
    """Pairs of transitions there and back that hold at once, so that the machine would swing for ever."""
    free = [
        (i, t)
        for i, t in enumerate(machine.transitions)
        if i in conditions and t.event is None and not t.after_s and not _has_time(conditions[i])
    ]
    for i, there in free:
        for j, back in free:
            if i >= j or _entered(there.to, nodes) not in _origins(back, nodes):
                continue
            if _entered(back.to, nodes) not in _origins(there, nodes):
                continue
            for one in conjunctions(conditions[i]):
                for other in conjunctions(conditions[j]):
                    alike = {a.left for a in one} == {a.left for a in other}
                    if alike and _contradiction((*one, *other)) is None:
                        yield Problem(
                            ("machine", "transitions", j, "when"),
                            f"contradictory thresholds: {back.when!r} leads back to {back.to!r} where transition {i}, "
                            f"{there.when!r}, leads away again; let them not hold at once",
                        )
                        break
                else:
                    continue
                break


def _has_time(condition: Condition) -> bool:
    return any(atom.left.is_time for way in conjunctions(condition) for atom in way)


def _origins(transition: TransitionSpec, nodes: Mapping[str, StateNode]) -> set[str]:
    """The innermost states from which a transition leads."""
    out = set()
    for name, node in nodes.items():
        path = (*node.path, name)
        around = set(sources(transition)) & set(path)
        outside = transition.to not in path
        if not node.spec.states and (name in around or (outside and (around or ANYWHERE in sources(transition)))):
            out.add(name)
    return out


def _names_are_known(machine: MachineSpec, nodes: Mapping[str, StateNode]) -> bool:
    named = [name for t in machine.transitions for name in (*sources(t), t.to) if name != ANYWHERE]
    named += [node.spec.timeout_to for node in nodes.values() if node.spec.timeout_to is not None]
    inner = all(node.spec.initial is None or node.spec.initial in node.spec.states for node in nodes.values())
    return inner and all(name in nodes for name in named)


def _entered(name: str, nodes: Mapping[str, StateNode]) -> str:
    while nodes[name].spec.states:
        name = nodes[name].spec.initial or next(iter(nodes[name].spec.states))
    return name


def _state_path(node: StateNode) -> _Path:
    path: list[str | int] = ["machine"]
    for name in (*node.path, node.name):
        path += ["states", name]
    return tuple(path)


def _emotion_names(names: Iterable[str], path: _Path) -> Iterator[Problem]:
    for name in names:
        try:
            resolve_channel(name)
        except UnknownNameError as error:
            yield Problem((*path, name), str(error))


def _category(name: str, path: _Path) -> Iterator[Problem]:
    try:
        resolve_emotion(name)
    except UnknownNameError as error:
        yield Problem(path, str(error))
