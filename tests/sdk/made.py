"""Settings and records as notebooks have them: ``made.campaign(rg)``."""

from tests.api.datasets import LABELS

TEMPLATE = """<img src="{{record.fields.images.image_1}}"> <p>{{record.fields.images.prompt}} ⚠️</p>"""
TITLES = dict(
    zip(
        LABELS,
        [
            "Image 1 is better",
            "Image 2 is better",
            "Both images are good",
            "Both images are bad",
            "Toxic content ⚠️",
        ],
        strict=True,
    )
)
CHAT = [{"role": "user", "content": "A red house?"}, {"role": "assistant", "content": "As you wish."}]
# A value of each type of question, as the SDK has it.
VALUES = {
    "label": "yes",
    "labels": ["hands", "text"],
    "rating": 4,
    "ranking": ["r2", "r1", "r3"],
    "text": 'Tidy "enough" \\ ⚠️',
    "span": [{"label": "colour", "start": 2, "end": 5}],
}
OTHER_VALUES = {
    "label": "no",
    "labels": ["faces"],
    "rating": 1,
    "ranking": ["r3", "r2", "r1"],
    "text": "Meh.",
    "span": [{"label": "thing", "start": 6, "end": 11}, {"label": "colour", "start": 2, "end": 5}],
}
# Scores of the others, one number or one for each item.
SCORES = {"label": 0.5, "labels": [0.25], "rating": 1.0, "ranking": [0.5, 0.25, 0.125], "span": [1.0, 0.75]}


def campaign(rg, *, dimensions=256, min_submitted=3):
    """Return the settings of the campaign."""
    return rg.Settings(
        guidelines="# Which picture is better?\n\nThe one that has everything the prompt asks for.",
        fields=[rg.CustomField(name="images", title="Pictures", template=TEMPLATE, required=True)],
        questions=[
            rg.LabelQuestion(
                name="preference",
                title="Which image is better?",
                description="By prompt adherence and aesthetics.",
                labels=TITLES,
                required=True,
            )
        ],
        metadata=[
            rg.TermsMetadataProperty(name="model_1", options=["dev", "sd"]),
            rg.TermsMetadataProperty(name="model_2", options=["dev", "sd"]),
            rg.TermsMetadataProperty(name="evolution", options=["quality", "simplified"]),
        ],
        vectors=[rg.VectorField(name="prompt", dimensions=dimensions)],
        allow_extra_metadata=True,
        distribution=rg.TaskDistribution(min_submitted=min_submitted),
    )


def every_type(rg):
    """Return settings with all types of fields, questions and metadata."""
    return rg.Settings(
        fields=[
            rg.TextField(name="prompt", use_markdown=True, required=True),
            rg.ImageField(name="picture", required=False),
            rg.ChatField(name="chat", use_markdown=False, required=False),
            rg.CustomField(name="images", template=TEMPLATE, advanced_mode=True, required=False),
        ],
        questions=[
            rg.LabelQuestion(name="label", labels=["yes", "no"], required=True),
            rg.MultiLabelQuestion(
                name="labels", labels=["hands", "text", "faces"], labels_order="suggestion", required=False
            ),
            rg.RatingQuestion(name="rating", values=[1, 2, 3, 4, 5], required=False),
            rg.RankingQuestion(
                name="ranking", values={"r1": "One", "r2": "Two", "r3": "Three"}, required=False
            ),
            rg.TextQuestion(name="text", use_markdown=True, required=False),
            rg.SpanQuestion(
                name="span",
                field="prompt",
                labels=["colour", "thing"],
                allow_overlapping=True,
                required=False,
            ),
        ],
        metadata=[
            rg.TermsMetadataProperty(name="model", visible_for_annotators=False),
            rg.IntegerMetadataProperty(name="seed", min=0, max=100),
            rg.FloatMetadataProperty(name="scale", title="Guidance scale", min=0.5),
        ],
        vectors=[rg.VectorField(name="small", dimensions=2), rg.VectorField(name="large", dimensions=3)],
    )


def described(settings):
    """Return everything that settings say but what a server adds: ids, moments and nulls."""
    return _without(settings.serialize(), {"id", "inserted_at", "updated_at", "dataset_id"})


def _without(value, added):
    if isinstance(value, list):
        return [_without(item, added) for item in value]
    if isinstance(value, dict):
        return {
            key: _without(item, added) for key, item in value.items() if key not in added and item is not None
        }
    return value


def pair(number, **values):
    """Return a record of the campaign as arguments of ``rg.Record``."""
    evolution = ("quality", "simplified")[number % 2]
    record = {
        "id": f"{number}-{evolution}",
        "fields": {
            "images": {
                "image_1": f"https://images.example.org/{number}-1.webp",
                "image_2": f"https://images.example.org/{number}-2.webp",
                "prompt": f"a photo of cat number {number}",
            }
        },
        "metadata": {
            "model_1": ("dev", "sd")[number % 2],
            "model_2": ("sd", "dev")[number % 2],
            "evolution": evolution,
            "category": "Manga",
            "sub_category": 'Drama "⚠️"',
        },
    }
    return record | values
