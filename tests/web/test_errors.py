"""Error pages keep the way back for those who are logged in."""

import pytest

from diptych.models import Role
from tests import factories


@pytest.fixture
def admin(database, log_in):
    with database.transaction() as session:
        factories.dataset(session, "cats")
    return log_in("ada", role=Role.ADMIN)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/no/such/page", 404),
        ("GET", "/datasets/dogs", 404),
        ("DELETE", "/datasets/cats", 405),
        ("POST", "/datasets/cats/imports", 422),
        ("GET", "/datasets/cats/imports/no-id", 422),
    ],
)
def test_an_error_page_knows_who_is_logged_in(admin, anonymous, method, path, status):
    page = admin.request(method, path)
    assert page.status_code == status
    assert "<span>ada</span>" in page.text
    assert "Log out" in page.text
    assert "ada" not in anonymous.request(method, path).text
