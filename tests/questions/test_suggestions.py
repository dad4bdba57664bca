import contextlib

import pytest
from hypothesis import given

from diptych.core.errors import InvalidError
from diptych.questions import parse_settings, parse_suggestion
from tests.factories.strategies import json_values

OPTIONS = [{"value": value, "text": value} for value in "ab"]
LABEL = parse_settings({"type": "label_selection", "options": OPTIONS})
RANKING = parse_settings({"type": "ranking", "options": OPTIONS})


@pytest.mark.parametrize("score", [None, 0, 1, 0.5])
def test_a_suggestion_is_stored_with_where_it_comes_from(score):
    found = parse_suggestion(LABEL, "a", score=score, agent="org/model-v1.5:beta 2", kind="model")
    assert found == {"value": "a", "score": score, "agent": "org/model-v1.5:beta 2", "type": "model"}


@pytest.mark.parametrize("score", [None, 0.5, [0.5, 1]])
def test_a_list_has_one_score_or_one_for_each_item(score):
    found = parse_suggestion(RANKING, ["b", "a"], score=score)
    assert found["value"] == [{"value": "b", "rank": 1}, {"value": "a", "rank": 2}]
    assert found["score"] == score


def test_a_suggestion_may_rank_only_some():
    assert parse_suggestion(RANKING, ["b"])["value"] == [{"value": "b", "rank": 1}]


@pytest.mark.parametrize(
    ("settings", "values", "part"),
    [
        (LABEL, {"value": "c"}, "value"),
        (LABEL, {"value": "a", "score": 1.01}, "score"),
        (LABEL, {"value": "a", "score": -0.01}, "score"),
        (LABEL, {"value": "a", "score": True}, "score"),
        (LABEL, {"value": "a", "score": float("nan")}, "score"),
        (LABEL, {"value": "a", "score": 10**400}, "score"),
        (LABEL, {"value": "a", "score": [0.5]}, "score"),
        (RANKING, {"value": ["a", "b"], "score": [0.5]}, "score"),
        (RANKING, {"value": ["a", "b"], "score": [0.5, None]}, "score"),
        (LABEL, {"value": "a", "agent": ""}, "agent"),
        (LABEL, {"value": "a", "agent": "x" * 201}, "agent"),
        (LABEL, {"value": "a", "agent": "a\n"}, "agent"),
        (LABEL, {"value": "a", "agent": 5}, "agent"),
        (LABEL, {"value": "a", "kind": "oracle"}, "type"),
        (LABEL, {"value": "a", "kind": []}, "type"),
    ],
)
def test_the_part_that_does_not_fit_is_named(settings, values, part):
    with pytest.raises(InvalidError) as caught:
        parse_suggestion(settings, **values)
    assert caught.value.params == {"part": part}


@given(json_values, json_values, json_values)
def test_whatever_is_sent_is_refused_or_taken(score, agent, kind):
    with contextlib.suppress(InvalidError):
        parse_suggestion(RANKING, ["a", "b"], score=score, agent=agent, kind=kind)
