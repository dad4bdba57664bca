import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diptych.core.errors import InvalidError
from diptych.imports.problems import Problem
from diptych.imports.readers import FileFormat, Row, open_reader
from diptych.imports.readers.jsonl import MAX_RECORD


@pytest.fixture
def read(tmp_path):
    def read(content, name="rows.jsonl", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        with open_reader(path, **options) as file:
            return list(file.reader)

    return read


def test_each_line_is_a_record_and_blank_lines_are_nothing(read):
    rows = read('{"b": 1, "a": 2.50}\n\n  \r\n{"a": "\\u00e9"}')
    assert rows == [Row(1, {"b": 1, "a": 2.5}), Row(4, {"a": "é"})]
    assert list(rows[0].cells) == ["b", "a"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"a": }', "is not JSON: Expecting value at character 7"),
        ("[1]", "is not a JSON object"),
        ("null", "is not a JSON object"),
        ('{"a": 1} {"b": 2}', "is not JSON: Extra data at character 10"),
        ('{"a":' * 100_000, "is nested too deeply"),
        ('{"a": "\\u0000"}', "contains a NUL character"),
        ('{"a\\u0000": 1}', "contains a NUL character"),
        ('{"a": ["\\ud800"]}', "contains half a character (a lone surrogate)"),
        ('{"a": "' + "x" * MAX_RECORD + '"}', "is longer than 4,000,000 characters"),
    ],
)
@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json"])
def test_a_bad_line_is_one_bad_row(read, line, reason, name):
    assert read(f'{{"a": 1}}\n{line}\n{{"a": 2}}', name=name)[1] == Problem(2, None, reason)


def test_what_only_looks_like_an_escaped_nul_is_text(read):
    assert read('{"a": "\\\\u0000"}') == [Row(1, {"a": "\\u0000"})]


def test_an_array_is_read_record_by_record(read):
    rows = read('[\n {"b": 1,\n  "a": {"c": [1, 2]}},\n\n {"d": "}{"}\n]\n', name="rows.json")
    assert rows == [Row(2, {"b": 1, "a": {"c": [1, 2]}}, 1), Row(5, {"d": "}{"}, 2)]


def test_records_of_one_line_are_told_apart_by_their_numbers(read):
    items = read(b'[{"a": 1}, 5, {"a": "\xff"}, {"a": "\\u0000"}]', name="rows.json")
    assert [str(item) for item in items[1:]] == [
        "line 1, record 2: is not a JSON object",
        "line 1, record 3: contains the byte 0xFF, which is not UTF-8; save the file as UTF-8",
        "line 1, record 4: contains a NUL character",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: found the end of the file where"),
        ('[{"a": 1}', "found the end of the file where ','"),
        ('[{"a": 1},\n{"b" 2}]', "line 2: Expecting ':' delimiter"),
        ('[{"a": 1},\n{"b": 2', "line 2: Expecting ',' delimiter"),
        ("[1,]", "Expecting value"),
        ("[{}] {}", "there is more after the end"),
        ('[{"a": 1} {"b": 2}]', "where ',' was expected"),
        ('[{"a": "' + "x" * 2 * MAX_RECORD, "the record is longer than 4,000,000 characters"),
        ("[" + '{"a":' * 100_000, "is nested too deeply"),
        ('[{"a": ' + "1" * 5000 + "}]", "is not JSON: Exceeds the limit"),
    ],
)
def test_an_array_that_breaks_off_is_an_error_of_the_file_with_its_line(read, text, message):
    with pytest.raises(InvalidError, match=message):
        read(text, name="rows.json")


def test_a_file_named_json_may_hold_lines(tmp_path):
    path = tmp_path / "rows.json"
    path.write_text('\n{"a": 1}\n')
    with open_reader(path) as file:
        assert file.format == FileFormat.JSONL
        assert list(file.reader) == [Row(2, {"a": 1})]


def test_keys_are_renamed(read):
    assert read('[{"caption": 1}]', name="x.json", renames={"caption": "prompt"})[0].cells == {"prompt": 1}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(), VALUES, max_size=4), max_size=6), st.sampled_from([None, 0, 2]))
def test_an_array_comes_out_as_json_itself_reads_it(tmp_path_factory, records, indent):
    path = tmp_path_factory.mktemp("array") / "rows.json"
    path.write_text(json.dumps(records, indent=indent), "utf-8")
    with open_reader(path) as file:
        items = list(file.reader)
    expected = [
        "NUL" if "\\u0000" in json.dumps(record).replace("\\\\", "") else record for record in records
    ]
    found = [item.cells if isinstance(item, Row) else "NUL" for item in items]
    assert found == expected
    assert [item.record for item in items] == list(range(1, len(records) + 1))
