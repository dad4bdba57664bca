"""Metadata properties, and the metadata of records that has to fit them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.core.db import compact_json
from diptych.core.errors import InvalidError
from diptych.datasets.columns import reserved_names
from diptych.datasets.metadata import MetadataRules, parse_property_settings
from diptych.models import Field, MetadataProperty, Question, VectorSettings
from tests.factories.strategies import json_values, texts

MIXED = ["a", 1, True, 0.5]


def terms(*values):
    return {"type": "terms", "values": list(values) or None}


def number(kind, least=None, most=None):
    return {"type": kind, "min": least, "max": most}


def rules(settings=None, *, allow_extra=True, reserved=()):
    properties = [MetadataProperty(name="key", settings=settings)] if settings else []
    return MetadataRules(properties, reserved=reserved, allow_extra=allow_extra)


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"type": "terms", "visible_for_annotators": True}, terms()),
        (terms(*MIXED), terms(*MIXED)),
        ({"type": "integer", "min": -5}, number("integer", -5)),
        (number("integer", 0, 1), number("integer", 0, 1)),
        (number("float", 0, 0.5), number("float", 0, 0.5)),
    ],
)
def test_settings_are_stored_with_their_defaults_and_their_type_first(sent, stored):
    parsed = parse_property_settings(sent).model_dump(mode="json")
    assert parsed == stored
    assert next(iter(parsed)) == "type"


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"type": "date"}, "no metadata property type 'date'; use one of: terms, integer, float"),
        ({"type": "terms", "values": []}, "values"),
        (terms(*range(251)), "values"),
        (terms(["a"]), "values"),
        (terms("\0"), "NUL"),
        (number("integer", 0.5), "min"),
        (number("integer", "0"), "min"),
        (number("integer", 1, 1), "min 1 is not less than max 1"),
        (number("float", 1.5, 1), "min 1.5 is not less"),
        (number("float", float("nan")), "min"),
    ],
)
def test_settings_that_do_not_fit_say_where(sent, reason):
    with pytest.raises(InvalidError, match=reason):
        parse_property_settings(sent)


@pytest.mark.parametrize(
    ("settings", "value"),
    [
        (terms(), "anything"),
        (terms(), ["several", 5, True]),
        (terms("a", "b"), "a"),
        (terms("a", "b"), ["b", "a"]),
        (terms("a", "b"), []),
        (number("integer"), 10**30),
        (number("integer", 0, 9), 9),
        (number("float", 0, 9), 9),
        (number("float", 0, 9), 0.0),
        (number("float"), None),
        (None, {"nested": [{"a": 1}]}),
        (None, None),
    ],
)
def test_metadata_that_fits_is_taken(settings, value):
    rules(settings).check({"key": value})


@pytest.mark.parametrize(
    ("settings", "value", "reason"),
    [
        (terms(), {"nested": 1}, "has to be a term or a list of terms"),
        (terms(), [["nested"]], "has to be a term or a list of terms"),
        (terms(), [None], "has to be a term or a list of terms"),
        (terms(), "\0", "NUL"),
        (terms(), [float("nan")], "NaN"),
        (terms("a", "b"), "c", "'c' of 'key' is not one of a, b"),
        (terms("a", "b"), ["a", "c"], "is not one of a, b"),
        (terms(*map(str, range(250))), "x", "is not one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …"),
        (number("integer"), 1.0, "not a number of type integer"),
        (number("integer"), True, "not a number of type integer"),
        (number("integer"), "1", "not a number of type integer"),
        (number("integer", 0), -1, "is less than 0"),
        (number("float", None, 0.5), 1, "is more than 0.5"),
        (number("float"), "x", "not a number of type float"),
        (number("float"), False, "not a number of type float"),
        (number("float"), float("inf"), "infinite"),
        (None, {"nested": [float("nan")]}, "NaN"),
        (None, {"nested\0": 1}, "NUL"),
    ],
)
def test_metadata_that_does_not_fit_is_refused_by_its_key(settings, value, reason):
    with pytest.raises(InvalidError, match=reason) as caught:
        rules(settings).check({"key": value})
    assert caught.value.params == {"field": "key"}


def test_other_keys_can_be_forbidden():
    strict = rules(terms(), allow_extra=False)
    strict.check({"key": "a"})
    with pytest.raises(InvalidError, match="no such metadata property and does not allow others"):
        strict.check({"other": None})


@pytest.mark.parametrize(("key", "shown"), [("\0", r"'\x00'"), ("\ud800", r"'\ud800'")])
def test_a_key_that_cannot_be_stored_is_shown_so_that_an_answer_can_carry_it(key, shown):
    with pytest.raises(InvalidError, match="half a character") as caught:
        rules().check({key: 1})
    assert caught.value.params == {"field": shown}


def test_a_name_that_an_export_needs_is_for_declared_properties_only():
    rules(terms(), reserved={"key"}).check({"key": "a"})
    with pytest.raises(InvalidError, match="exports use it for something else"):
        rules(reserved={"key"}).check({"key": "a"})


def test_an_export_needs_the_names_of_everything_that_is_not_metadata():
    images = Field(name="images", settings={"type": "custom"})
    names = reserved_names(
        [images, Field(name="note", settings={"type": "text"})],
        [Question(name="taste", settings={"type": "text"})],
        [VectorSettings(name="embedding")],
    )
    assert names == {
        *("id", "status", "_server_id"),
        *("images", "note", "prompt", "image_1", "image_2"),
        *("taste.responses", "taste.responses.users", "taste.responses.status"),
        *("taste.suggestion", "taste.suggestion.score", "taste.suggestion.agent"),
        *("embedding", "vector.embedding"),
    }
    assert "prompt" not in reserved_names([Field(name="images", settings={"type": "image"})], [], [])


declared = st.sampled_from([terms(), terms("a", 1), number("integer", 0), number("float", None, 1)])


@given(declared, st.dictionaries(texts | st.just("key"), json_values))
def test_whatever_is_sent_is_refused_or_can_be_stored(settings, metadata):
    with contextlib.suppress(InvalidError):
        rules(settings).check(metadata)
        compact_json(metadata).encode()


@given(st.sampled_from(["terms", "integer", "float"]), json_values, json_values, json_values)
def test_whatever_is_sent_as_settings_is_refused_or_taken(kind, values, least, most):
    with contextlib.suppress(InvalidError):
        parse_property_settings({"type": kind, "values": values, "min": least, "max": most})
