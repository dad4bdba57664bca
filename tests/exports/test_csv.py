import csv
import io
import json
import re

import pytest

from diptych.models import Field, RecordStatus

PAIR = {"image_1": "a.webp", "image_2": "b.webp", "prompt": "a cat"}


def table(campaign, **options):
    """Return the header and the rows as a reader of CSV sees them."""
    text = campaign.export("csv", **options).decode()
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    return header, rows


def cells(campaign, **options):
    header, (row,) = table(campaign, **options)
    return dict(zip(header, row, strict=True))


def test_a_dataset_without_records_is_a_header(campaign):
    assert campaign.export("csv") == b"id,status,_server_id,prompt,image_1,image_2\r\n"


def test_a_record_is_a_row_with_its_prompt_and_images(campaign):
    record = campaign.record("1", fields={"images": PAIR}, metadata={"model_1": "dev"})
    lines = campaign.export("csv").decode().split("\r\n")
    assert lines == [
        "id,status,_server_id,prompt,image_1,image_2,model_1",
        f"1,pending,{record.id},a cat,a.webp,b.webp,dev",
        "",
    ]


def test_answers_are_arrays_and_nothing_is_an_empty_cell(campaign):
    record, user = campaign.record("1"), campaign.user()
    campaign.answer(record, user, "both_good")
    campaign.suggest(record, "image_1", 0.5)
    campaign.record("2")
    header, (first, second) = table(campaign)
    answers = dict(zip(header, first, strict=True))
    assert json.loads(answers["preference.responses"]) == ["both_good"]
    assert json.loads(answers["preference.responses.users"]) == [str(user.id)]
    assert json.loads(answers["preference.responses.status"]) == ["submitted"]
    assert (answers["preference.suggestion"], answers["preference.suggestion.score"]) == ("image_1", "0.5")
    assert answers["preference.suggestion.agent"] == ""
    assert second[6:] == [""] * 6


def test_metadata_is_text_or_json(campaign):
    values = {
        "text": 'with "quotes", commas\r\nand lines',
        "number": 7,
        "yes": True,
        "none": None,
        "terms": ["é", 1],
    }
    campaign.record("1", metadata=values)
    row = cells(campaign)
    assert row["text"] == values["text"]
    assert (row["number"], row["yes"], row["none"]) == ("7", "true", "")
    assert json.loads(row["terms"]) == ["é", 1]


def test_vectors_have_a_prefix_beside_the_prompt_of_the_pair(campaign):
    campaign.embed(campaign.record("1", fields={"images": PAIR}), [0.5, 1.0])
    row = cells(campaign, with_vectors=True)
    assert (row["prompt"], row["vector.prompt"]) == ("a cat", "[0.5,1]")
    assert "vector.prompt" not in cells(campaign)


def test_other_members_of_the_pair_are_columns_too(campaign):
    for _ in range(101):
        campaign.record(fields={"images": PAIR})
    campaign.record(fields={"images": {"seed": 7, **PAIR, "artist": {"name": "x"}}})
    header, rows = table(campaign)
    assert header[3:] == ["prompt", "image_1", "image_2", "seed", "artist"]
    assert rows[0][3:] == ["a cat", "a.webp", "b.webp", "", ""]
    assert rows[-1][3:] == ["a cat", "a.webp", "b.webp", "7", '{"name":"x"}']


def test_a_record_without_a_pair_has_empty_cells(campaign):
    campaign.record("1", fields={"images": None})
    campaign.record("2", fields={"something": "else"})
    _, rows = table(campaign)
    assert [row[3:] for row in rows] == [["", "", ""], ["", "", ""]]


def test_other_fields_are_text_or_json(campaign):
    with campaign.database.transaction() as session:
        for name, kind in (("caption", "text"), ("chat", "chat"), ("style", "custom")):
            field = {"name": name, "title": name, "required": False, "settings": {"type": kind}}
            session.add(Field(dataset_id=campaign.dataset.id, **field))
    chat = [{"role": "user", "content": "hello"}]
    style = {"prompt": "oil", "z": 1}
    campaign.record("1", fields={"images": PAIR, "caption": "two cats", "chat": chat, "style": style})
    row = cells(campaign)
    assert row["caption"] == "two cats"
    assert json.loads(row["chat"]) == chat
    assert json.loads(row["style"]) == style
    assert row["prompt"] == "a cat"


def test_cells_are_quoted_as_everybody_quotes_them(campaign):
    texts = ["\\.", "\\N", " around ", 'a "b"', "a\rb", "a\nb", "a\tb", ",", "%s %% %(x)s", "é 猫", "{}", ""]
    metadata = {f"{text}{number}": text for number, text in enumerate(texts)}
    record = campaign.record("it's", fields={"images": PAIR}, metadata=metadata)
    expected = io.StringIO(newline="")
    csv.writer(expected).writerows(
        [
            ["id", "status", "_server_id", "prompt", "image_1", "image_2", *metadata],
            ["it's", "pending", record.id, "a cat", "a.webp", "b.webp", *metadata.values()],
        ]
    )
    assert campaign.export("csv").decode() == expected.getvalue()


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_cannot_be_taken_for_a_formula(campaign, start):
    evil = f'{start}HYPERLINK("https://evil.example")'
    campaign.record(evil, fields={"images": {**PAIR, "prompt": evil}}, metadata={"note": evil, evil: 1})
    header, (row,) = table(campaign)
    assert (row[0], row[3], row[6]) == (f"'{evil}", f"'{evil}", f"'{evil}")
    assert header[7] == f"'{evil}"
    assert all(not cell.startswith(tuple("=+-@\t\r")) for cell in (*header, *row))


def test_the_guard_can_be_undone(campaign):
    values = ["=1", "'=1", "''=1", "'plain'", "'", "-0.5", "a=b", " =1", "", "ok"]
    campaign.record("1", metadata={f"key {number}": value for number, value in enumerate(values)})
    _, (row,) = table(campaign)
    guarded = row[6:]
    assert guarded[:4] == ["'=1", "''=1", "'''=1", "'plain'"]
    assert [re.sub(r"^'(?='*[=+\-@\t\r])", "", cell) for cell in guarded] == values


def test_only_records_of_a_status_are_exported(campaign):
    campaign.record("1")
    campaign.record("2", submitted_count=1)
    _, rows = table(campaign, status=RecordStatus.COMPLETED)
    assert [row[:2] for row in rows] == [["2", "completed"]]
