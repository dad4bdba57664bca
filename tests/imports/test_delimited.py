import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from diptych.core.errors import InvalidError
from diptych.imports.problems import Problem
from diptych.imports.readers import Row, delimited
from diptych.imports.readers.delimited import MAX_ROW, DelimitedReader


def read(text, delimiter=",", renames=None):
    return list(DelimitedReader(io.StringIO(text, newline=""), delimiter, renames or {}))


def places(items):
    return [(item.line, item.reason) for item in items if isinstance(item, Problem)]


def test_a_row_says_on_which_line_it_begins():
    rows = read('id,prompt\r\n1,"two\r\nlines"\r\n\r\n2,next\r\n')
    assert rows == [Row(2, {"id": "1", "prompt": "two\r\nlines"}), Row(5, {"id": "2", "prompt": "next"})]


def test_quotes_inside_quotes_and_delimiters_belong_to_the_cell():
    assert read('a,b\n"say ""hi"", please",x\n') == [Row(2, {"a": 'say "hi", please', "b": "x"})]


def test_unusual_line_ends_are_not_line_ends():
    assert read("a,b\n1,x\u2028y\x0bz\x85\n")[0].cells["b"] == "x\u2028y\x0bz\x85"


def test_too_few_and_too_many_cells_are_bad_rows():
    items = read("a,b\n1\n1,2\n1,2,3\n")
    assert [item.line for item in items] == [2, 3, 4]
    assert places(items) == [
        (2, "has 1 cells where the header has 2"),
        (4, "has 3 cells where the header has 2"),
    ]


def test_a_quote_that_is_not_closed_costs_its_own_line_only():
    items = read('a,b\n1,"open\n2,x\n3,"fine"\n4,"open to the end\n5,y\n')
    assert [item.line for item in items if isinstance(item, Row)] == [3, 4, 6]
    assert [line for line, _ in places(items)] == [2, 5]


def test_a_bad_row_of_several_lines_is_reported_once():
    items = read('a,b\n1,"two\nlines",extra\n2,x\n')
    assert places(items) == [(2, "has 3 cells where the header has 2")]
    assert items[1] == Row(4, {"a": "2", "b": "x"})


def test_a_nul_and_bytes_that_are_no_text_are_named_with_their_column():
    items = read("a,b\n1,x\0y\n2,fine\n\udce9,3\n")
    assert [str(item) for item in items if isinstance(item, Problem)] == [
        "line 2, column b: contains a NUL character",
        "line 4, column a: contains the byte 0xE9, which is not UTF-8; save the file as UTF-8",
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_a_line_that_is_too_long_is_skipped(end):
    items = read(f"a,b\n1,{'x' * MAX_ROW}{end}2,y\n" if end else f"a,b\n1,{'x' * MAX_ROW}")
    assert places(items) == [(2, f"is longer than {MAX_ROW:,} characters")]
    assert items[1:] == ([Row(3, {"a": "2", "b": "y"})] if end else [])


def test_a_row_of_many_short_lines_that_is_too_long_costs_one_line(monkeypatch):
    monkeypatch.setattr(delimited, "MAX_ROW", 1_000)
    items = read('a,b\n1,"open\n' + "y\n" * 600 + "9,9\n")
    assert [item.line for item in items] == list(range(2, 604))
    assert items[-1] == Row(603, {"a": "9", "b": "9"})


def test_tabs_separate_in_tsv():
    assert read("a\tb\n1,5\t2\n", "\t") == [Row(2, {"a": "1,5", "b": "2"})]


def test_columns_are_renamed():
    assert read("caption,b\n1,2\n", renames={"caption": "prompt"})[0].cells == {"prompt": "1", "b": "2"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("a,,b\n", "Column 2 of the header has no name"),
        ("a,b,a\n", "Two columns are named 'a'"),
        ("a,b\0\n", "NUL"),
        (f"{'x' * MAX_ROW}y,b\n", "line 1 is longer than"),
        (",".join(map(str, range(100_000))), "100,000 columns"),
        ('a,"b\n1,2\n', "line 1 a quoted name is not closed"),
    ],
)
def test_a_header_that_makes_no_sense_is_an_error_of_the_file(text, message):
    with pytest.raises(InvalidError, match=message):
        read(text)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)
# Without what CSV itself is made of: behind an unclosed quote, that could make sense again.
PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters='\0",\r\n'), max_size=8)
DAMAGES = ["none", "missing", "extra", "nul", "byte"]


def rows_of(cells, damages):
    return st.lists(st.tuples(st.lists(cells, min_size=3, max_size=3), st.sampled_from(damages)), max_size=12)


def write(cells, how="none"):
    changed = {
        "none": cells,
        "missing": cells[:2],
        "extra": [*cells, "more"],
        "nul": ["\0", *cells[1:]],
        "byte": ["\udcff", *cells[1:]],
        "unclosed": cells[1:],
    }[how]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=csv.QUOTE_ALL).writerow(changed)
    return f'"broken,{buffer.getvalue()}' if how == "unclosed" else buffer.getvalue()


@given(rows_of(TEXT, DAMAGES) | rows_of(PLAIN, [*DAMAGES, "unclosed"]))
@example([(["a", "b\n", "c"], "extra"), (["a", "b", "c"], "none")])
@example([(["a", "", ""], "unclosed"), (["", "", ""], "none"), (["", "", ""], "unclosed")])
def test_exactly_the_damaged_rows_are_reported(rows):
    text, bad, good, line = "x,y,z\r\n", [], [], 2
    for cells, how in rows:
        if how == "none":
            good.append((line, dict(zip("xyz", cells, strict=True))))
        else:
            bad.append(line)
        written = write(cells, how)
        text += written
        line += len(io.StringIO(written, newline=None).readlines())
    items = read(text)
    assert [item.line for item in items if isinstance(item, Problem)] == bad
    assert [(item.line, item.cells) for item in items if isinstance(item, Row)] == good
