from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expressive.links.server.errors import Refusal
from expressive.links.server.inbound import CLIENT_MESSAGES, ClientMessage
from expressive.links.server.reading import read_id, read_message, read_object

FEEL = {"type": "feel", "actor": "a", "emotion": "anger", "intensity": 0.5}
OPEN = {"type": "open", "actor": "a", "character": "guard"}


@pytest.mark.parametrize(
    ("message", "code", "says"),
    [
        ({"type": "helo"}, "type", "message type 'helo' is unknown. Did you mean 'hello'?"),
        ({"type": 3}, "type", "type=3 must be text"),
        ({}, "type", "type=null must be text"),
        ({**FEEL, "intensity": 2}, "value", "feel.intensity=2 must be in [0, 1]"),
        ({**FEEL, "intensity": "0.5"}, "value", "feel.intensity='0.5' must be a number"),
        ({**FEEL, "intensity": True}, "value", "feel.intensity=true must be a number"),
        ({**FEEL, "emotoin": "anger"}, "value", "feel.emotoin is no field. Did you mean 'emotion'?"),
        ({"type": "feel", "actor": "a", "intensity": 1}, "value", "feel.emotion is missing"),
        ({**OPEN, "video": {"sizee": 64}}, "value", "open.video.sizee is no field. Did you mean 'size'?"),
        ({**OPEN, "video": {"size": 9999}}, "value", "open.video.size=9999 must be in [64, 512]"),
        ({**OPEN, "video": {"format": "web"}}, "value", "Did you mean 'webp'?"),
        ({**OPEN, "video": 7}, "value", "open.video=7 must be an object"),
        ({**OPEN, "seed": 1.5}, "value", "open.seed=1.5 must be a whole number"),
        ({**OPEN, "actor": ""}, "value", "open.actor must not be empty"),
        ({**OPEN, "actor": "x" * 65}, "value", "open.actor has 65 characters; at most 64 are taken"),
        ({**FEEL, "id": 2**32}, "value", "feel.id=4294967296 must be in [1, 4294967295]"),
        ({"type": "look", "actor": "a", "x": None}, "value", "look.y is missing"),
    ],
)
def test_a_mistake_is_told_in_one_line(message: dict[str, Any], code: str, says: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_message(message)
    assert caught.value.code == code
    assert caught.value.close is None
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '"hello"', "null", '{"t": NaN}', '{"t": ' + "9" * 5000 + "}", "[" * 100_000, "\x00"]
)
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        read_object(text)
    assert caught.value.code == "json"
    assert len(str(caught.value)) < 300


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=80),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=12), below, max_size=4),
    max_leaves=12,
)


@given(kind=st.sampled_from(sorted(CLIENT_MESSAGES)), data=st.data())
def test_no_value_of_any_field_does_more_than_be_refused(kind: str, data: st.DataObject) -> None:
    names = sorted(CLIENT_MESSAGES[kind].model_fields)
    message = data.draw(st.dictionaries(st.sampled_from([*names, "nonsense"]), JSON)) | {"type": kind}
    text = json.dumps(message)
    try:
        assert isinstance(read_message(read_object(text)), ClientMessage)
    except Refusal as refusal:
        told = (refusal.code, str(refusal))
    else:
        return
    assert told[0] in {"value", "json"}
    assert told[1].isprintable()


@given(st.text(max_size=200))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    try:
        read_message(read_object(text))
    except Refusal as refusal:
        told = str(refusal)
    else:
        return
    assert told.isprintable()


@pytest.mark.parametrize(
    ("given_id", "understood"), [(1, 1), (2**32 - 1, 2**32 - 1), (0, None), (2**32, None), (True, None), ("1", None)]
)
def test_only_an_id_that_can_be_answered_is_read_from_a_wrong_message(given_id: object, understood: int | None) -> None:
    assert read_id({"id": given_id}) == understood
