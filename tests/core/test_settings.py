import re
from pathlib import Path

from diptych.core.settings import Settings

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference.md").read_text("utf-8")
_ROW = re.compile(r"^\| `(DIPTYCH_\w+)` \|\s*`?([^`|]*?)`?\s*\|", re.MULTILINE)


def test_the_reference_documents_every_setting_with_its_default():
    documented = dict(_ROW.findall(REFERENCE))
    expected = {
        f"DIPTYCH_{name.upper()}": "" if field.default in {None, ""} else str(field.default)
        for name, field in Settings.model_fields.items()
    }
    assert documented == expected


def test_every_setting_says_what_it_is_for():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_an_empty_variable_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("DIPTYCH_DATABASE_URL", "")
    assert Settings().database_url is None
