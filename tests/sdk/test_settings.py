import pytest

from tests.sdk import made


@pytest.fixture
def create(rg, client):
    """Create a dataset in the default workspace that is gone after the test."""
    created = []

    def create(name, settings=None):
        settings = settings or made.campaign(rg)
        created.append(rg.Dataset(name=name, workspace="default", settings=settings, client=client).create())
        return created[-1]

    yield create
    for dataset in created:
        if client.api.datasets.exists(dataset.id):
            dataset.delete()


def test_the_settings_of_the_campaign_come_back_as_they_went_in(rg, client, create):
    created = create("open-image-preferences")
    assert created.api_model().status == "ready"
    assert made.described(created.settings) == made.described(made.campaign(rg))
    found = client.datasets("open-image-preferences", workspace="default")
    assert found.id == created.id
    assert found.settings == created.settings
    options = found.questions["preference"].serialize()["settings"]["options"]
    assert [(option["value"], option["text"]) for option in options] == [*made.TITLES.items()]


def test_settings_of_every_type_come_back_as_they_went_in(rg, client, create):
    create("every-type", made.every_type(rg))
    found = client.datasets("every-type")
    assert made.described(found.settings) == made.described(made.every_type(rg))


def test_a_dataset_goes_to_the_default_workspace_unless_it_is_told(rg, client):
    with pytest.warns(UserWarning, match="Using default workspace: default"):
        dataset = rg.Dataset("unplaced", settings=made.campaign(rg), client=client).create()
    assert client.datasets("unplaced").workspace.name == "default"
    dataset.delete()


def test_the_server_of_a_refused_dataset_forgets_it(rg, client, create):
    settings = made.campaign(rg)
    settings.add(rg.SpanQuestion(name="where", field="nowhere", labels=["here"]))
    with pytest.raises(rg._exceptions.SettingsError):
        create("refused", settings)
    assert [dataset.name for dataset in client.datasets] == []


def test_an_update_changes_what_may_change(rg, client, create):
    dataset = create("changing")
    settings = dataset.settings
    settings.guidelines = "Another text."
    settings.distribution = rg.TaskDistribution(min_submitted=2)
    settings.allow_extra_metadata = False
    settings.fields["images"].title = "The two of them"
    settings.fields["images"].template = "<b>{{record.fields.images.prompt}}</b>"
    settings.questions["preference"].title = "And now?"
    settings.questions["preference"].description = "Look again."
    settings.vectors["prompt"].title = "Embedding"
    settings.metadata["model_1"].title = "Left model"
    settings.metadata["model_1"].visible_for_annotators = False
    settings.update()
    found = client.datasets("changing")
    assert made.described(found.settings) == made.described(settings)
    assert found.guidelines == "Another text."
    assert found.distribution.min_submitted == 2
    assert found.fields["images"].template == "<b>{{record.fields.images.prompt}}</b>"
    assert found.questions["preference"].title == "And now?"
    assert found.questions["preference"].description == "Look again."
    assert found.settings.vectors["prompt"].title == "Embedding"
    assert found.settings.metadata["model_1"].title == "Left model"
    assert found.settings.metadata["model_1"].visible_for_annotators is False


def test_an_update_adds_and_takes_away_metadata_and_vectors(rg, client, create):
    dataset = create("growing")
    dataset.settings.add(rg.IntegerMetadataProperty(name="seed", min=0, client=client))
    dataset.settings.add(rg.VectorField(name="picture", dimensions=2))
    dataset.settings.metadata.remove("model_1")
    dataset.settings.update()
    found = client.datasets("growing").settings
    assert [item.name for item in found.metadata] == ["model_2", "evolution", "seed"]
    assert [item.name for item in found.vectors] == ["prompt", "picture"]


def test_the_name_of_a_dataset_may_be_that_of_a_repository(client, create):
    create("org/preferences 1.0 ⚠️")
    create("org/preferences 2.0")
    assert client.datasets("org/preferences 1.0 ⚠️").name == "org/preferences 1.0 ⚠️"
    assert [dataset.name for dataset in client.datasets] == ["org/preferences 1.0 ⚠️", "org/preferences 2.0"]
    assert client.datasets[1].fields[0].title == "Pictures"
    assert len(client.datasets) == 2


def test_a_name_is_given_once_in_a_workspace(rg, client, create):
    create("cats")
    with pytest.raises(rg._exceptions.ConflictError):
        create("cats")
    workspace = rg.Workspace(name="elsewhere", client=client).create()
    other = rg.Dataset("cats", workspace=workspace, settings=made.campaign(rg), client=client).create()
    assert [dataset.name for dataset in workspace.datasets] == ["cats"]
    with pytest.raises(rg._exceptions.ConflictError):
        workspace.delete()
    other.delete()
    workspace.delete()


def test_a_deleted_dataset_is_gone(client, create):
    dataset = create("brief")
    dataset.delete()
    with pytest.warns(UserWarning, match="not found"):
        assert client.datasets("brief") is None
    with pytest.warns(UserWarning, match="not found"):
        assert client.datasets(id=dataset.id) is None


def test_an_annotator_reads_settings_and_makes_none(rg, connect, keys, create):
    create("cats")
    ada = connect(keys["ada"])
    assert made.described(ada.datasets("cats").settings) == made.described(made.campaign(rg))
    with pytest.raises(rg._exceptions.ForbiddenError):
        rg.Dataset("dogs", workspace="default", settings=made.campaign(rg), client=ada).create()
