"""What is an image set, and what every door asks of one that answers name."""

import pytest

from diptych.core.errors import InvalidError
from diptych.datasets.fields import count_named_images, field_rules
from diptych.datasets.fields.image_set import image_names, read_images
from diptych.models import Field, Question
from tests.factories import shapes


def addresses(*numbers):
    return {f"image_{number}": f"https://x.org/{number}" for number in numbers}


@pytest.mark.parametrize("count", range(1, 13))
def test_one_to_twelve_images_are_an_image_set_in_the_order_of_their_numbers(count):
    images = addresses(*reversed(range(1, count + 1)))
    assert read_images({"prompt": "a fox", **images}) == tuple(f"https://x.org/{n + 1}" for n in range(count))


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "image_1",
        {},
        {"prompt": "a fox"},
        addresses(2),
        addresses(1, 3),
        addresses(1, 2, 4),
        addresses(*range(1, 14)),
        addresses(1, 99999),
        {**addresses(1), "image_2": 5},
        {**addresses(1, 3), "image_2": None},
        {"image_0": "https://x.org/0", "image_01": "https://x.org/1"},
    ],
)
def test_with_a_gap_too_many_images_or_other_values_there_is_none(value):
    assert read_images(value) == ()


def test_other_members_and_images_that_are_null_change_nothing():
    more = {"image_3": None, "image_x": "x", "image_0": "zero", f"image_{'9' * 9_999}": "far", "model": "dev"}
    assert len(read_images({**addresses(1, 2), **more})) == 2


def options(*values):
    return {"type": "label_selection", "options": [{"value": value} for value in values]}


@pytest.mark.parametrize(
    ("questions", "count"),
    [
        ([], 0),
        ([{"type": "text"}], 0),
        ([options("good", "bad")], 0),
        ([options("image_1", "none")], 0),
        ([options("image_2", "image_3")], 0),
        ([options("image_2", "both", "image_1")], 2),
        ([options("image_1", "image_2", "image_4")], 2),
        ([options("image_1", "image_2"), options(*image_names(4)), {"type": "text"}], 4),
        ([options(*image_names(14))], 12),
        ([{"type": "rating", "options": [{"value": 1}, {"value": 2}]}], 0),
    ],
)
def test_questions_say_how_many_images_answers_name(questions, count):
    assert count_named_images(questions) == count


def rules_of(count, **fields):
    fields = {"images": shapes.custom(""), **fields}
    question = Question(name="best", settings=options(*image_names(count)))
    made_fields = [Field(name=name, settings=settings, required=False) for name, settings in fields.items()]
    return field_rules(made_fields, [question])


def refused(rules, fields):
    with pytest.raises(InvalidError) as caught:
        rules.check(fields)
    return caught.value.params["field"], caught.value.message


def test_every_image_that_an_answer_can_name_has_to_be_there():
    rules = rules_of(4)
    whole = {"prompt": "a fox", **addresses(1, 2, 3, 4), "model": "dev"}
    assert rules.check({"images": whole}) == {"images": whole}
    assert rules.check({"images": whole | addresses(5, 6)})
    assert refused(rules, {"images": {"prompt": "a fox", **addresses(1, 2, 3)}})[0] == "images.image_4"
    assert refused(rules, {"images": {**whole, "image_2": None}})[0] == "images.image_2"
    assert refused(rules, {"images": {**whole, "image_3": "a.png"}})[0] == "images.image_3"
    assert refused(rules, {"images": addresses(1, 2, 3, 4)})[0] == "images.prompt"
    reason = "is not an object with image_1, image_2, image_3, image_4 and prompt"
    assert reason in refused(rules, {"images": []})[1]


def test_a_gap_and_too_many_images_are_named():
    rules = rules_of(2)
    whole = {"prompt": "a fox", **addresses(1, 2)}
    assert refused(rules, {"images": whole | addresses(4)}) == (
        "images.image_3",
        "The field 'images.image_3' is empty.",
    )
    assert refused(rules, {"images": whole | addresses(*range(3, 14))}) == (
        "images.image_13",
        "The field 'images.image_13' is too many: a record has up to 12 images.",
    )


def test_the_prompt_may_have_a_field_of_its_own():
    rules = rules_of(2, prompt=shapes.TEXT)
    assert rules.check({"prompt": "a fox", "images": addresses(1, 2)})
    assert refused(rules, {"images": addresses(1, 2), "prompt": " "})[0] == "prompt"
    assert "with image_1 and image_2." in refused(rules, {"images": []})[1]


def test_where_no_answer_names_images_anything_is_stored():
    fields = [Field(name="images", settings=shapes.custom(""), required=True)]
    rules = field_rules(fields, [Question(name="stars", settings=shapes.RATING)])
    assert rules.check({"images": addresses(1, 3)})
