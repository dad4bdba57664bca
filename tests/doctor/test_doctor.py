import json
import os
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from diptych.assignments.service import claim
from diptych.cli import app
from diptych.core.settings import get_settings
from diptych.doctor.findings import Patient
from diptych.doctor.service import examine
from diptych.models import Dataset, LoginSession, Media, Record, ResponseStatus
from diptych.records.media import path_of
from diptych.responses.service import save_response
from diptych.users.sessions import start_session
from tests import factories
from tests.browser.hands import import_pairs

SUBMITTED, DRAFT, DISCARDED = ResponseStatus.SUBMITTED, ResponseStatus.DRAFT, ResponseStatus.DISCARDED
PREFERENCE = {"preference": {"value": "image_1"}}


@pytest.fixture
def campaign(database, settings):
    """Two datasets with stored pictures, answers of every kind, and leases."""
    with database.transaction() as session:
        ada, ben = factories.user(session, "ada"), factories.user(session, "ben")
        cats, dogs = (factories.dataset(session, name, min_submitted=2) for name in ("cats", "dogs"))
        start_session(session, ada, days=1)
    for dataset in (cats, dogs):
        import_pairs(database, dataset, settings.data_dir, 4)
        with database.transaction() as session:
            for person, statuses in ((ada, (SUBMITTED, DRAFT, DISCARDED)), (ben, (SUBMITTED,))):
                leases = claim(session, dataset, person, limit=4, lease_seconds=600).leases
                for lease, status in zip(leases, statuses, strict=False):
                    save_response(session, dataset, lease.record_id, person, values=PREFERENCE, status=status)
    return cats


@pytest.fixture
def look(database, settings):
    def look(**options):
        return list(examine(Patient(database, settings, **options), on_progress=lambda _done, _total: None))

    return look


@pytest.fixture
def break_it(database, campaign):
    def run(statement):
        with database.transaction() as session:
            session.execute(text(statement), {"dataset": campaign.id} if ":dataset" in statement else {})

    return run


def counts(database):
    """Return all rows that hold counts."""
    statements = (
        "SELECT dataset_id, id, submitted_count, lease_count, status, is_open FROM records ORDER BY id",
        "SELECT dataset_id, sum(records), sum(completed) FROM dataset_counts GROUP BY 1 ORDER BY 1",
        "SELECT dataset_id, user_id, submitted, draft, discarded FROM annotator_progress ORDER BY 1, 2",
        "SELECT dataset_id, sum(records) FROM record_blocks GROUP BY 1 ORDER BY 1",
        "SELECT dataset_id, media_key FROM dataset_media ORDER BY 1, 2",
        "SELECT dataset_id, record_id, user_id FROM assignments ORDER BY 1, 2, 3",
    )
    with database.transaction() as session:
        return [session.execute(text(statement)).all() for statement in statements]


def test_what_adds_up_is_found_to(look, campaign):
    assert look(is_deep=True) == []


@pytest.mark.parametrize(
    ("check", "statement"),
    [
        ("record counts", "UPDATE records SET submitted_count = submitted_count + 1 WHERE lease_count = 1"),
        ("record counts", "UPDATE records SET submitted_count = submitted_count + 7"),
        ("record counts", "UPDATE records SET submitted_count = 0, lease_count = 5"),
        ("record counts", "UPDATE records SET lease_count = 0"),
        ("dataset totals", "UPDATE dataset_counts SET records = records + 3 WHERE dataset_id = :dataset"),
        ("dataset totals", "UPDATE dataset_counts SET completed = -1"),
        ("dataset totals", "DELETE FROM dataset_counts"),
        (
            "annotator progress",
            "UPDATE annotator_progress SET submitted = 9, draft = 0, discarded = discarded + 1",
        ),
        ("annotator progress", "DELETE FROM annotator_progress"),
        ("record blocks", "UPDATE record_blocks SET records = records - 1"),
        ("record blocks", "DELETE FROM record_blocks"),
        ("record blocks", "UPDATE record_blocks SET starts_at = starts_at + interval '2 microseconds'"),
        ("pictures", "DELETE FROM dataset_media WHERE dataset_id = :dataset"),
    ],
)
def test_what_does_not_add_up_is_found_and_counted_again(look, database, break_it, check, statement):
    before = counts(database)
    break_it(statement)
    findings = look()
    assert check in {finding.check for finding in findings}
    assert not any(finding.is_repaired or finding.is_note for finding in findings)
    assert all(finding.place in {"cats", "dogs"} for finding in findings)
    assert look() == findings
    repaired = look(recounts=True)
    assert check in {finding.check for finding in repaired}
    assert all(finding.is_repaired for finding in repaired)
    assert look() == []
    assert counts(database) == before


def test_a_dataset_whose_records_are_right_keeps_them_as_they_are(look, database, break_it, campaign):
    """Only what is wrong is written: the others keep even the time of their last change."""
    before = dict(rows_with_versions(database))
    break_it("UPDATE records SET lease_count = 7 WHERE id = (SELECT id FROM records ORDER BY id LIMIT 1)")
    look(recounts=True)
    assert sum(before[id_] != version for id_, version in rows_with_versions(database)) == 1


def rows_with_versions(database):
    with database.transaction() as session:
        return session.execute(text("SELECT id, CAST(ctid AS text) FROM records")).all()


