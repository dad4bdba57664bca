"""Datasets made over the API: ``make_dataset(owner, "cats")`` and ``put(owner, dataset, record, …)``."""

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


def _made(answer):
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]
