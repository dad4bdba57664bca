"""Records of four images, from the file to the stored answer, and what pages of 0.1.0 still send."""

import io
import json
import re

import pytest
from pyarrow import parquet
from sqlalchemy import select

from diptych.exports.formats import ExportFormat
from diptych.exports.service import export
from diptych.imports.service import import_file
from diptych.jobs.worker import Worker
from diptych.models import Assignment, Record, Response, Role
from diptych.worker import JOB_KINDS
from tests import factories
from tests.factories import shapes

NAMES = [f"image_{number}" for number in range(1, 5)]
BEST = {"type": "label_selection", "options": shapes.options(*NAMES, "none")}
RANKED = {"type": "ranking", "options": shapes.options(*NAMES)}


def address(number, name):
    return f"https://images.example.org/{number}/{name[-1]}.webp"


def table(count=6, names=NAMES):
    rows = [[f"{n}", f"fox number {n}", *(address(n, name) for name in NAMES), "dev"] for n in range(count)]
    return "\n".join(",".join(row) for row in [["id", "prompt", *names, "model"], *rows])


def make(database, name="foxes", questions=None, **fields):
    with database.transaction() as session:
        noise = factories.dataset(session)
        factories.record(session, noise)
        fields = {**fields, "images": shapes.custom("")}
        return factories.dataset(session, name, fields, questions or {"best": BEST})


@pytest.fixture
def foxes(database):
    return make(database)


@pytest.fixture
def load(database, settings, tmp_path):
    def load(dataset, content, name="foxes.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        problems = []
        report = import_file(
            database,
            dataset,
            path,
            settings=settings,
            on_problem=problems.append,
            skip_bad_rows=True,
            **options,
        )
        return report, problems

    return load


def all_of(database, model, dataset):
    with database.transaction() as session:
        return session.scalars(select(model).where(model.dataset_id == dataset.id)).all()


def images_of(database, dataset):
    return [record.fields for record in all_of(database, Record, dataset)]


def test_a_table_has_as_many_columns_for_images_as_answers_name(database, foxes, load):
    assert load(foxes, table())[0].new == 6
    expected = [
        {"images": {**{name: address(n, name) for name in NAMES}, "prompt": f"fox number {n}"}}
        for n in range(6)
    ]
    assert sorted(images_of(database, foxes), key=str) == sorted(expected, key=str)
    assert {str(record.metadata_) for record in all_of(database, Record, foxes)} == {"{'model': 'dev'}"}


def test_a_cell_without_an_image_is_named(foxes, load):
    content = table(2).replace(address(1, "image_3"), "")
    report, (problem,) = load(foxes, content)
    assert (report.new, problem.line, problem.column, problem.reason) == (1, 3, "image_3", "is empty")


def test_a_column_that_answers_need_is_asked_for(foxes, load):
    with pytest.raises(Exception, match=r"no column image_4\..*--map image_4=COLUMN"):
        load(foxes, table(names=[*NAMES[:3], "other"]))


def test_a_table_for_pairs_keeps_further_columns_as_metadata(database, load):
    pairs = make(database, "pairs", {"side": shapes.SIDE})
    load(pairs, table(1))
    (record,) = all_of(database, Record, pairs)
    assert list(record.fields["images"]) == ["image_1", "image_2", "prompt"]
    assert list(record.metadata_) == ["image_3", "image_4", "model"]


def test_where_no_answer_names_images_all_columns_are_images(database, load):
    rated = make(database, "rated", {"stars": shapes.RATING})
    load(rated, table(1))
    (record,) = all_of(database, Record, rated)
    assert list(record.fields["images"]) == [*NAMES, "prompt"]
    assert record.metadata_ == {"model": "dev"}


@pytest.mark.parametrize("kind", ExportFormat)
@pytest.mark.parametrize("fields", [{}, {"prompt": shapes.TEXT}])
def test_what_is_exported_can_be_imported_again(database, load, kind, fields):
    first, second = (make(database, name, {"order": RANKED}, **fields) for name in ("first", "second"))
    load(first, table())
    content = b"".join(export(database, first, format=kind))
    if kind == ExportFormat.PARQUET:
        content = parquet_as_json(content)
    name = {"csv": "again.csv", "jsonl": "again.jsonl"}.get(kind.value, "again.json")
    report, problems = load(second, content, name)
    assert (report.new, problems) == (6, [])
    assert sorted(images_of(database, second), key=str) == sorted(images_of(database, first), key=str)


def parquet_as_json(content):
    return json.dumps(parquet.read_table(io.BytesIO(content)).to_pylist()).encode()


def test_the_prompt_of_a_table_can_be_a_text_of_its_own(database, load):
    foxes = make(database, prompt=shapes.TEXT)
    assert load(foxes, table(2).replace("fox number 1", ""))[0].new == 1
    (record,) = all_of(database, Record, foxes)
    assert list(record.fields) == ["prompt", "images"]
    assert list(record.fields["images"]) == NAMES


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def begin(client, name="foxes"):
    return client.get(client.post(f"/datasets/{name}/assignments").headers["Location"]).text


def respond(client, page, name="foxes", **values):
    form = {field: hidden(page, field) for field in ("record", "shown_order")} | values
    answer = client.post(f"/datasets/{name}/responses", data=form)
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["Location"]).text


