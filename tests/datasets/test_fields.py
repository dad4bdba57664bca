"""What each type of field holds, and what the fields of a record have to be together."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.core.db import compact_json
from diptych.core.errors import InvalidError
from diptych.datasets.fields import field_rules, parse_field_settings
from diptych.models import Field, Question
from tests.factories.strategies import json_values, texts

TYPES = ["text", "image", "chat", "custom"]
STORED = f"/media/{'0' * 64}"


def settings(kind):
    return {"type": kind, "template": "{{record}}"}


def message(role="user", content="hello", **more):
    return {"role": role, "content": content, **more}


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"type": "text"}, {"type": "text", "use_markdown": False}),
        ({"type": "text", "use_markdown": None}, {"type": "text", "use_markdown": False}),
        ({"type": "image", "x": 1}, {"type": "image"}),
        ({"type": "chat"}, {"type": "chat", "use_markdown": True}),
        (
            {"type": "custom", "template": "{{x}}"},
            {"type": "custom", "template": "{{x}}", "advanced_mode": False},
        ),
    ],
)
def test_settings_are_stored_with_their_defaults_and_their_type_first(sent, stored):
    assert json.dumps(parse_field_settings(sent).model_dump(mode="json")) == json.dumps(stored)


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({}, "There is no field type None; use one of: text, image, chat, custom"),
        ({"type": "custom"}, "template"),
        ({"type": "custom", "template": "\0"}, "NUL"),
        ({"type": "text", "use_markdown": 1}, "use_markdown"),
    ],
)
def test_settings_that_do_not_fit_say_where(sent, reason):
    with pytest.raises(InvalidError, match=reason):
        parse_field_settings(sent)


def test_a_template_may_change_and_a_type_may_not():
    custom = parse_field_settings(settings("custom"))
    assert custom.parse_change({"template": "new"}).model_dump()["template"] == "new"
    with pytest.raises(InvalidError, match="type cannot change"):
        custom.parse_change({"type": "text"})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", ""),
        ("text", "naïve 👍"),
        ("image", "https://example.org/a.png"),
        ("image", "HTTP://example.org"),
        ("image", f"{STORED}.webp"),
        ("image", "data:image/png;base64,iVBORw0KGgo="),
        ("image", "data:image/svg+xml;base64,PHN2Zz4="),
        ("chat", []),
        ("chat", [message(), message("assistant", "x" * 20_000, name="Bo")] * 250),
        ("custom", {}),
        ("custom", {"a": [1, None, {"b": "x"}]}),
    ],
)
def test_a_field_holds_what_fits(kind, value):
    parse_field_settings(settings(kind)).check_value(value)


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        ("text", 5, "holds text, not 5"),
        ("text", "a\0", "NUL"),
        ("text", "\ud83d", "half a character"),
        ("image", 5, "is not an address"),
        ("image", "", "is empty"),
        ("image", "ftp://example.org/a.png", "has to start with https"),
        ("image", "javascript:alert(1)", "has to start with https"),
        ("image", "https:///a.png", "a host"),
        ("image", "https://example.org/a b.png", "no spaces"),
        ("image", "https://name@example.org/", "has to start with"),
        ("image", "https://example.org/\0", "NUL"),
        ("image", f"https://example.org/{'x' * 2_019}", "longer than 2,038"),
        ("image", "/media/a.png", "names a picture file"),
        ("image", f"{STORED}.svg", "names a picture file"),
        ("image", "data:text/html,x", "contains an image"),
        ("image", f"data:image/png;base64,{'A' * 5_000_000}", "longer than 5,000,000"),
        ("chat", "hello", "a list of up to 500 messages"),
        ("chat", [message()] * 501, "a list of up to 500 messages"),
        ("chat", ["hello"], "Message 1 has to be an object"),
        ("chat", [message(), message(role="")], "The role of message 2"),
        ("chat", [message(role="x" * 21)], "The role of message 1"),
        ("chat", [message(content="")], "The content of message 1"),
        ("chat", [message(content="x" * 20_001)], "1 to 20,000"),
        ("chat", [message(content=None)], "The content of message 1"),
        ("chat", [message(name="\0")], "NUL"),
        ("custom", [1], "holds an object"),
        ("custom", {"a": {"b": float("nan")}}, "NaN"),
        ("custom", {"a\0": 1}, "NUL"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_reason(kind, value, reason):
    with pytest.raises(InvalidError, match=reason):
        parse_field_settings(settings(kind)).check_value(value)


@pytest.fixture
def rules():
    return field_rules(
        [
            Field(name="body", required=True, settings=settings("text")),
            Field(name="talk", required=False, settings=settings("chat")),
        ],
        questions=[],
    )


def test_a_record_keeps_the_order_of_its_fields_and_no_nulls(rules):
    assert list(rules.check({"talk": [message()], "body": "x"})) == ["talk", "body"]
    assert rules.check({"talk": None, "body": ""}) == {"body": ""}


@pytest.mark.parametrize(
    ("values", "field", "reason"),
    [
        ({}, "body", "The field 'body' is missing"),
        ({"body": None, "talk": []}, "body", "The field 'body' is missing"),
        ({"body": "x", "other": None}, "other", "no field 'other'; it has body, talk"),
        ({"body": "x", "\ud800": 1}, r"'\ud800'", "no field"),
        ({"body": 5}, "body", "The field 'body' does not fit. A text field holds text"),
    ],
)
def test_the_field_at_fault_is_named(rules, values, field, reason):
    with pytest.raises(InvalidError, match=reason) as caught:
        rules.check(values)
    assert caught.value.params == {"field": field}


@pytest.mark.parametrize("values", [{}, {"body": None}])
def test_a_record_needs_a_field_even_if_none_is_required(values):
    optional = field_rules([Field(name="body", required=False, settings=settings("text"))], [])
    with pytest.raises(InvalidError, match="at least one"):
        optional.check(values)


PAIR = {"prompt": "a fox", "image_1": "https://example.org/a.png", "image_2": f"{STORED}.webp"}


@pytest.fixture
def pair_rules():
    return field_rules([images_field()], [asking("image_1", "image_2", "both_bad")])


def images_field(name="images", kind="custom"):
    return Field(name=name, required=True, settings=settings(kind))


def asking(*values):
    options = [{"value": value, "text": value} for value in values]
    return Question(name="label", settings={"type": "label_selection", "options": options})


@pytest.mark.parametrize(
    "more", [{}, {"image_1": "data:image/png;base64,iVBORw0KGgo="}, {"seed": 7, "image_3": None}]
)
def test_a_pair_has_a_prompt_and_two_images_and_perhaps_more(pair_rules, more):
    assert pair_rules.check({"images": PAIR | more}) == {"images": PAIR | more}


@pytest.mark.parametrize(
    ("value", "place", "reason"),
    [
        ("x", "images", "is not an object with image_1, image_2 and prompt"),
        ([], "images", "is not an object"),
        ({}, "images.prompt", "is empty"),
        (PAIR | {"prompt": None}, "images.prompt", "is empty"),
        (PAIR | {"prompt": " \n"}, "images.prompt", "is empty"),
        (PAIR | {"prompt": 5}, "images.prompt", "is not text"),
        ({name: PAIR[name] for name in ("prompt", "image_2")}, "images.image_1", "is empty"),
        (PAIR | {"image_2": None}, "images.image_2", "is empty"),
        (PAIR | {"image_2": ""}, "images.image_2", "is empty"),
        (PAIR | {"image_2": 5}, "images.image_2", "is not an address"),
        (PAIR | {"image_1": "pictures/a.png"}, "images.image_1", "names a picture file"),
        (PAIR | {"image_1": "/pictures/a.png"}, "images.image_1", "names a picture file"),
        (PAIR | {"image_1": "C:\\pics\\a.png"}, "images.image_1", "names a picture file"),
        (PAIR | {"image_1": "//example.org/a.png"}, "images.image_1", "names a picture file"),
        (PAIR | {"image_1": "file:///a.png"}, "images.image_1", "has to start with https"),
        (PAIR | {"image_1": "javascript:alert(1)"}, "images.image_1", "has to start with https"),
        (PAIR | {"image_1": " https://example.org/a.png"}, "images.image_1", "names a picture file"),
        (PAIR | {"image_1": "data:text/html,x"}, "images.image_1", "contains an image"),
        (PAIR | {"image_1": f"https://example.org/{'x' * 2_019}"}, "images.image_1", "longer than 2,038"),
    ],
)
def test_what_is_no_pair_is_named_by_its_place(pair_rules, value, place, reason):
    with pytest.raises(InvalidError, match=f"The field '{place}' .*{reason}") as caught:
        pair_rules.check({"images": value})
    assert caught.value.params == {"field": place}


@pytest.mark.parametrize(
    ("field", "questions"),
    [
        (images_field(), []),
        (images_field(), [asking("image_1", "neither")]),
        (images_field(), [asking("left", "right")]),
        (images_field("pictures"), [asking("image_1", "image_2")]),
    ],
)
def test_a_custom_field_about_whose_images_nothing_is_asked_holds_any_object(field, questions):
    assert field_rules([field], questions).check({field.name: {"left": 1}}) == {field.name: {"left": 1}}


@given(st.dictionaries(texts | st.sampled_from(TYPES), json_values))
def test_whatever_is_sent_is_refused_or_can_be_stored(values):
    rules = field_rules([Field(name=kind, required=False, settings=settings(kind)) for kind in TYPES], [])
    with contextlib.suppress(InvalidError):
        compact_json(rules.check(values)).encode()
