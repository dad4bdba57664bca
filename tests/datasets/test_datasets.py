import pytest

from diptych.core.errors import ConflictError, InvalidError, NotFoundError
from diptych.datasets import queries, service
from diptych.datasets.templates import TEMPLATES
from diptych.datasets.templates.image_preference import ImagePreferenceTemplate
from diptych.models import DatasetStatus, Role, Workspace
from tests import factories


def test_an_image_preference_dataset_is_what_the_campaign_used(session):
    dataset = factories.dataset(session, min_submitted=3)
    settings = queries.get_settings(session, dataset)
    question = settings.questions[0]
    assert [field.name for field in settings.fields] == ["images"]
    assert settings.fields[0].settings["type"] == "custom"
    assert question.name == "preference"
    assert {option["value"]: option["text"] for option in question.settings["options"]} == {
        "image_1": "Image 1 is better",
        "image_2": "Image 2 is better",
        "both_good": "Both images are good",
        "both_bad": "Both images are bad",
        "toxic_content": "Toxic content ⚠️",
    }
    assert [(one.name, one.settings) for one in settings.metadata_properties] == [
        (name, {"type": "terms", "values": None}) for name in ("model_1", "model_2", "evolution")
    ]
    assert [(vector.name, vector.dimensions) for vector in settings.vectors] == [("prompt", 256)]
    assert (dataset.min_submitted, dataset.allow_extra_metadata, dataset.shuffle_sides) == (3, True, True)
    assert dataset.guidelines == ImagePreferenceTemplate().guidelines()


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_makes_a_dataset_that_is_open_for_answers(session, name):
    assert TEMPLATES[name].__module__ == f"diptych.datasets.templates.{name}"
    dataset = service.create_dataset_from_template(session, name, name="cats")
    assert dataset.status == DatasetStatus.READY
    assert dataset.guidelines.startswith("# ")
    own = service.create_dataset_from_template(session, name, name="dogs", guidelines="Look.")
    assert own.guidelines == "Look."


def test_a_name_is_given_once_in_a_workspace(session):
    factories.dataset(session, "cats")
    with pytest.raises(ConflictError, match="already has a dataset named 'cats'"):
        factories.dataset(session, "cats")


@pytest.mark.parametrize(
    "values", [{"name": ""}, {"name": "x" * 201}, {"name": "a\nb"}, {"min_submitted": 0}]
)
def test_values_that_do_not_fit_are_refused(session, values):
    with pytest.raises(InvalidError):
        service.create_dataset_from_template(session, "image_preference", **{"name": "cats", **values})


def test_people_see_the_datasets_of_their_workspaces_only(session):
    session.add(Workspace(name="elsewhere"))
    session.flush()
    here, there = (
        factories.dataset(session, "here"),
        factories.dataset(session, "there", workspace="elsewhere"),
    )
    annotator, admin = factories.user(session), factories.user(session, role=Role.ADMIN)
    owner = factories.user(session, role=Role.OWNER)
    for person in (annotator, admin):
        assert [dataset for dataset, _ in queries.list_datasets(session, person)] == [here]
        for reference in ("there", str(there.id)):
            with pytest.raises(NotFoundError):
                queries.get_visible_dataset(session, person, reference)
    assert [dataset for dataset, _ in queries.list_datasets(session, owner)] == [here, there]
    assert queries.get_visible_dataset(session, owner, "there") == there


def test_a_name_of_two_datasets_is_not_enough(session):
    session.add(Workspace(name="elsewhere"))
    session.flush()
    one = factories.dataset(session, "cats")
    factories.dataset(session, "cats", workspace="elsewhere")
    with pytest.raises(ConflictError, match="use the id"):
        queries.get_dataset(session, "cats")
    assert queries.get_dataset(session, str(one.id)) == one


def test_totals_add_up_over_their_slots(session):
    dataset, noise = factories.dataset(session), factories.dataset(session)
    service.add_to_totals(session, noise.id, records=1000)
    for _ in range(50):
        service.add_to_totals(session, dataset.id, records=2, completed=1)
    progress = queries.team_progress(session, [dataset.id])[dataset.id]
    assert (progress.records, progress.completed) == (100, 50)
