import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from diptych.core.errors import InvalidError
from diptych.datasets.vectors import check_vector, vector_text
from diptych.models import VectorSettings
from tests.factories.strategies import json_values

PAIR = VectorSettings(name="pair", dimensions=2)
numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "[1,2]",
        (1.0, 2.0),
        [],
        [1.0],
        [1.0, 2.0, 3.0],
        [1.0, None],
        [1.0, "2"],
        [1.0, True],
        [1.0, float("nan")],
        [float("inf"), float("-inf")],
        [1e39, 0.0],
        [-3.4028236e38, 0.0],
        [10**400, 0],
    ],
)
def test_a_vector_that_does_not_fit_is_refused_by_its_name(value):
    with pytest.raises(InvalidError, match="'pair'") as caught:
        check_vector(PAIR, value)
    assert caught.value.params == {"field": "pair"}


@pytest.mark.parametrize("value", [[1, 2], [10**30, -0.0], [3.4028235e38, 1e-320], [0.1, -1e-7]])
def test_the_database_reads_what_fits(session, value):
    stored = session.scalar(text("SELECT CAST(:value AS vector)"), {"value": vector_text(PAIR, value)})
    assert json.loads(stored) == pytest.approx(value, rel=1e-6, abs=1e-40)


@given(st.lists(numbers, min_size=2, max_size=2))
def test_a_vector_comes_back_as_it_was(value):
    assert json.loads(vector_text(PAIR, value)) == value


@given(st.lists(json_values, min_size=2, max_size=2) | json_values)
def test_whatever_is_sent_is_refused_or_taken(value):
    with contextlib.suppress(InvalidError):
        check_vector(PAIR, value)
