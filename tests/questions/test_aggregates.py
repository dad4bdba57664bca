"""What the answers of several people to a question add up to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.questions import parse_settings

OPTIONS = [{"value": value, "text": value.upper()} for value in "abc"]
LABEL = parse_settings({"type": "label_selection", "options": OPTIONS})
MULTI = parse_settings({"type": "multi_label_selection", "options": OPTIONS})
RATING = parse_settings({"type": "rating", "options": [{"value": value} for value in (1, 2, 3, 4)]})
RANKING = parse_settings({"type": "ranking", "options": OPTIONS})
TEXT = parse_settings({"type": "text"})
SPAN = parse_settings({"type": "span", "field": "body", "options": OPTIONS})


def ranked(text):
    """Return a ranking; "b ac" has b first, and a and c, which are tied, after it."""
    groups = text.split()
    ranks = [1 + sum(map(len, groups[:number])) for number in range(len(groups))]
    return [
        {"value": value, "rank": rank} for group, rank in zip(groups, ranks, strict=True) for value in group
    ]


def spans(*texts):
    """Return marks; "a05" is one with the label a, from 0 to 5."""
    return [{"label": text[0], "start": int(text[1]), "end": int(text[2])} for text in texts]


@pytest.mark.parametrize(
    ("settings", "values", "value", "support"),
    [
        (LABEL, ["a"], "a", 1),
        (LABEL, ["a", "b", "a", "c"], "a", 0.5),
        (LABEL, ["a", "b", "b", "a"], None, 0.5),
        (TEXT, ["x", "y", "x"], "x", 2 / 3),
        (TEXT, ["x", "y"], None, 0.5),
        (MULTI, [["a"], ["a", "b"], ["b", "a"]], ["a", "b"], 5 / 6),
        (MULTI, [["a"], ["b"]], None, 0.5),
        (RATING, [1, 4, 2], 2, 1 / 3),
        (RATING, [1, 3, 3, 1], 1, 0.5),
        (RANKING, [ranked("a b c")], ranked("a b c"), 1),
        (RANKING, [ranked("a b c"), ranked("b a c")], ranked("ab c"), 2 / 3),
        (RANKING, [ranked("a bc"), ranked("a bc"), ranked("c a b")], ranked("a c b"), 2 / 3),
        (SPAN, [[], []], [], 1),
        (SPAN, [spans("a05"), spans("a05", "b68"), spans("b68")], spans("a05", "b68"), 2 / 3),
        (SPAN, [spans("a05"), spans("a04")], [], 0.5),
        (SPAN, [spans("b68", "a05"), spans("a05", "b68")], spans("a05", "b68"), 1),
    ],
)
def test_answers_add_up_to_a_value_with_support(settings, values, value, support):
    found = settings.aggregate(values)
    assert found.value == value
    assert found.support == pytest.approx(support)


answers = st.one_of(
    st.tuples(st.just(LABEL), st.lists(st.sampled_from("abc"), min_size=1)),
    st.tuples(
        st.just(MULTI), st.lists(st.lists(st.sampled_from("abc"), min_size=1, unique=True), min_size=1)
    ),
    st.tuples(st.just(RATING), st.lists(st.integers(1, 4), min_size=1)),
    st.tuples(
        st.just(RANKING), st.lists(st.sampled_from(["a b c", "ab c", "c ab", "abc"]).map(ranked), min_size=1)
    ),
    st.tuples(
        st.just(SPAN),
        st.lists(
            st.sampled_from([(), ("a05",), ("a04", "b45"), ("b35",)]).map(lambda x: spans(*x)), min_size=1
        ),
    ),
)


@given(answers)
def test_what_answers_add_up_to_is_an_answer_again(given):
    settings, values = given
    found = settings.aggregate(values)
    assert 0 <= found.support <= 1
    if found.value is not None:
        assert settings.parse_value(found.value) == found.value


@given(answers)
def test_answers_that_are_all_equal_add_up_to_themselves(given):
    settings, (value, *_) = given
    found = settings.aggregate([value, value, value])
    assert found.support == 1
    assert settings.aggregate([found.value]) == found
