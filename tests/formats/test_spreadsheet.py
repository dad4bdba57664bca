import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.formats.spreadsheet import STARTS, guard, unguard

cells = st.text(alphabet=f"'{STARTS}a", max_size=6) | st.text(max_size=10)


@given(cells)
def test_a_guarded_cell_is_no_formula_and_comes_back(cell):
    assert not guard(cell).startswith(tuple(STARTS))
    assert unguard(guard(cell)) == cell


@pytest.mark.parametrize("cell", ["", "plain", "'quoted'", "a=b", " =1"])
def test_other_cells_stay_as_they_are(cell):
    assert guard(cell) == unguard(cell) == cell