def sources(page):
    return re.findall(r'<img[^>]*src="([^"]+)"', page)


def test_four_images_stand_in_four_slots_in_an_order_of_the_persons_own(log_in, database, foxes, load):
    load(foxes, table())
    ada = log_in("ada")
    page, orders = begin(ada), set()
    for _ in range(6):
        held = {str(lease.record_id): lease.shown_order for lease in all_of(database, Assignment, foxes)}
        order = held[hidden(page, "record")]
        assert hidden(page, "shown_order") == ",".join(map(str, order))
        assert [source[-6] for source in sources(page)] == list(map(str, order))
        assert re.findall(r"<figcaption>(.*?)</figcaption>", page) == [f"Image {n}" for n in (1, 2, 3, 4)]
        values = re.findall(r'name="choice"\s+value="(\w+)"\s+aria', page)
        assert values == [*(f"image_{number}" for number in order), "none"]
        orders.add(tuple(order))
        page = respond(ada, page, choice=values[2])
    assert len(orders) > 1
    stored = all_of(database, Response, foxes)
    assert {tuple(answer.shown_order) for answer in stored} == orders
    assert all(answer.values["best"]["value"] == f"image_{answer.shown_order[2]}" for answer in stored)


def test_an_answer_is_shown_again_in_the_order_in_which_it_was_given(log_in, database, foxes, load):
    load(foxes, table(1))
    ada = log_in("ada")
    page = begin(ada)
    form = {"record": hidden(page, "record"), "shown_order": "4,3,1,2", "choice": "image_1"}
    ada.post("/datasets/foxes/responses", data=form)
    page = ada.get("/datasets/foxes/annotate?queue=submitted").text
    assert [source[-6] for source in sources(page)] == ["4", "3", "1", "2"]
    assert re.search(r'value="image_1"\s+aria-checked="true"[^>]*>.*?Option image_3', page, re.DOTALL)


def test_the_prompt_is_read_once(log_in, database, load):
    foxes = make(database, prompt=shapes.TEXT)
    load(foxes, table(1))
    page = begin(log_in("ada"))
    assert len(sources(page)) == 4
    shown = re.sub(r'alt="[^"]*"', "", re.search(r'<section class="fields".*?</section>', page, re.DOTALL)[0])
    assert shown.count("fox number 0") == 1


def test_one_image_has_no_order_but_its_own(log_in, database):
    with database.transaction() as session:
        dataset = factories.dataset(session, "foxes", {"images": shapes.custom("")}, {"stars": shapes.RATING})
        factories.record(
            session, dataset, fields={"images": {"prompt": "a fox", "image_1": "https://x.org/1"}}
        )
    ada = log_in("ada")
    page = begin(ada)
    assert (hidden(page, "shown_order"), sources(page)) == ("1", ["https://x.org/1"])
    respond(ada, page, choice="4")
    assert [answer.shown_order for answer in all_of(database, Response, dataset)] == [[1]]


