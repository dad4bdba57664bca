from diptych.users.invitations import invite_first_owner
from tests.web.conftest import PASSWORD


def test_the_first_owner_comes_in_by_the_link_and_nobody_after(database, anonymous):
    with database.transaction() as session:
        token = invite_first_owner(session, hours=1)
    page = anonymous.get(f"/invitations/{token}")
    assert page.status_code == 200
    refused = anonymous.post(f"/invitations/{token}", data={"username": "ada", "password": "short"})
    assert refused.status_code == 422
    assert "8 to 100" in refused.text
    accepted = anonymous.post(f"/invitations/{token}", data={"username": "ada", "password": PASSWORD})
    assert accepted.headers["Location"] == "/"
    assert anonymous.get("/").status_code == 200
    assert anonymous.get(f"/invitations/{token}").status_code == 404


def test_who_is_not_logged_in_comes_back_after_the_login(anonymous):
    assert anonymous.get("/datasets/cats?x=1").headers["Location"] == "/login?next=/datasets/cats%3Fx%3D1"
