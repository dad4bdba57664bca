"""All or nothing, once and not twice, and what is counted."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from diptych.core import clock
from diptych.core.errors import ConflictError, NotFoundError
from diptych.datasets.queries import team_progress
from diptych.imports import staging, writing
from diptych.imports.report import BadRowsError, Progress
from diptych.models import (
    AnnotatorProgress,
    Assignment,
    Dataset,
    Record,
    RecordOrder,
    Response,
    ResponseEvent,
    ResponseStatus,
    Role,
    Suggestion,
    User,
    Workspace,
)
from diptych.records.identity import record_id
from diptych.responses.service import save_response
from diptych.users.service import disable_user, ensure_people
from tests import factories

A, B, C = (f"https://images.example.org/{name}.webp" for name in "abc")
PEOPLE = [str(uuid.uuid4()) for _ in range(3)]


def csv(*rows, header="id,prompt,image_1,image_2,model_1"):
    return "\n".join([header, *(",".join(map(str, row)) for row in rows)])


def pair(number, prompt="a cat", model="dev"):
    return number, prompt, A, B, model


def nested(number, **answers):
    people = {name: [{"value": value, "user_id": PEOPLE[int(name[-1])]}] for name, value in answers.items()}
    entries = [entry for entries in people.values() for entry in entries]
    fields = {"images": {"image_1": A, "image_2": B, "prompt": "a cat"}}
    return {"id": str(number), "fields": fields, "responses": {"preference": entries}}


def totals(database, dataset):
    with database.transaction() as session:
        team = team_progress(session, [dataset.id])[dataset.id]
    return team.records, team.completed


def test_new_records_are_counted_and_keep_the_order_of_the_file(load, database, dataset):
    report = load(csv(*(pair(number) for number in range(50, 0, -1))))
    assert (report.rows, report.new, report.updated, report.unchanged, report.bad) == (50, 50, 0, 0, 0)
    records = load.records()
    assert [record.external_id for record in records] == [str(number) for number in range(50, 0, -1)]
    assert records[0].id == record_id(dataset.id, "50")
    assert totals(database, dataset) == (50, 0)
    positions = [record.position for record in records]
    assert positions != sorted(positions)
    assert len(set(positions)) == 50


def test_the_order_of_import_can_be_the_order_of_work(load, database, dataset):
    with database.transaction() as session:
        session.get(Dataset, dataset.id).record_order = RecordOrder.IMPORT
    load(csv(*(pair(number) for number in range(9, 0, -1))))
    load(csv(pair(99)))
    positions = [record.position for record in load.records()]
    assert positions == sorted(set(positions))


def test_importing_again_changes_nothing(load, database, dataset):
    text = csv(*(pair(number) for number in range(5)))
    load(text)
    before = [(record.id, record.position, record.updated_at) for record in load.records()]
    report = load(text)
    assert (report.new, report.updated, report.unchanged) == (0, 0, 5)
    assert [(record.id, record.position, record.updated_at) for record in load.records()] == before
    assert totals(database, dataset) == (5, 0)


def test_what_differs_is_updated_and_keeps_its_place(load, database, dataset):
    load(csv(*(pair(number) for number in range(4))))
    before = load.records()
    report = load(csv(pair(0), pair(1, prompt="a dog"), pair(2, model="sd"), pair(4)))
    assert (report.new, report.updated, report.unchanged) == (1, 2, 1)
    after = load.records()
    assert [record.fields["images"]["prompt"] for record in after[:4]] == ["a cat", "a dog", "a cat", "a cat"]
    assert [record.metadata_["model_1"] for record in after[:4]] == ["dev", "dev", "sd", "dev"]
    assert [record.position for record in after[:4]] == [record.position for record in before]
    assert after[1].updated_at > before[1].updated_at
    assert after[3].updated_at == before[3].updated_at
    assert totals(database, dataset) == (5, 0)


def test_a_file_without_metadata_leaves_the_metadata_that_is_there(load):
    load(csv(pair(1)))
    header = "id,prompt,image_1,image_2"
    assert load(csv((1, "a cat", A, B), header=header)).unchanged == 1
    assert load(csv((1, "a dog", A, B), header=header)).updated == 1
    assert load.records()[0].metadata_ == {"model_1": "dev"}


def test_the_same_file_goes_into_two_datasets(load, database):
    with database.transaction() as session:
        other = factories.dataset(session, "other")
    assert load(csv(pair(1))).new == 1
    assert load(csv(pair(1)), into=other).new == 1
    assert len(load.records(other)) == 1


def test_one_bad_row_stops_everything(load, database, dataset):
    with pytest.raises(BadRowsError, match="2 of 4 rows can't be imported, so nothing was") as error:
        load(csv(pair(1), pair(2, prompt=""), pair(3), pair(1)))
    assert error.value.report.bad == 2
    assert load.bad == [(3, "prompt"), (5, "id")]
    assert load.records() == []
    assert totals(database, dataset) == (0, 0)


def test_bad_rows_can_be_skipped(load, database, dataset):
    report = load(csv(pair(1), pair(2, prompt=""), pair(3), pair(1)), skip_bad_rows=True)
    assert (report.rows, report.new, report.bad) == (4, 2, 2)
    assert totals(database, dataset) == (2, 0)


def test_a_dry_run_says_everything_and_changes_nothing(load, database, dataset):
    load(csv(pair(1), pair(2)))
    people = count(database, User)
    text = [nested(1, p0="image_1"), nested(3), nested(3), {**nested(2), "metadata": {"model_1": "sd"}}]
    report = load(text, name="rows.jsonl", dry_run=True)
    assert (report.rows, report.new, report.updated, report.unchanged) == (4, 1, 1, 1)
    assert (report.answers, report.people_added, report.bad) == (1, 1, 1)
    assert load.bad == [(3, "id")]
    assert [record.external_id for record in load.records()] == ["1", "2"]
    assert count(database, User) == people
    assert totals(database, dataset) == (2, 0)


def count(database, table, *where):
    with database.transaction() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where))


def test_an_id_that_comes_twice_is_named_with_the_first_line(load):
    load(csv(pair("x"), pair("y"), pair("x"), pair("z"), pair("x")), dry_run=True)
    assert [str(problem) for problem in load.problems] == [
        "line 4, column id: 'x' is already on line 2",
        "line 6, column id: 'x' is already on line 2",
    ]


def test_a_pair_without_an_id_that_comes_twice_is_named_too(load):
    header = "prompt,image_1,image_2"
    load(csv(("a cat", A, B), ("a cat", B, A), ("a cat", A, B), header=header), dry_run=True)
    assert [str(problem) for problem in load.problems] == [
        "line 4: the same prompt and images are already on line 2"
    ]


def test_in_an_array_the_numbers_of_the_records_are_named(load):
    load([nested("x"), 5, nested("x")], name="rows.json", dry_run=True)
    assert [str(problem) for problem in load.problems] == [
        "line 1, record 2: is not a JSON object",
        "line 1, record 3, column id: 'x' is already on line 1, record 1",
    ]


def test_what_a_file_says_is_shown_without_what_a_terminal_obeys(load):
    text = csv(pair("\x1b[31mred"), pair("\x1b[31mred"), ("3", "a cat", A, "file:///" + "x" * 900, "dev"))
    load(text, dry_run=True)
    assert "\x1b" not in "".join(map(str, load.problems))
    assert all(len(problem.reason) <= 501 for problem in load.problems)


def answered(load, number="1"):
    load([nested(number, p0="image_1")], name="rows.json")


def test_a_record_with_answers_keeps_its_images(load):
    answered(load)
    load(csv(pair(2)))
    report = load(csv((1, "a cat", A, C, "dev"), (2, "a cat", A, C, "dev")), skip_bad_rows=True)
    assert (report.updated, report.bad) == (1, 1)
    assert load.bad == [(2, "id")]
    assert "give this row a new id" in load.problems[0].reason
    assert [record.fields["images"]["image_2"] for record in load.records()] == [B, C]


def test_a_record_with_answers_can_get_other_metadata(load):
    answered(load)
    assert load(csv(pair(1, model="sd"))).updated == 1
    assert load.records()[0].metadata_ == {"model_1": "sd"}


def test_the_order_of_keys_can_change_under_an_answer(load):
    answered(load)
    reordered = {"prompt": "a cat", "image_2": B, "image_1": A}
    assert load([{**nested(1), "fields": {"images": reordered}}], name="rows.json").updated == 1
    assert list(load.records()[0].fields["images"]) == ["prompt", "image_2", "image_1"]


@pytest.mark.parametrize(("minutes", "bad"), [(5, 1), (-5, 0)])
def test_a_record_that_somebody_looks_at_keeps_its_images(load, database, dataset, minutes, bad):
    load(csv(pair(1)))
    with database.transaction() as session:
        session.add(
            Assignment(
                dataset_id=dataset.id,
                record_id=record_id(dataset.id, "1"),
                user_id=factories.user(session).id,
                position=1,
                shown_order=[1, 2],
                expires_at=clock.now() + timedelta(minutes=minutes),
            )
        )
    assert load(csv((1, "a dog", A, B, "dev")), dry_run=True).bad == bad


def test_answers_complete_records_and_are_counted_everywhere(load, database, dataset):
    with database.transaction() as session:
        session.get(Dataset, dataset.id).min_submitted = 2
        admin = factories.user(session, "admin")
    rows = [nested(1, p0="image_1", p1="image_2"), nested(2, p0="both_bad"), nested(3)]
    report = load(rows, name="rows.json", actor=admin)
    assert (report.new, report.answers, report.people_added) == (3, 3, 2)
    records = load.records()
    assert [(item.submitted_count, item.status, item.is_open) for item in records] == [
        (2, "completed", False),
        (1, "pending", True),
        (0, "pending", True),
    ]
    assert totals(database, dataset) == (3, 1)
    with database.transaction() as session:
        progress = session.scalars(select(AnnotatorProgress)).all()
        assert {str(item.user_id): item.submitted for item in progress} == {PEOPLE[0]: 2, PEOPLE[1]: 1}
        people = session.scalars(select(User).where(User.username != "admin")).all()
        assert {str(person.id) for person in people} == set(PEOPLE[:2])
        assert all(person.disabled_at for person in people)
        events = session.scalars(select(ResponseEvent).order_by(ResponseEvent.inserted_at)).all()
        assert [(str(event.user_id), event.actor_id) for event in events] == [
            (PEOPLE[0], admin.id),
            (PEOPLE[1], admin.id),
            (PEOPLE[0], admin.id),
        ]
        found = session.scalars(select(Response).order_by(Response.inserted_at)).all()
        assert [str(item.user_id) for item in found] == [PEOPLE[0], PEOPLE[1], PEOPLE[0]]
        assert all(
            item.shown_order is None and item.duration_ms is None and not item.is_late for item in found
        )


def test_answers_come_once_and_those_that_are_here_stay(load, database, dataset):
    load([nested(1, p0="image_1")], name="rows.json")
    with database.transaction() as session:
        mine = session.scalars(select(Response)).one()
        mine.values = {"preference": {"value": "both_bad"}}
    report = load([nested(1, p0="image_1", p1="image_2")], name="rows.json")
    assert (report.unchanged, report.answers, report.people_added) == (1, 1, 1)
    assert load([nested(1, p0="image_1", p1="image_2")], name="rows.json").answers == 0
    with database.transaction() as session:
        found = session.scalars(select(Response).order_by(Response.inserted_at)).all()
        assert [item.values["preference"]["value"] for item in found] == ["both_bad", "image_2"]
        assert session.scalar(select(func.count()).select_from(ResponseEvent)) == 2
        progress = session.scalars(select(AnnotatorProgress.submitted)).all()
        assert progress == [1, 1]
    assert load.records()[0].submitted_count == 2
    assert totals(database, dataset) == (1, 1)


def test_an_answer_that_comes_meanwhile_stays(load, database, dataset, monkeypatch):
    load([nested(1)], name="rows.json")

    # From here on the records of the file are locked.
    def interfere_and_find(*arguments, **options):
        with database.transaction() as other:
            ensure_people(other, [uuid.UUID(PEOPLE[0])])
            person, cat = other.get(User, uuid.UUID(PEOPLE[0])), record_id(dataset.id, "1")
            values = {"preference": {"value": "both_bad"}}
            save_response(other, dataset, cat, person, values=values, status=ResponseStatus.SUBMITTED)
        return real(*arguments, **options)

    real = staging.find_bad_rows
    monkeypatch.setattr(staging, "find_bad_rows", interfere_and_find)
    assert load([nested(1, p0="image_1", p1="image_2")], name="rows.json").answers == 1
    with database.transaction() as session:
        found = session.scalars(select(Response).order_by(Response.inserted_at)).all()
        assert {item.values["preference"]["value"] for item in found} == {"both_bad", "image_2"}
        assert session.scalars(select(AnnotatorProgress.submitted)).all() == [1, 1]
    assert load.records()[0].submitted_count == 2
    assert totals(database, dataset) == (1, 1)


def test_answers_go_to_records_that_were_there_before(load, database, dataset):
    load(csv(pair(1), pair(2)))
    report = load([nested(2, p0="image_1")], name="rows.json")
    assert (report.new, report.answers) == (0, 1)
    assert [record.submitted_count for record in load.records()] == [0, 1]
    assert totals(database, dataset) == (2, 1)


def test_drafts_and_discards_do_not_count(load, database, dataset):
    statuses = ["draft", "discarded", "submitted"]
    row = {
        "id": "1",
        **nested(1)["fields"],
        "preference.responses": ["image_1", "image_2", "both_bad"],
        "preference.responses.users": PEOPLE,
        "preference.responses.status": statuses,
    }
    load([row], name="rows.jsonl")
    assert load.records()[0].submitted_count == 1
    with database.transaction() as session:
        for person, status in zip(PEOPLE, statuses, strict=True):
            mine = session.get(AnnotatorProgress, (dataset.id, uuid.UUID(person)))
            assert {name: getattr(mine, name) for name in statuses} == {
                name: int(name == status) for name in statuses
            }


def test_answers_of_known_people_stay_theirs(load, database):
    with database.transaction() as session:
        ada = factories.user(session, "ada")
    row = nested(1)
    row["responses"]["preference"] = [{"value": "image_1", "user_id": str(ada.id)}]
    assert load([row], name="rows.json").people_added == 0
    with database.transaction() as session:
        assert session.scalars(select(Response)).one().user_id == ada.id
        assert session.get(User, ada.id).disabled_at is None


def test_an_admin_brings_no_answers_of_people_outside_the_workspace(load, database):
    with database.transaction() as session:
        session.add(Workspace(name="elsewhere"))
        session.flush()
        admin = factories.user(session, role=Role.ADMIN)
        member, stranger, closed = (
            factories.user(session, workspace=workspace)
            for workspace in ("default", "elsewhere", "elsewhere")
        )
        disable_user(session, closed)
    rows = [
        nested(number) | {"responses": {"preference": [{"value": "image_1", "user_id": str(author)}]}}
        for number, author in enumerate((member.id, stranger.id, closed.id, uuid.uuid4()))
    ]
    with pytest.raises(BadRowsError):
        load(rows, name="rows.json", actor=admin)
    (problem,) = load.problems
    assert (problem.record, problem.column) == (2, "preference.responses.users")
    assert problem.reason == f"{stranger.id} is not in the dataset's workspace; add this person to it first"
    report = load(rows, name="rows.json", actor=admin, skip_bad_rows=True)
    assert (report.bad, report.answers, report.people_added) == (1, 3, 1)
    # The operator of the server, who calls the command, may.
    assert load(rows, name="rows.json").answers == 1
    # Who has answered here is no stranger any more.
    assert load(rows, name="rows.json", actor=admin).bad == 0


def test_a_suggestion_is_replaced_by_the_file(load, database):
    def row(value):
        return {**nested(1), "suggestions": {"preference": {"value": value, "score": 0.5, "agent": "x"}}}

    load([row("image_1")], name="rows.json")
    load([row("image_2")], name="rows.json")
    with database.transaction() as session:
        assert session.scalars(select(Suggestion)).one().value == "image_2"


def test_skipped_rows_leave_none_of_their_answers(load, database):
    rows = [nested(1, p0="image_1"), nested(1, p1="image_1"), nested(2, p2="toxic")]
    report = load(rows, name="rows.json", skip_bad_rows=True)
    assert (report.new, report.answers, report.people_added, report.bad) == (1, 1, 1, 2)
    assert count(database, Response) == 1


def test_progress_is_told_in_bytes_and_ends_with_writing(load, monkeypatch):
    monkeypatch.setattr("diptych.imports.run.PROGRESS_EVERY", 0)
    told = []
    text = csv(*(pair(number) for number in range(2_000)))
    load(text, on_progress=told.append)
    assert told[-1] == Progress(len(text), len(text), is_writing=True)
    assert 0 < told[0].done <= told[-2].done <= len(text)


def test_a_file_with_a_header_only_is_empty_and_fine(load):
    report = load("id,prompt,image_1,image_2\n")
    assert (report.rows, report.new) == (0, 0)


def test_a_dataset_that_is_gone_is_said(load, database):
    with database.transaction() as session:
        gone = factories.dataset(session, "gone")
    with database.transaction() as session:
        session.execute(delete(Dataset).where(Dataset.id == gone.id))
    with pytest.raises(NotFoundError, match="The dataset 'gone' no longer exists"):
        load(csv(pair(1)), into=gone)


def test_somebody_who_adds_the_same_record_meanwhile_makes_it_a_conflict(
    load, database, dataset, monkeypatch
):
    def interfere_and_insert(*arguments, **options):
        with database.transaction() as other:
            factories.record(other, dataset, "1")
        return real(*arguments, **options)

    real = writing.insert_records
    monkeypatch.setattr(writing, "insert_records", interfere_and_insert)
    with pytest.raises(ConflictError, match="at the same time"):
        load(csv(pair(1), pair(2)))
    assert [record.external_id for record in load.records()] == ["1"]


def test_a_large_file_is_updated_in_one_go(load):
    rows = [pair(number) for number in range(1_500)]
    load(csv(*rows))
    changed = [pair(number, prompt="a dog") for number in range(1_500)]
    assert load(csv(*changed)).updated == 1_500
    assert {record.fields["images"]["prompt"] for record in load.records()} == {"a dog"}


def test_nothing_of_another_dataset_changes(load, database):
    with database.transaction() as session:
        before = session.scalars(select(Record)).one().updated_at
    load(csv(pair(1)))
    load([nested(1, p0="image_1")], name="rows.json")
    load(csv(pair(1, model="sd")))
    with database.transaction() as session:
        noise = session.scalars(select(Record).join(Dataset).where(Dataset.name == "noise")).one()
        assert (noise.updated_at, noise.submitted_count) == (before, 0)
