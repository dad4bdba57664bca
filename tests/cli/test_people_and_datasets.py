import pytest
from sqlalchemy import select

from diptych.core.settings import get_settings
from diptych.models import Dataset, Role, User
from diptych.users.queries import find_by_api_key, find_by_session
from diptych.users.sessions import start_session
from tests import factories
from tests.users.logins import log_in


def person(database, name="ada"):
    with database.transaction() as session:
        return session.scalar(select(User).where(User.username == name))


def test_a_person_is_added_with_a_password_from_standard_input(diptych, database):
    outcome = diptych("users", "add", "ada", "--role", "admin", "--password-stdin", stdin="correct horse\n")
    assert outcome.code == 0
    assert "/invitations/" not in outcome.out
    assert log_in(database, "correct horse").role == Role.ADMIN


def test_a_person_without_a_password_gets_a_link(diptych, monkeypatch):
    monkeypatch.setenv("DIPTYCH_BASE_URL", "https://pairs.example.org/")
    outcome = diptych("users", "add", "ada", "--role", "annotator")
    assert outcome.out.startswith("https://pairs.example.org/invitations/")


def test_a_key_is_printed_once_and_works(diptych, database):
    key = diptych("users", "add", "ada", "--role", "owner", "--api-key").out.splitlines()[-1]
    with database.transaction() as session:
        assert find_by_api_key(session, key).username == "ada"
    assert key not in diptych("users", "list").out


def test_a_disabled_person_is_listed_as_such(diptych, database):
    diptych("users", "add", "ada", "--role", "annotator", "--password-stdin", stdin="correct horse")
    assert "active" in diptych("users", "list").out
    assert diptych("users", "disable", "ada").code == 0
    assert "disabled" in diptych("users", "list").out


def test_a_password_is_reset(diptych, database):
    diptych("users", "add", "ada", "--role", "annotator")
    assert diptych("users", "reset-password", "ada").out.startswith("http://localhost:8000/invitations/")
    diptych("users", "reset-password", "ada", "--password-stdin", stdin="another horse\n")
    assert log_in(database, "another horse").username == "ada"


def test_a_new_password_logs_the_person_out_and_says_what_it_leaves(diptych, database):
    key = diptych("users", "add", "ada", "--role", "annotator", "--api-key").out.splitlines()[-1]
    with database.transaction() as session:
        token = start_session(session, person(database), days=1)
    outcome = diptych("users", "reset-password", "ada", "--password-stdin", stdin="another horse\n")
    assert "ada has a new password and was logged out everywhere." in outcome.err
    assert "Their API key still works; use --revoke-api-key" in outcome.err
    with database.transaction() as session:
        assert find_by_session(session, token) is None
        assert find_by_api_key(session, key).username == "ada"


@pytest.mark.parametrize("arguments", [["--password-stdin"], []])
def test_a_reset_revokes_the_key_if_asked_to(diptych, database, arguments):
    key = diptych("users", "add", "ada", "--role", "annotator", "--api-key").out.splitlines()[-1]
    outcome = diptych(
        "users", "reset-password", "ada", "--revoke-api-key", *arguments, stdin="another horse\n"
    )
    assert "Their API key was revoked." in outcome.err
    assert ("stays logged in" in outcome.err) == (not arguments)
    with database.transaction() as session:
        assert find_by_api_key(session, key) is None


def test_a_mistake_is_one_sentence_and_changes_nothing(diptych, database):
    outcome = diptych("users", "disable", "nobody")
    assert outcome.code == 1
    assert outcome.err.strip() == "error: No user named 'nobody'."
    outcome = diptych("users", "add", "ada", "--role", "annotator", "--password-stdin", stdin="short")
    assert outcome.code == 1
    assert "8 to 100 characters" in outcome.err
    assert person(database) is None


def test_a_dataset_is_created_with_guidelines_from_a_file(diptych, database, tmp_path):
    guidelines = tmp_path / "guidelines.md"
    guidelines.write_text("# Cats\n", "utf-8")
    arguments = ("--min-submitted", "3", "--guidelines", guidelines, "--no-shuffle", "--order", "import")
    assert diptych("datasets", "create", "cats", *arguments).code == 0
    with database.transaction() as session:
        dataset = session.scalars(select(Dataset)).one()
    assert (dataset.name, dataset.min_submitted, dataset.guidelines) == ("cats", 3, "# Cats\n")
    assert (dataset.shuffle_sides, dataset.record_order) == (False, "import")


def test_guidelines_that_are_not_text_are_refused(diptych, tmp_path):
    picture = tmp_path / "guidelines.md"
    picture.write_bytes(b"\xff\xd8\xff")
    outcome = diptych("datasets", "create", "cats", "--guidelines", picture)
    assert outcome.code == 1
    assert "is not UTF-8 text (byte 0)" in outcome.err


def test_datasets_are_listed_with_how_far_they_are(diptych, database):
    with database.transaction() as session:
        dataset = factories.dataset(session, "cats")
        for _ in range(1200):
            factories.record(session, dataset)
    assert "1,200" in diptych("datasets", "list").out


def test_a_database_that_is_not_there_is_one_sentence(diptych, monkeypatch):
    monkeypatch.setenv("DIPTYCH_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    get_settings.cache_clear()
    outcome = diptych("users", "list")
    assert outcome.code == 1
    assert "error: the database is not responding" in outcome.err
    assert "Traceback" not in outcome.err
