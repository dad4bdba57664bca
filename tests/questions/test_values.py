"""What each type of question takes as an answer, and how it is stored."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.core.db import compact_json
from diptych.core.errors import InvalidError
from diptych.questions import parse_settings
from tests.factories.strategies import json_values

OPTIONS = [{"value": value, "text": value.upper()} for value in "abc"]
LABEL = parse_settings({"type": "label_selection", "options": OPTIONS})
MULTI = parse_settings({"type": "multi_label_selection", "options": OPTIONS})
RATING = parse_settings({"type": "rating", "options": [{"value": value} for value in (1, 2, 3)]})
RANKING = parse_settings({"type": "ranking", "options": OPTIONS})
TEXT = parse_settings({"type": "text"})
SPAN = parse_settings({"type": "span", "field": "body", "options": OPTIONS[:2]})
OVERLAPPING = parse_settings(SPAN.model_dump() | {"allow_overlapping": True})
ALL = [LABEL, MULTI, RATING, RANKING, TEXT, SPAN, OVERLAPPING]


def ranked(**ranks):
    return [{"value": value, "rank": rank} for value, rank in ranks.items()]


def span(start, end, label="a", **more):
    return {"label": label, "start": start, "end": end, **more}


@pytest.mark.parametrize(
    ("settings", "value", "stored"),
    [
        (LABEL, "a", "a"),
        (MULTI, ["c", "a"], ["c", "a"]),
        (RATING, 2, 2),
        (RANKING, ranked(b=1, a=2, c=2), ranked(b=1, a=2, c=2)),
        (RANKING, ranked(a=3, b=1, c=1), ranked(b=1, c=1, a=3)),
        (RANKING, ["c", "a", "b"], ranked(c=1, a=2, b=3)),
        (RANKING, [{"value": "c"}, {"value": "a", "rank": None}, "b"], ranked(c=1, a=2, b=3)),
        (TEXT, "", ""),
        (TEXT, "naïve 👍", "naïve 👍"),
        (SPAN, [], []),
        (SPAN, [span(3, 5), span(0, 3, "b", score=0.5)], [span(3, 5), span(0, 3, "b")]),
        (OVERLAPPING, [span(0, 3), span(1, 2)], [span(0, 3), span(1, 2)]),
    ],
)
def test_an_answer_is_stored_in_one_form(settings, value, stored):
    assert settings.parse_value(value) == stored


@pytest.mark.parametrize(
    ("settings", "value", "reason"),
    [
        (LABEL, "d", "'d' is not one of the labels a, b, c"),
        (LABEL, None, "None is not one of the labels"),
        (LABEL, ["a"], "is not one of the labels"),
        (MULTI, "a", "a list of one label or more"),
        (MULTI, [], "a list of one label or more"),
        (MULTI, ["a", "a"], "a label twice"),
        (MULTI, ["a", "d"], "'d' is not one"),
        (MULTI, [["a"]], "is not one of the labels"),
        (RATING, 4, "4 is not one of the ratings 1, 2, 3"),
        (RATING, True, "True is not one"),
        (RATING, "3", "'3' is not one"),
        (RATING, 3.0, "3.0 is not one"),
        (RATING, 3.5, "3.5 is not one"),
        (RANKING, {"a": 1}, "a list of ranked options"),
        (RANKING, ["a", "b"], "does not rank 'c'"),
        (RANKING, ["a", "b", "b", "c"], "twice|not a rank"),
        (RANKING, ranked(a=1, b=1, d=1), "'d' is not one"),
        (RANKING, ranked(a=0, b=1, c=2), "0 is not a rank from 1 to 3"),
        (RANKING, ranked(a=4, b=1, c=2), "4 is not a rank"),
        (RANKING, ranked(a=True, b=1, c=2), "True is not a rank"),
        (RANKING, ranked(a=1.0, b=1, c=2), "1.0 is not a rank"),
        (TEXT, None, "has to be text"),
        (TEXT, 5, "has to be text"),
        (TEXT, "a\0", "NUL"),
        (TEXT, "\ud83d", "half a character"),
        (SPAN, None, "a list of up to 10,000 spans"),
        (SPAN, [span(0, 1)] * 10_001, "a list of up to 10,000 spans"),
        (SPAN, ["a"], "an object with a label"),
        (SPAN, [span(0, 1, "c")], "'c' is not one"),
        (SPAN, [span(1, 1)], "from 1 to 1"),
        (SPAN, [span(-1, 1)], "from -1 to 1"),
        (SPAN, [span(start=False, end=True)], "from False to True"),
        (SPAN, [span(0, 1.0)], r"from 0 to 1\.0"),
        (SPAN, [{"label": "a"}], "from None to None"),
        (SPAN, [span(4, 9), span(0, 5)], "overlap at 4"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_with_the_reason(settings, value, reason):
    with pytest.raises(InvalidError, match=reason):
        settings.parse_value(value)


def test_a_draft_may_rank_only_some():
    assert RANKING.parse_value(["c"], partial=True) == ranked(c=1)
    with pytest.raises(InvalidError, match="twice"):
        RANKING.parse_value(["c", "c"], partial=True)


def test_a_span_ends_within_its_text_in_characters_or_in_those_of_a_browser():
    fields = {"body": "ab👍"}
    for end in (3, 4):
        assert SPAN.parse_value([span(0, end)], fields=fields) == [span(0, end)]
    with pytest.raises(InvalidError, match="ends at 5, after the end of 'body'"):
        SPAN.parse_value([span(0, 5)], fields=fields)


def test_a_record_without_the_text_has_no_spans():
    assert SPAN.parse_value([], fields={}) == []
    with pytest.raises(InvalidError, match="after the end"):
        SPAN.parse_value([span(0, 1)], fields={"body": None})


def test_a_long_list_of_labels_is_not_repeated():
    options = [{"value": f"label {n}", "text": "x"} for n in range(500)]
    settings = parse_settings({"type": "label_selection", "options": options})
    with pytest.raises(InvalidError) as caught:
        settings.parse_value("x" * 100_000)
    assert len(caught.value.message) < 500


spans = st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9), st.sampled_from("ab"))).map(
    lambda found: [span(start, start + length, label) for start, length, label in found]
)
answers = st.one_of(
    st.tuples(st.just(LABEL), st.sampled_from("abc")),
    st.tuples(st.just(MULTI), st.lists(st.sampled_from("abc"), min_size=1, unique=True)),
    st.tuples(st.just(RATING), st.integers(1, 3)),
    st.tuples(st.just(RANKING), st.permutations("abc")),
    st.tuples(st.just(TEXT), st.text()).filter(lambda pair: "\0" not in pair[1]),
    st.tuples(st.just(OVERLAPPING), spans),
)


@given(answers)
def test_what_is_stored_is_an_answer_that_is_stored_as_it_is(answer):
    settings, value = answer
    stored = settings.parse_value(value)
    assert settings.parse_value(stored) == stored


@given(st.sampled_from(ALL), json_values | st.lists(json_values | st.sampled_from("abc"), max_size=3))
def test_whatever_is_sent_is_refused_or_can_be_stored(settings, value):
    with contextlib.suppress(InvalidError):
        compact_json(settings.parse_value(value)).encode()
