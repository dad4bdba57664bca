import pytest

from diptych.core.templating import format_duration


@pytest.mark.parametrize(
    ("milliseconds", "expected"),
    [
        (0, "0 s"),
        (999, "0 s"),
        (48_200, "48 s"),
        (59_999, "59 s"),
        (60_000, "1 min 0 s"),
        (725_000, "12 min 5 s"),
        (3_599_999, "59 min 59 s"),
        (3_600_000, "1 h 0 min"),
        (12_059_000, "3 h 20 min"),
        (3_600_000_000 + 59_000, "1,000 h 0 min"),
    ],
)
def test_a_duration_has_the_two_largest_units_that_it_has(milliseconds, expected):
    assert format_duration(milliseconds) == expected
