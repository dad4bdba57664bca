import re
import uuid

import pytest
from sqlalchemy import select

from diptych.models import Assignment, Record, Response, ResponseStatus, Role, User
from tests import factories


@pytest.fixture
def cats(database):
    """A dataset of three records, and another one that must never show."""
    with database.transaction() as session:
        noise = factories.dataset(session, "dogs")
        factories.record(session, noise, fields=factories.images("a dog"))
        dataset = factories.dataset(session, "cats")
        for number in range(3):
            factories.record(
                session, dataset, f"cat-{number}", fields=factories.images(f"cat number {number}")
            )
    return dataset


@pytest.fixture
def ada(log_in):
    return log_in("ada")


def begin(client, name="cats"):
    answer = client.post(f"/datasets/{name}/assignments")
    assert answer.status_code == 303
    return client.get(answer.headers["Location"]).text


def hidden(page, name):
    return re.search(rf'name="{name}" value="([^"]*)"', page)[1]


def respond(client, page, **values):
    form = {name: hidden(page, name) for name in ("record", "shown_order")} | values
    answer = client.post("/datasets/cats/responses", data=form)
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["Location"]).text


def answers(database):
    with database.transaction() as session:
        return session.scalars(select(Response).order_by(Response.inserted_at)).all()


def test_looking_claims_nothing(ada, cats, database):
    page = ada.get("/datasets/cats/annotate").text
    assert "cat number" not in page
    with database.transaction() as session:
        assert session.scalars(select(Assignment)).all() == []


def test_a_person_answers_until_everything_is_done(ada, cats, database):
    page = begin(ada)
    seen = []
    for choice in ("image_1", "image_2", "both_good"):
        seen.append(re.search(r"cat number \d", page)[0])
        page = respond(ada, page, choice=choice)
    assert sorted(seen) == ["cat number 0", "cat number 1", "cat number 2"]
    assert [answer.values["preference"]["value"] for answer in answers(database)] == [
        "image_1",
        "image_2",
        "both_good",
    ]
    assert "cat number" not in page


def test_the_first_button_names_the_picture_on_the_left_whatever_its_side_is_called(ada, database):
    with database.transaction() as session:
        dataset = factories.dataset(session, "cats")
        for _ in range(12):
            factories.record(session, dataset)
    page, sides = begin(ada), set()
    for _ in range(12):
        sources = re.findall(r'<img[^>]*src="([^"]+)"', page)
        values = re.findall(r'name="choice"\s+value="([^"]+)"', page)
        order = hidden(page, "shown_order").split(",")
        sides.add(tuple(order))
        assert [source.removesuffix(".webp")[-1] for source in sources] == order
        assert values[:2] == [f"image_{number}" for number in order]
        page = respond(ada, page, choice=values[0])
    assert sides == {("1", "2"), ("2", "1")}
    for answer in answers(database):
        assert answer.values["preference"]["value"] == f"image_{answer.shown_order[0]}"


def test_a_discarded_pair_goes_to_its_queue_and_can_be_answered_there(ada, cats, database):
    page = begin(ada)
    prompt = re.search(r"cat number \d", page)[0]
    respond(ada, page, status="discarded")
    page = ada.get("/datasets/cats/annotate?queue=discarded").text
    assert prompt in page
    respond(ada, page, choice="both_bad", queue="discarded")
    (answer,) = answers(database)
    assert answer.status == ResponseStatus.SUBMITTED
    assert prompt not in ada.get("/datasets/cats/annotate?queue=discarded").text


def test_going_back_shows_the_answer_and_a_change_is_kept(ada, cats, database):
    page = begin(ada)
    record = hidden(page, "record")
    respond(ada, page, choice="image_1")
    page = ada.get(f"/datasets/cats/annotate?record={record}").text
    assert page.count('aria-checked="true"') == 1
    respond(ada, page, choice="both_bad")
    (answer,) = answers(database)
    assert answer.values == {"preference": {"value": "both_bad"}}


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"choice": "image_1"}, 422),
        ({"record": "x", "choice": "image_1"}, 422),
        ({"record": str(uuid.uuid4()), "choice": "image_1"}, 404),
        ({"choice": "image_3", "with": "record"}, 422),
        ({"status": "approved", "with": "record"}, 422),
        ({"with": "record"}, 422),
        ({"choice": "image_1", "duration_ms": "soon", "with": "record"}, 422),
    ],
)
def test_a_form_that_does_not_fit_is_refused_and_nothing_is_stored(ada, cats, database, form, status):
    page = begin(ada)
    if form.pop("with", None):
        form["record"] = hidden(page, "record")
    assert ada.post("/datasets/cats/responses", data=form).status_code == status
    assert answers(database) == []


def test_nobody_answers_in_the_name_of_another(ada, cats, database, log_in):
    log_in("ben")
    page = begin(ada)
    respond(ada, page, choice="image_1", user_id=str(uuid.uuid4()), username="ben")
    with database.transaction() as session:
        assert session.scalars(select(User.username).join(Response)).all() == ["ada"]


