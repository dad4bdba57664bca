import csv
import io
import json
import re

import pytest

from diptych.models import Field, RecordStatus

PAIR = {"image_1": "a.webp", "image_2": "b.webp", "prompt": "a cat"}


def table(desk, **options):
    """Return the header and the rows as a reader of CSV sees them."""
    text = desk.export("csv", **options).decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    return header, rows


def cells(desk, **options):
    header, (row,) = table(desk, **options)
    return dict(zip(header, row, strict=True))


def test_a_dataset_without_records_is_a_header(desk):
    assert desk.export("csv") == b"id,status,_server_id,prompt,image_1,image_2\r\n"


def test_a_record_is_a_row_with_its_prompt_and_images(desk):
    record = desk.record("1", fields={"images": PAIR}, metadata={"model_1": "dev"})
    lines = desk.export("csv").decode().split("\r\n")
    assert lines == [
        "id,status,_server_id,prompt,image_1,image_2,model_1",
        f"1,pending,{record.id},a cat,a.webp,b.webp,dev",
        "",
    ]


def test_answers_are_arrays_and_nothing_is_an_empty_cell(desk):
    record, user = desk.record("1"), desk.user()
    desk.answer(record, user, "both_good")
    desk.suggest(record, "image_1", 0.5)
    desk.record("2")
    header, (first, second) = table(desk)
    answers = dict(zip(header, first, strict=True))
    assert json.loads(answers["preference.responses"]) == ["both_good"]
    assert json.loads(answers["preference.responses.users"]) == [str(user.id)]
    assert json.loads(answers["preference.responses.status"]) == ["submitted"]
    assert (answers["preference.suggestion"], answers["preference.suggestion.score"]) == ("image_1", "0.5")
    assert answers["preference.suggestion.agent"] == ""
    assert second[6:] == [""] * 6


def test_metadata_is_text_or_json(desk):
    values = {
        "text": 'with "quotes", commas\r\nand lines',
        "number": 7,
        "yes": True,
        "none": None,
        "terms": ["é", 1],
    }
    desk.record("1", metadata=values)
    row = cells(desk)
    assert row["text"] == values["text"]
    assert (row["number"], row["yes"], row["none"]) == ("7", "true", "")
    assert json.loads(row["terms"]) == ["é", 1]


def test_vectors_have_a_prefix_beside_the_prompt_of_the_pair(desk):
    desk.embed(desk.record("1", fields={"images": PAIR}), [0.5, 1.0])
    row = cells(desk, with_vectors=True)
    assert (row["prompt"], row["vector.prompt"]) == ("a cat", "[0.5,1]")
    assert "vector.prompt" not in cells(desk)


def test_other_members_of_the_pair_are_columns_too(desk):
    for _ in range(101):
        desk.record(fields={"images": PAIR})
    desk.record(fields={"images": {"seed": 7, **PAIR, "artist": {"name": "x"}}})
    header, rows = table(desk)
    assert header[3:] == ["prompt", "image_1", "image_2", "seed", "artist"]
    assert rows[0][3:] == ["a cat", "a.webp", "b.webp", "", ""]
    assert rows[-1][3:] == ["a cat", "a.webp", "b.webp", "7", '{"name":"x"}']


def test_a_record_without_a_pair_has_empty_cells(desk):
    desk.record("1", fields={"images": None})
    desk.record("2", fields={"something": "else"})
    _, rows = table(desk)
    assert [row[3:] for row in rows] == [["", "", ""], ["", "", ""]]


def test_other_fields_are_text_or_json(desk):
    with desk.database.transaction() as session:
        for name, kind in (("caption", "text"), ("chat", "chat"), ("style", "custom")):
            field = {"name": name, "title": name, "required": False, "settings": {"type": kind}}
            session.add(Field(dataset_id=desk.dataset.id, **field))
    chat = [{"role": "user", "content": "hello"}]
    style = {"prompt": "oil", "z": 1}
    desk.record("1", fields={"images": PAIR, "caption": "two cats", "chat": chat, "style": style})
    row = cells(desk)
    assert row["caption"] == "two cats"
    assert json.loads(row["chat"]) == chat
    assert json.loads(row["style"]) == style
    assert row["prompt"] == "a cat"


def test_cells_are_quoted_as_everybody_quotes_them(desk):
    texts = ["\\.", "\\N", " around ", 'a "b"', "a\rb", "a\nb", "a\tb", ",", "%s %% %(x)s", "é 猫", "{}", ""]
    metadata = {f"{text}{number}": text for number, text in enumerate(texts)}
    record = desk.record("it's", fields={"images": PAIR}, metadata=metadata)
    expected = io.StringIO(newline="")
    csv.writer(expected).writerows(
        [
            ["id", "status", "_server_id", "prompt", "image_1", "image_2", *metadata],
            ["it's", "pending", record.id, "a cat", "a.webp", "b.webp", *metadata.values()],
        ]
    )
    assert desk.export("csv").decode() == expected.getvalue()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_cannot_be_taken_for_a_formula(desk, start):
    evil = f'{start}HYPERLINK("https://evil.example")'
    desk.record(evil, fields={"images": {**PAIR, "prompt": evil}}, metadata={"note": evil, evil: 1})
    header, (row,) = table(desk)
    assert (row[0], row[3], row[6]) == (f"'{evil}", f"'{evil}", f"'{evil}")
    assert header[7] == f"'{evil}"
    assert all(not cell.startswith(tuple("=+-@\t\r")) for cell in (*header, *row))


def test_the_guard_can_be_undone(desk):
    values = ["=1", "'=1", "''=1", "'plain'", "'", "-0.5", "a=b", " =1", "", "ok"]
    desk.record("1", metadata={f"key {number}": value for number, value in enumerate(values)})
    _, (row,) = table(desk)
    guarded = row[6:]
    assert guarded[:4] == ["'=1", "''=1", "'''=1", "'plain'"]
    assert [re.sub(r"^'(?='*[=+\-@\t\r])", "", cell) for cell in guarded] == values


def test_only_records_of_a_status_are_exported(desk):
    desk.record("1")
    desk.record("2", submitted_count=1)
    _, rows = table(desk, status=RecordStatus.COMPLETED)
    assert [row[:2] for row in rows] == [["2", "completed"]]
