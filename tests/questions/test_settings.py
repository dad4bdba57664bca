"""The settings of questions: how they are stored, what is refused, and what may change."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.core.errors import InvalidError
from diptych.questions import parse_settings
from tests.factories.strategies import json_values

TYPES = ["label_selection", "multi_label_selection", "rating", "ranking", "text", "span"]


def options(*values, text="Text"):
    return [{"value": value, "text": text, "description": None} for value in values]


def label(**changes):
    return {"type": "label_selection", "options": options("a", "b", "c"), "visible_options": None, **changes}


def span(**changes):
    return {"type": "span", "field": "body", "options": options("a"), "allow_overlapping": False, **changes}


def rating(*values):
    return {"type": "rating", "options": [{"value": value} for value in values]}


@pytest.mark.parametrize(
    ("settings", "stored"),
    [
        (label(visible_options=3), label(visible_options=3)),
        (
            {"type": "multi_label_selection", "options": [{"text": "A", "value": v} for v in "ab"]},
            {
                "type": "multi_label_selection",
                "options": options("a", "b", text="A"),
                "visible_options": None,
                "options_order": "natural",
            },
        ),
        (rating(0, 10), rating(0, 10)),
        (
            {"type": "ranking", "options": options("a", "b")},
            {"type": "ranking", "options": options("a", "b")},
        ),
        ({"type": "text", "unknown": 1}, {"type": "text", "use_markdown": False}),
        (span(), span(visible_options=None, allow_character_annotation=True)),
    ],
)
def test_settings_are_stored_with_their_defaults_and_their_type_first(settings, stored):
    parsed = parse_settings(settings).model_dump(mode="json")
    assert parsed == stored
    assert next(iter(parsed)) == "type"
    assert parse_settings(parsed).model_dump(mode="json") == parsed


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({}, "no question type None"),
        ({"type": ["text"]}, "no question type"),
        (label(options=options("a")), "options"),
        (label(options=options(*map(str, range(501)))), "options"),
        (label(options=options("x" * 201, "b")), r"options\.0\.value"),
        (label(options=options("a", "b", text="x" * 501)), r"options\.0\.text"),
        (label(options=[{"value": "a", "text": "A", "description": 5}, *options("b")]), "description"),
        (label(options=options("a\0", "b")), "NUL"),
        (label(options=options("a", "\ud83d")), r"options\.1\.value"),
        (label(visible_options=4), "more than the 3 options"),
        (label(visible_options=3.0), "visible_options"),
        (label(type="multi_label_selection", options_order="random"), "options_order"),
        (rating(1), "options"),
        (rating(*range(11), 5), "options"),
        (rating(1, 1), "same value"),
        (rating(1, 11), r"options\.1\.value"),
        ({"type": "rating", "options": [{"value": True}, {"value": 2}]}, r"options\.0\.value"),
        ({"type": "ranking", "options": options(*map(str, range(51)))}, "options"),
        ({"type": "text", "use_markdown": "yes"}, "use_markdown"),
        (span(options=[]), "options"),
        (span(field=None), "field"),
        (span(allow_character_annotation=False), "allow_character_annotation"),
    ],
)
def test_settings_that_do_not_fit_say_where(settings, place):
    with pytest.raises(InvalidError, match=place):
        parse_settings(settings)


@pytest.mark.parametrize(
    ("settings", "new"),
    [
        (label(), {"visible_options": 3}),
        (label(), {"options": options("c", "a", "b", text="Other")}),
        (label(type="multi_label_selection"), {"options_order": "suggestion"}),
        ({"type": "text"}, {"use_markdown": True}),
        (span(), {"allow_overlapping": True}),
        (rating(1, 2), rating(1, 2)),
        ({"type": "ranking", "options": options("a", "b")}, {"options": options("a", "b")}),
    ],
)
def test_a_change_is_merged_over_what_was_there(settings, new):
    old = parse_settings(settings)
    assert old.parse_change(new).model_dump() == old.model_dump() | new
    assert old.parse_change({}) == old


@pytest.mark.parametrize(
    ("settings", "new", "reason"),
    [
        (label(), {"type": "text"}, "type cannot change"),
        (label(), {"options": options("a", "b")}, "values of the options cannot change"),
        (label(), {"options": options("a", "b", "d")}, "values of the options cannot change"),
        (label(), {"visible_options": 4}, "more than the 3 options"),
        (label(), {"options": None}, "options"),
        (rating(1, 2), rating(1, 2, 3), "rating cannot change"),
        (
            {"type": "ranking", "options": options("a", "b")},
            {"options": options("b", "a")},
            "ranking cannot change",
        ),
        (span(), {"field": "other"}, "field of spans cannot change"),
        (span(), {"options": options("a", "b")}, "values of the options cannot change"),
        (span(allow_overlapping=True), {"allow_overlapping": False}, "cannot be turned off"),
    ],
)
def test_a_change_that_answers_forbid_is_refused(settings, new, reason):
    with pytest.raises(InvalidError, match=reason):
        parse_settings(settings).parse_change(new)


keys = ["options", "visible_options", "use_markdown", "field", "options_order", "allow_overlapping"]
some = st.dictionaries(st.sampled_from(keys), json_values)


@given(st.sampled_from(TYPES), some, some)
def test_whatever_is_sent_as_settings_is_refused_or_taken(kind, settings, new):
    with contextlib.suppress(InvalidError):
        parse_settings({"type": kind, **settings}).parse_change(new)


@given(json_values)
def test_what_is_no_settings_is_refused(value):
    with pytest.raises(InvalidError, match="no question type"):
        parse_settings(value)
