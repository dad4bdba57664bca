import pytest
from hypothesis import given

from diptych.core.db import compact_json
from diptych.core.storable import DEEPEST, find_flaw, is_storable_text, printable, shown
from tests.factories.strategies import json_values, texts


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "flaw"),
    [
        ({"a": ["x", None, 1.5, True]}, None),
        ({"a": [{"b": "\0"}]}, "NUL"),
        ({"\ud800": 1}, "half a character"),
        ([float("-inf")], "infinite"),
        (nested(DEEPEST - 1), None),
        (nested(DEEPEST), "nested more than 100 levels"),
        (nested(100_000), "nested more than 100 levels"),
    ],
)
def test_a_flaw_is_found_however_deep_it_is(value, flaw):
    found = find_flaw(value)
    assert (found is None) if flaw is None else (flaw in found)


@given(json_values)
def test_what_has_no_flaw_becomes_text_without_nul(value):
    if find_flaw(value) is None:
        assert compact_json(value).encode()


@given(texts)
def test_a_message_can_show_any_text(text):
    assert is_storable_text(shown(text))
    assert is_storable_text(printable(text))
