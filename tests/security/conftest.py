"""People of all roles, what paths can name, and a world in which all that is hidden has a name of its own."""

import uuid

import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import select

from diptych.core.db import new_id
from diptych.datasets.queries import get_settings
from diptych.imports.jobs import create_import
from diptych.models import Dataset, DatasetMedia, Media, ResponseStatus, Role, User, Workspace
from diptych.records.media import store_image
from diptych.responses.service import save_response
from diptych.users import sessions
from diptych.users.invitations import invite_user
from diptych.users.service import rotate_api_key
from tests import factories

PASSWORD = "correct horse"
EXTERNAL_ID = "3001-canary-quality"
SCORE = 0.86753
# Nobody is told what an image file was called: its address is its content.
PICTURE = "canary-picture.png"

_FRAME = {"type": "custom", "template": "<p>{{json record}}</p>"}
_SCRIPT = {"type": "custom", "template": "<p></p>", "advanced_mode": True}
_LABEL = {"type": "label_selection", "options": [{"value": value, "text": value} for value in ("a", "b")]}
_TEXT = {"type": "text"}


@pytest.fixture
def log_in(app):
    """Return a client with somebody's session, which opens pages and the API."""

    def log_in(username):
        client = TestClient(app, follow_redirects=False)
        assert client.post("/login", data={"username": username, "password": PASSWORD}).status_code == 303
        return client

    return log_in


@pytest.fixture
def world(database, settings, log_in, tmp_path):
    """What paths name, in four places: a dataset that anna annotates, a draft, one elsewhere, and nowhere."""
    with database.transaction() as session:
        session.add(Workspace(name="canary-workspace"))
        session.flush()
        for name, role, workspace in (
            ("olga", Role.OWNER, "default"),
            ("canary-admin", Role.ADMIN, "default"),
            ("anna", Role.ANNOTATOR, "default"),
            ("canary-colleague", Role.ANNOTATOR, "default"),
            ("canary-stranger", Role.ANNOTATOR, "canary-workspace"),
        ):
            factories.user(session, name, role=role, password=PASSWORD, workspace=workspace)
    maker = _Maker(database, log_in, settings)
    places = {
        "seen": maker.make("default", "cats", "cats", "canary-colleague"),
        "draft": maker.make("default", "canary-draft", "canary_draft", "canary-colleague", is_draft=True),
        "elsewhere": maker.make("canary-workspace", "canary-elsewhere", "canary_far", "canary-stranger"),
    }
    places["nowhere"] = {name: uuid.uuid4() for name in places["seen"]}
    places["nowhere"]["reference"] = places["nowhere"]["dataset_id"]
    places["seen"]["name"] = _show_picture(database, settings, places["seen"]["dataset_id"], tmp_path)
    maker.answer(places["seen"]["dataset_id"])
    return places


