import pytest

from diptych.core.errors import InvalidError
from diptych.imports.problems import Problem
from diptych.imports.readers import open_reader

TEXT = "id,prompt\r\n1,é 日本\r\n"


def read(path):
    with open_reader(path) as file:
        return list(file.reader)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_the_first_bytes_tell_the_encoding(tmp_path, encoding):
    path = tmp_path / "pairs.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert [row.cells for row in read(path)] == [{"id": "1", "prompt": "é 日本"}]


def test_big_endian_utf16_is_read_by_its_mark(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_bytes(b"\xfe\xff" + TEXT.encode("utf-16-be"))
    assert read(path)[0].cells["prompt"] == "é 日本"


def test_latin_1_is_reported_row_by_row(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_bytes("id,prompt\n1,plain\n2,café\n3,plain\n4,naïve\n".encode("latin-1"))
    assert [item.line for item in read(path) if isinstance(item, Problem)] == [3, 5]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04" + b"\0" * 50, "a ZIP or Excel file"),
        (b"\x1f\x8b\x08\x00" + b"\0" * 50, "compressed with gzip"),
        (b"PAR1" + b"\0" * 50, "a Parquet file"),
        (TEXT.encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (TEXT.encode("utf-16")[:-1], "ends in the middle of a utf-16"),
    ],
)
def test_what_is_no_text_is_said_in_a_sentence(tmp_path, content, message):
    path = tmp_path / "pairs.csv"
    path.write_bytes(content)
    with pytest.raises(InvalidError, match=message):
        read(path)


def test_a_name_has_to_tell_the_format(tmp_path):
    path = tmp_path / "pairs.xlsx"
    path.touch()
    with pytest.raises(InvalidError, match=r"Use \.csv, \.tsv, \.jsonl"):
        read(path)


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    with pytest.raises(InvalidError, match=r"gone\.csv cannot be opened: No such file"):
        read(tmp_path / "gone.csv")