def test_images_with_a_gap_are_shown_by_their_template(log_in, database):
    images = {"prompt": "a fox", "image_1": "https://x.org/1", "image_3": "https://x.org/3"}
    with database.transaction() as session:
        dataset = factories.dataset(session, "foxes", {"images": shapes.custom("")}, {"stars": shapes.RATING})
        factories.record(session, dataset, fields={"images": images})
    page = begin(log_in("ada"))
    assert "<iframe" in page
    assert (sources(page), hidden(page, "shown_order")) == ([], "")


PAIR = shapes.options("image_1", "image_2")


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"swapped": "1"}, [2, 1]),
        ({"swapped": "0"}, [1, 2]),
        ({"swapped": "1", "shown_order": "2,1"}, [2, 1]),
        ({"shown_order": "1,2"}, [1, 2]),
        ({"shown_order": ""}, None),
        ({}, None),
    ],
)
def test_a_form_of_0_1_0_still_says_how_a_pair_stood(log_in, database, sent, stored):
    with database.transaction() as session:
        cats = factories.dataset(session, "cats")
        record = factories.record(session, cats)
    form = {"record": str(record.id), "choice": "image_1", **sent}
    assert log_in("ada").post("/datasets/cats/responses", data=form).status_code == 303
    assert [answer.shown_order for answer in all_of(database, Response, cats)] == [stored]


@pytest.mark.parametrize(
    "sent",
    [
        {"shown_order": "2,1", "swapped": "0"},
        {"shown_order": "2"},
        {"shown_order": "1,2,3"},
        {"shown_order": "1,1"},
        {"shown_order": "1;2"},
        {"shown_order": "9" * 5_000},
        {"swapped": "left"},
    ],
)
def test_a_form_with_an_order_that_does_not_fit_is_refused(log_in, database, sent):
    with database.transaction() as session:
        cats = factories.dataset(session, "cats")
        record = factories.record(session, cats)
    form = {"record": str(record.id), "choice": "image_1", **sent}
    assert log_in("ada").post("/datasets/cats/responses", data=form).status_code == 422
    assert all_of(database, Response, cats) == []


def test_a_form_of_0_1_0_says_it_of_records_without_images_too(log_in, database):
    with database.transaction() as session:
        notes = factories.dataset(session, "notes", {"text": shapes.TEXT}, {"label": shapes.LABEL})
        record = factories.record(session, notes, fields={"text": "a"})
    form = {"record": str(record.id), "choice": "good", "swapped": "0"}
    assert log_in("ada").post("/datasets/notes/responses", data=form).status_code == 303
    assert [answer.shown_order for answer in all_of(database, Response, notes)] == [None]


@pytest.fixture
def admin(log_in, database, settings):
    """An admin whose jobs are done before the answer to a request is looked at."""
    admin, worker = log_in("adam", role=Role.ADMIN), Worker(database, settings, JOB_KINDS)
    admin.event_hooks["response"].append(lambda _response: worker.run_waiting())
    return admin


def test_the_page_asks_for_the_columns_of_all_images(admin, database, foxes):
    header = [*NAMES[:3], "fourth"]
    answer = admin.post("/datasets/foxes/imports", files={"file": ("foxes.csv", table(names=header))})
    page = answer.headers["Location"]
    shown = admin.get(page).text
    assert re.findall(r'<select id="map-(\w+)"', shown) == ["prompt", *NAMES, "id"]
    assert "no column image_4" in shown
    mapping = {"prompt": "prompt", **dict(zip(NAMES, header, strict=True)), "id": "id"}
    assert admin.post(f"{page}/check", data=mapping).status_code == 303
    assert "6 new records" in admin.get(page).text
    admin.post(f"{page}/run")
    assert len(images_of(database, foxes)) == 6


def test_images_that_others_call_so_are_recognised(admin, foxes):
    header = ["image1", "image2", "image3", "image_4_url"]
    answer = admin.post("/datasets/foxes/imports", files={"file": ("foxes.csv", table(names=header))})
    assert "6 new records" in admin.get(answer.headers["Location"]).text