def test_a_record_that_lacks_an_image_can_only_be_put_aside(ada, database):
    with database.transaction() as session:
        dataset = factories.dataset(session, "old")
        fields = {"images": {"prompt": "a fox", "image_1": "https://x.org/1", "image_2": None}}
        factories.record(session, dataset, fields=fields)
    page = begin(ada, "old")
    assert "The field &#39;images.image_2&#39; is empty" in page
    assert 'name="choice"' not in page
    assert "<iframe" not in page
    record = {"record": hidden(page, "record")}
    assert ada.post("/datasets/old/responses", data={**record, "choice": "image_1"}).status_code == 422
    assert answers(database) == []
    assert ada.post("/datasets/old/responses", data={**record, "status": "discarded"}).status_code == 303
    assert [answer.status for answer in answers(database)] == ["discarded"]


def test_neither_models_nor_ids_of_records_are_shown(ada, database):
    with database.transaction() as session:
        dataset = factories.dataset(session, "cats")
        factories.record(session, dataset, "secret-id", metadata={"model_1": "secret-model"})
    page = begin(ada)
    assert "secret" not in page


def test_a_suggestion_marks_the_button_that_stores_it_on_whichever_side(ada, database):
    with database.transaction() as session:
        dataset = factories.dataset(session, "cats")
        for _ in range(12):
            factories.suggestion(session, factories.record(session, dataset), "preference", "image_1", 0.754)
    page, sides = begin(ada), set()
    for _ in range(12):
        buttons = re.findall(r'<button[^>]*value="(\w+)"[^>]*data-choice', page, re.DOTALL)
        marked = [one for one in re.findall(r"<button.*?</button>", page, re.DOTALL) if "Suggested" in one]
        assert [re.search(r'value="(\w+)"', one)[1] for one in marked] == ["image_1"]
        assert "Suggested" in re.sub("<[^>]*>", "", marked[0])
        assert 'aria-checked="true"' not in page
        assert "secret-model" not in page
        sides.add(buttons.index("image_1"))
        page = respond(ada, page, choice="both_good")
    assert sides == {0, 1}


def test_a_suggestion_that_is_no_choice_any_more_is_no_error(ada, database):
    with database.transaction() as session:
        record = factories.record(session, factories.dataset(session, "cats"))
        factories.suggestion(session, record, "preference", {"odd": ["value"]}, [0.5])
    assert "Suggested" not in begin(ada)


@pytest.mark.parametrize("prompt", ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>"])
def test_a_hostile_prompt_is_text(ada, database, prompt):
    guidelines = f"# Hi\n\n{prompt}\n\n[x](javascript:alert(1))"
    with database.transaction() as session:
        dataset = factories.dataset(session, "cats", guidelines=guidelines)
        factories.record(session, dataset, fields=factories.images(prompt))
    page = begin(ada)
    assert prompt not in page
    assert "alert(1)" in page
    assert 'href="javascript:' not in page


def test_a_prompt_is_no_template(ada, database):
    with database.transaction() as session:
        dataset = factories.dataset(session, "cats", guidelines="{{7*7}}")
        factories.record(session, dataset, fields=factories.images("{{7*7}}"))
    assert begin(ada).count("{{7*7}}") >= 2


def test_a_form_of_the_past_changes_nothing_and_shows_what_is_stored(ada, cats, database):
    ada.post("/datasets/cats/assignments")
    page = ada.get("/datasets/cats/annotate").text
    record = re.search(r'data-record="([^"]+)"', page)[1]
    (revision,) = re.findall(r'name="revision" value="(\d+)"', page)
    form = {"record": record, "status": "submitted", "revision": revision}
    assert ada.post("/datasets/cats/responses", data={**form, "choice": "both_good"}).status_code == 303

    again = ada.post("/datasets/cats/responses", data={**form, "choice": "both_bad"})
    assert again.status_code == 409
    assert "You already answered this record in another window" in again.text
    assert re.search(r'value="both_good"\s+aria-checked="true"', again.text)
    (revision,) = re.findall(r'name="revision" value="(\d+)"', again.text)
    changed = {**form, "revision": revision, "choice": "both_bad"}
    assert ada.post("/datasets/cats/responses", data=changed).status_code == 303
    with database.transaction() as session:
        (response,) = session.scalars(select(Response)).all()
    assert response.values == {"preference": {"value": "both_bad"}}


def test_who_only_looks_at_a_record_gives_no_answer_by_accident(ada, log_in, cats, database):
    with database.transaction() as session:
        record = session.scalars(select(Record.id).where(Record.dataset_id == cats.id)).first()
    page = log_in("adam", role=Role.ADMIN).get(f"/datasets/cats/annotate?record={record}").text
    assert "assigned to you" in page
    assert "data-choice" not in page
    assert 'value="discarded"' not in page