class _Maker:
    """Makes datasets over the API, as an owner does."""

    def __init__(self, database, log_in, settings):
        self.database, self.log_in, self.settings = database, log_in, settings
        self.owner = log_in("olga")

    def make(self, workspace, name, prefix, colleague, *, is_draft=False):
        """Make a dataset of two records with a colleague's answer, and return the ids of what is in it."""
        with self.database.transaction() as session:
            home = session.scalars(select(Workspace).where(Workspace.name == workspace)).one().id
            user = session.scalars(select(User).where(User.username == colleague)).one().id
        made = {"name": name, "workspace_id": str(home), "guidelines": f"Guidelines of {prefix}"}
        dataset = self.post("datasets", **made, distribution={"min_submitted": 3})["id"]
        for field, settings in {"prompt": _TEXT, "frame": _FRAME, "script": _SCRIPT}.items():
            last = self.post(f"datasets/{dataset}/fields", name=field, settings=settings, required=True)
        question = self.post(f"datasets/{dataset}/questions", name="side", settings=_LABEL, required=True)
        self.post(f"datasets/{dataset}/questions", name="why", title=f"Why of {prefix}", settings=_TEXT)
        hidden = {"type": "terms", "values": ["canary-model", "canary-term"]}
        hidden = {"name": "canary_property", "title": "canary-title", "settings": hidden}
        properties = f"datasets/{dataset}/metadata-properties"
        metadata = self.post(properties, **hidden, visible_for_annotators=False)["id"]
        self.post(properties, name="open", settings={"type": "terms"})
        vectors = f"datasets/{dataset}/vectors-settings"
        vector = self.post(vectors, name=f"{prefix}_vector", dimensions=2)["id"]
        if not is_draft:
            assert self.owner.put(f"/api/v1/datasets/{dataset}/publish").status_code == 200
        records = [_record(prefix, external_id, user) for external_id in (EXTERNAL_ID, "2")]
        answer = self.owner.put(f"/api/v1/datasets/{dataset}/records/bulk", json={"items": records})
        assert answer.status_code == 200, answer.text
        record = answer.json()["items"][0]
        created = self._import(dataset)
        return {
            "dataset_id": dataset,
            "reference": dataset,
            "workspace_id": home,
            "user_id": user,
            "record_id": record["id"],
            "response_id": record["responses"][0]["id"],
            "import_id": created.id,
            "job_id": created.job_id,
            "fields": last["id"],
            "questions": question["id"],
            "metadata-properties": metadata,
            "vectors-settings": vector,
            "token": "made-up",
            "name": "made-up.png",
        }

    def post(self, path, **body):
        answer = self.owner.post(f"/api/v1/{path}", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def answer(self, dataset):
        """Let anna answer a record, and a colleague skip one."""
        page = self.owner.get(f"/api/v1/datasets/{dataset}/records").json()
        first, second = (record["id"] for record in page["items"])
        skip = {"record_id": second, "status": "discarded", "skip_reason": "canary-reason"}
        mine = {"record_id": first, "status": "submitted", "values": {"side": {"value": "b"}}}
        for name, item in (("canary-colleague", skip), ("anna", mine)):
            sent = {"items": [{**item, "dataset_id": dataset}]}
            (outcome,) = self.log_in(name).post("/api/v1/me/responses/bulk", json=sent).json()["items"]
            assert outcome["error"] is None

    def _import(self, dataset):
        with self.database.transaction() as session:
            admin = session.scalars(select(User).where(User.username == "canary-admin")).one()
            target = session.get_one(Dataset, uuid.UUID(dataset))
            return create_import(
                session, self.settings, target, admin, import_id=new_id(), name="canary-file.csv", mapping={}
            )


def _record(prefix, external_id, colleague):
    values = {"side": {"value": "a"}, "why": {"value": "canary-words"}}
    return {
        "external_id": external_id,
        "fields": {"prompt": f"A prompt of {prefix}", "frame": {"a": 1}, "script": {"a": 1}},
        "metadata": {"canary_property": "canary-model", "open": "seen", "canary_key": "canary-extra"},
        "vectors": {f"{prefix}_vector": [1, 2]},
        "suggestions": [
            {"question_name": "side", "value": "a", "score": SCORE, "agent": "canary-agent", "type": "model"}
        ],
        "responses": [{"user_id": str(colleague), "status": "submitted", "values": values}]
        if external_id == EXTERNAL_ID
        else [],
    }


def _show_picture(database, settings, dataset, folder):
    """Store an image that a dataset shows, and return what the path of it names."""
    Image.new("RGB", (8, 8), "teal").save(folder / PICTURE)
    stored = store_image(folder / PICTURE, settings.media_dir, max_megapixels=1)
    with database.transaction() as session:
        values = {name: getattr(stored, name) for name in ("key", "content_type", "width", "height", "size")}
        session.add(Media(**values))
        session.flush()
        session.add(DatasetMedia(dataset_id=uuid.UUID(dataset), media_key=stored.key))
    return stored.address.removeprefix("/media/")


@pytest.fixture
def credentials(database):
    """The headers with which each role calls; nobody's are empty."""
    found = {"anonymous": []}
    with database.transaction() as session:
        for role in Role:
            user = factories.user(session, f"some-{role}", role=role)
            key, token = rotate_api_key(session, user), sessions.start_session(session, user, days=1)
            found[role.value] = [
                (b"x-argilla-api-key", key.encode()),
                (b"cookie", f"diptych_session={token}".encode()),
            ]
    return found


@pytest.fixture
def named(database):
    """A value for each parameter of a path; ``setting_id`` depends on what the path begins with."""
    with database.transaction() as session:
        dataset = factories.dataset(session, "cats")
        record = factories.record(session, dataset)
        person = factories.user(session, "victim")
        values = {"preference": {"value": "image_1"}}
        response = save_response(
            session, dataset, record.id, person, values=values, status=ResponseStatus.SUBMITTED
        )
        settings = get_settings(session, dataset)
        found = {
            "dataset_id": dataset.id,
            "reference": "cats",
            "workspace_id": dataset.workspace_id,
            "record_id": record.id,
            "response_id": response.id,
            "user_id": person.id,
            "import_id": uuid.uuid4(),
            "field": "images",
            "fields": settings.fields[0].id,
            "questions": settings.questions[0].id,
            "token": invite_user(session, person, hours=1),
            "name": "0" * 64 + ".png",
            "file": "css/base.css",
        }
    return {name: str(value) for name, value in found.items()}


@pytest.fixture
def picture(database, settings, named, tmp_path):
    """The path of an image that a dataset shows."""
    return f"/media/{_show_picture(database, settings, named['dataset_id'], tmp_path)}"
