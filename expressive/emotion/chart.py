"""A machine's declaration made ready to run: names resolved, conditions read, transitions in order of precedence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from expressive.emotion.channels import N_CATEGORIES, N_CHANNELS, resolve_channel
from expressive.emotion.conditions import Condition, parse_condition
from expressive.emotion.dynamics import categories
from expressive.emotion.spec import MachineSpec, StateSpec, TransitionSpec

__all__ = ["ANYWHERE", "Chart", "Leaf", "Move", "StateNode", "compile_chart", "sources", "walk_states"]

ANYWHERE = "*"


@dataclass(frozen=True, slots=True)
class StateNode:
    """A state as it stands in the declaration."""

    name: str
    spec: StateSpec
    path: tuple[str, ...]
    """names of the groups around it, outermost first"""


@dataclass(frozen=True, slots=True)
class Move:
    """A transition as it holds in one state."""

    to: str
    """the innermost state that is entered"""
    anchor: str
    """the state or group since whose entry ``after_s`` counts"""
    condition: Condition | None
    events: frozenset[str]
    """events of which one sets it off; empty when it goes by itself"""
    after_s: float
    priority: int
    blend_s: float
    urgent: bool
    reason: str
    """for people: what set it off"""


@dataclass(frozen=True, slots=True)
class Leaf:
    """An innermost state: what the machine is in."""

    name: str
    path: tuple[str, ...]
    """the groups around it, outermost first, and itself"""
    min_dwell_s: float
    tone: npt.NDArray[np.float64]
    """[shape=(n_emotions,), range=[0, 1]]"""
    gain: npt.NDArray[np.float64]
    """[shape=(n_channels,)]"""
    gestures: tuple[str, ...]
    moves: tuple[Move, ...]
    """what may be taken unprompted, first come first"""
    event_moves: tuple[Move, ...]
    """what events set off, first come first"""


@dataclass(frozen=True, slots=True)
class Chart:
    """All innermost states by name."""

    leaves: Mapping[str, Leaf]
    initial: str


def walk_states(states: Mapping[str, StateSpec], path: tuple[str, ...] = ()) -> Iterator[StateNode]:
    """Every state, groups before what is in them."""
    for name, spec in states.items():
        yield StateNode(name, spec, path)
        yield from walk_states(spec.states, (*path, name))


def sources(transition: TransitionSpec) -> tuple[str, ...]:
    """The names after ``from``, as a tuple."""
    return (transition.from_,) if isinstance(transition.from_, str) else tuple(transition.from_)


def compile_chart(spec: MachineSpec) -> Chart:
    """Make a checked declaration ready to run.

    Parameters
    ----------
    spec : MachineSpec
        a declaration in which :func:`expressive.emotion.check.check_mind` finds no problem

    Returns
    -------
    Chart
        the innermost states with their transitions in order of precedence
    """
    nodes = {node.name: node for node in walk_states(spec.states)}
    entry = {name: _innermost(name, nodes) for name in nodes}
    leaves = {}
    for node in nodes.values():
        if node.spec.states:
            continue
        path = (*node.path, node.name)
        ranked = [*_moves(spec, path, nodes, entry), *_timeouts(spec, path, nodes, entry)]
        moves = [move for _, move in sorted(ranked, key=lambda pair: pair[0])]
        chain = [nodes[name].spec for name in path]
        leaves[node.name] = Leaf(
            node.name,
            path,
            next((s.min_dwell_s for s in reversed(chain) if s.min_dwell_s is not None), spec.min_dwell_s),
            _tone(chain),
            _gain(chain),
            tuple(dict.fromkeys(tag for s in chain for tag in s.gestures)),
            tuple(move for move in moves if not move.events),
            tuple(move for move in moves if move.events),
        )
    return Chart(leaves, entry[spec.initial])


_Ranked = tuple[tuple[int, int, int], Move]


def _moves(
    spec: MachineSpec, path: tuple[str, ...], nodes: Mapping[str, StateNode], entry: Mapping[str, str]
) -> Iterator[_Ranked]:
    """The transitions that hold in a state, each with its rank: priority, then the innermost, then the file's order."""
    for order, transition in enumerate(spec.transitions):
        origins = [name for name in sources(transition) if name == ANYWHERE or name in path]
        if not origins:
            continue
        depth, origin = max((0 if name == ANYWHERE else 1 + path.index(name), name) for name in origins)
        # From a group or from anywhere, a way to where one already is means nothing; from the state itself it restarts.
        if origin != path[-1] and transition.to in path:
            continue
        events = transition.event or ()
        target = entry[transition.to]
        yield (
            (-transition.priority, -depth, order),
            Move(
                target,
                path[-1] if origin == ANYWHERE else origin,
                None if transition.when is None else parse_condition(transition.when, hysteresis=spec.hysteresis),
                frozenset((events,) if isinstance(events, str) else events),
                transition.after_s or 0.0,
                transition.priority,
                _blend_s(spec, transition.blend_s, target, nodes),
                transition.urgent,
                _reason(transition),
            ),
        )


def _timeouts(
    spec: MachineSpec, path: tuple[str, ...], nodes: Mapping[str, StateNode], entry: Mapping[str, str]
) -> Iterator[_Ranked]:
    """The longest stays, as transitions that come after all others."""
    for depth, name in enumerate(path):
        state = nodes[name].spec
        if state.timeout_s is not None and state.timeout_to is not None:
            target = entry[state.timeout_to]
            blend_s = _blend_s(spec, None, target, nodes)
            reason = f"{state.timeout_s:g} s in {name}"
            move = Move(target, name, None, frozenset(), state.timeout_s, 0, blend_s, True, reason)
            yield (2**31, -depth, 0), move


def _blend_s(spec: MachineSpec, own: float | None, target: str, nodes: Mapping[str, StateNode]) -> float:
    if own is not None:
        return own
    node = nodes[target]
    chain = [nodes[name].spec.blend_s for name in (*node.path, target)]
    return next((blend for blend in reversed(chain) if blend is not None), spec.blend_s)


def _innermost(name: str, nodes: Mapping[str, StateNode]) -> str:
    spec = nodes[name].spec
    return _innermost(spec.initial or next(iter(spec.states)), nodes) if spec.states else name


def _tone(chain: list[StateSpec]) -> npt.NDArray[np.float64]:
    channels = np.zeros(N_CHANNELS)
    for state in chain:
        for name, value in state.tone.items():
            index = resolve_channel(name)
            channels[index] = max(channels[index], value)
    tone = categories(channels)
    assert tone.shape == (N_CATEGORIES,)
    tone.setflags(write=False)
    return tone


def _gain(chain: list[StateSpec]) -> npt.NDArray[np.float64]:
    gain = np.ones(N_CHANNELS)
    for state in chain:
        for name, value in state.gain.items():
            gain[resolve_channel(name)] *= value
    gain.setflags(write=False)
    return gain


def _reason(transition: TransitionSpec) -> str:
    events = transition.event or ()
    parts = [events if isinstance(events, str) else " or ".join(events), transition.when or ""]
    if transition.after_s:
        parts.append(f"after {transition.after_s:g} s")
    return ", ".join(part for part in parts if part)