def test_a_long_dataset_is_looked_through_to_its_end(look, database):
    with database.transaction() as session:
        dataset = factories.dataset(session, "long")
        for _ in range(1_203):
            factories.record(session, dataset)
        session.execute(update(Record).values(submitted_count=1))
    (records, totals) = look()
    assert records.problem.startswith("records with wrong counts of their answers or leases: 1,203 (")
    assert totals.check == "dataset totals"
    look(recounts=True)
    assert look() == []


def test_leases_of_those_who_have_answered_end(look, database, break_it):
    break_it(
        "INSERT INTO assignments (dataset_id, record_id, user_id, position, expires_at) "
        "SELECT dataset_id, record_id, user_id, 1, now() + interval '1 hour' FROM responses"
    )
    break_it(
        "UPDATE records r SET lease_count = (SELECT count(*) FROM assignments "
        "WHERE dataset_id = r.dataset_id AND record_id = r.id)"
    )
    assert {(finding.check, finding.place) for finding in look()} == {("leases", "cats"), ("leases", "dogs")}
    assert all(finding.is_repaired for finding in look(recounts=True))
    assert look() == []


def test_overdue_leases_are_a_note_until_they_are_ended(look, database, break_it):
    break_it("UPDATE assignments SET expires_at = now() - interval '1 second'")
    notes = look()
    assert {(note.check, note.is_note) for note in notes} == {("leases", True)}
    look(recounts=True)
    assert look() == []
    with database.transaction() as session:
        assert session.scalar(select(func.sum(Record.lease_count))) == 0


def picture(database, settings):
    with database.transaction() as session:
        media = session.scalars(select(Media).order_by(Media.key)).first()
    return path_of(settings.media_dir, media)


def test_a_picture_without_its_file_is_named_with_what_to_do(look, database, settings, campaign):
    path = picture(database, settings)
    path.unlink()
    (finding,) = look(recounts=True)
    assert (finding.check, finding.is_repaired) == ("picture files", False)
    assert path.name in finding.problem
    assert "backup" in finding.remedy


def test_a_picture_with_another_size_and_one_that_rotted_are_found(look, database, settings, campaign):
    path = picture(database, settings)
    content = path.read_bytes()
    path.write_bytes(content[:-1])
    assert "changed its size" in look()[0].problem
    path.write_bytes(content[:40] + bytes(len(content) - 40))
    assert look() == []
    assert "cannot be decoded" in look(is_deep=True)[0].problem


def test_a_record_with_a_picture_that_is_not_stored_is_found(look, break_it):
    break_it("DELETE FROM dataset_media")
    break_it("DELETE FROM media")
    findings = look(recounts=True)
    problems = [finding.problem for finding in findings if not finding.is_note]
    assert all(
        problem.startswith("records with pictures that are not stored on this server: 8 (")
        for problem in problems
    )
    assert {finding.place for finding in findings} == {"cats", "dogs"}


def test_an_address_within_a_text_is_no_picture(look, database, campaign):
    with database.transaction() as session:
        told = f"see /media/{'0' * 64}.webp there"
        factories.record(session, session.get(Dataset, campaign.id), fields=factories.images(told))
    assert look() == []


def test_old_files_that_nobody_refers_to_are_a_note_and_new_ones_are_not(look, settings, campaign):
    folder = settings.media_dir / "ab"
    folder.mkdir(exist_ok=True)
    new, old = folder / f"ab{'0' * 62}.png", folder / f"ab{'1' * 62}.png"
    new.touch()
    old.touch()
    os.utime(old, (0, 0))
    (note,) = look()
    assert (note.is_note, old.name in note.problem, new.name in note.problem) == (True, True, False)


def test_expired_logins_are_a_note(look, database, campaign):
    with database.transaction() as session:
        session.execute(update(LoginSession).values(expires_at=func.now() - timedelta(days=1)))
    (note,) = look()
    assert (note.check, note.problem, note.is_note) == ("logins", "expired logins: 1", True)


@pytest.fixture
def diptych(settings, monkeypatch, capsys):
    monkeypatch.setenv("DIPTYCH_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("DIPTYCH_DATA_DIR", str(settings.data_dir))

    def run(*arguments):
        get_settings.cache_clear()
        with pytest.raises(SystemExit) as end:
            app(arguments)
        get_settings.cache_clear()
        return end.value.code or 0, capsys.readouterr()

    return run


def test_the_command_tells_programs_and_people(diptych, break_it):
    code, said = diptych("doctor")
    assert (code, said.out, said.err.strip()) == (0, "", "Everything adds up.")
    break_it("""UPDATE dataset_counts SET records = records + 1 WHERE dataset_id = :dataset AND slot = (
        SELECT min(slot) FROM dataset_counts WHERE dataset_id = :dataset)""")
    code, said = diptych("doctor")
    assert code == 1
    assert "dataset totals" in said.out
    assert said.err.strip() == "1 finding needs attention."
    code, said = diptych("doctor", "--json")
    assert (code, json.loads(said.out)["is_clean"]) == (1, False)
    (finding,) = json.loads(said.out)["findings"]
    assert (finding["place"], finding["remedy"]) == ("cats", "diptych doctor --recount")
    assert "+1 records" in finding["problem"]
    code, said = diptych("doctor", "--recount", "--json")
    assert code == 0
    assert [one["is_repaired"] for one in json.loads(said.out)["findings"]] == [True]
    assert diptych("doctor")[0] == 0
