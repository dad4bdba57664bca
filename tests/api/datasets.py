"""Datasets made over the API: ``make_dataset(owner, "cats")`` and ``put(owner, dataset, record, …)``."""

from sqlalchemy import text

LABELS = ("image_1", "image_2", "both_good", "both_bad", "toxic_content")
LABEL_SETTINGS = {
    "type": "label_selection",
    "options": [{"value": label, "text": label.replace("_", " ")} for label in LABELS],
}


def make_dataset(client, name="cats", *, min_submitted=1, publish=True, **settings):
    """Make a dataset with a custom field, a label question, metadata and a vector of two dimensions."""
    workspace = client.get("me/workspaces").json()["items"][0]["id"]
    body = {"name": name, "workspace_id": workspace, "distribution": {"min_submitted": min_submitted}}
    dataset = _made(client.post("datasets", json=body | settings))
    for path, setting in (
        ("fields", {"name": "images", "required": True, "settings": {"type": "custom", "template": ""}}),
        ("questions", {"name": "preference", "required": True, "settings": LABEL_SETTINGS}),
        ("metadata-properties", {"name": "model_1", "settings": {"type": "terms"}}),
        ("metadata-properties", {"name": "seed", "settings": {"type": "integer"}}),
        ("metadata-properties", {"name": "tags", "settings": {"type": "terms"}}),
        ("vectors-settings", {"name": "prompt", "dimensions": 2}),
    ):
        _made(client.post(f"datasets/{dataset}/{path}", json=setting))
    if publish:
        assert client.put(f"datasets/{dataset}/publish").status_code == 200
    return dataset


def put(client, dataset, *records):
    """Add records and return them as they came back."""
    answer = client.put(f"datasets/{dataset}/records/bulk", json={"items": records})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


def pair(key="1", **values):
    """Return a record that fits."""
    images = {"image_1": "https://x.org/1", "image_2": "https://x.org/2", "prompt": f"a cat, number {key}"}
    return {"external_id": key, "fields": {"images": images}, **values}


def answer_of(client, value="image_1", status="submitted"):
    """Return what a person answers, as it is sent inside a record."""
    return {"user_id": str(client.user.id), "status": status, "values": {"preference": {"value": value}}}


def answer(client, record, value="image_1", status="submitted"):
    """Answer a record as the page does, and return the response."""
    item = {"record_id": record, "status": status, "values": {"preference": {"value": value}}}
    outcome = client.post("me/responses/bulk", json={"items": [item]}).json()["items"][0]
    assert outcome["error"] is None, outcome
    return outcome["item"]


# What is counted as it happens, next to the same counted from the rows it counts.
_RECOUNTS = {
    "submitted answers of each record": (
        "SELECT id, submitted_count FROM records WHERE dataset_id = :id",
        (
            "SELECT r.id, (SELECT count(*) FROM responses a WHERE a.dataset_id = r.dataset_id"
            " AND a.record_id = r.id AND a.status = 'submitted') FROM records r WHERE dataset_id = :id"
        ),
    ),
    "leases of each record": (
        "SELECT id, lease_count FROM records WHERE dataset_id = :id",
        (
            "SELECT r.id, (SELECT count(*) FROM assignments a WHERE a.dataset_id = r.dataset_id"
            " AND a.record_id = r.id) FROM records r WHERE dataset_id = :id"
        ),
    ),
    "needed answers of each record": (
        "SELECT id, min_submitted FROM records WHERE dataset_id = :id",
        "SELECT r.id, d.min_submitted FROM records r JOIN datasets d ON d.id = r.dataset_id WHERE d.id = :id",
    ),
    "records and completed ones": (
        (
            "SELECT coalesce(sum(records), 0), coalesce(sum(completed), 0) FROM dataset_counts"
            " WHERE dataset_id = :id"
        ),
        "SELECT count(*), count(*) FILTER (WHERE status = 'completed') FROM records WHERE dataset_id = :id",
    ),
    "records in blocks": (
        "SELECT coalesce(sum(records), 0) FROM record_blocks WHERE dataset_id = :id",
        "SELECT count(*) FROM records WHERE dataset_id = :id",
    ),
    "answers of each person": (
        (
            "SELECT user_id, submitted, draft, discarded FROM annotator_progress"
            " WHERE dataset_id = :id AND submitted + draft + discarded <> 0"
        ),
        (
            "SELECT user_id, count(*) FILTER (WHERE status = 'submitted'),"
            " count(*) FILTER (WHERE status = 'draft'), count(*) FILTER (WHERE status = 'discarded')"
            " FROM responses WHERE dataset_id = :id GROUP BY user_id"
        ),
    ),
}


def assert_counted(database, dataset):
    """Compare every counter of a dataset with the rows that it counts."""
    with database.transaction() as session:
        for what, (counted, recounted) in _RECOUNTS.items():
            expected = sorted(map(tuple, session.execute(text(recounted), {"id": dataset})))
            assert sorted(map(tuple, session.execute(text(counted), {"id": dataset}))) == expected, what


def _made(answer):
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]
