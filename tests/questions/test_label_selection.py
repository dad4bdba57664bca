import pytest

from diptych.core.errors import InvalidError
from diptych.datasets.templates import image_preference
from diptych.questions import parse_settings
from diptych.questions.label_selection import LabelSelectionSettings


def settings(**changes):
    return image_preference.question_settings() | changes


def test_the_five_labels_keep_their_order():
    parsed = parse_settings(settings())
    assert isinstance(parsed, LabelSelectionSettings)
    assert [option.value for option in parsed.options] == [
        "image_1",
        "image_2",
        "both_good",
        "both_bad",
        "toxic_content",
    ]


def test_an_unknown_type_names_the_known_ones():
    with pytest.raises(InvalidError, match="no question type 'taste'; use one of: label_selection"):
        parse_settings({"type": "taste"})


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"options": [{"value": "a", "text": "A"}]}, "options"),
        ({"options": [{"value": "a", "text": "A"}, {"value": "a", "text": "B"}]}, "same value"),
        ({"options": [{"value": "", "text": "A"}, {"value": "b", "text": "B"}]}, r"options\.0\.value"),
        ({"visible_options": 2}, "visible_options"),
    ],
)
def test_settings_that_do_not_fit_say_where(changes, place):
    with pytest.raises(InvalidError, match=place):
        parse_settings(settings(**changes))
