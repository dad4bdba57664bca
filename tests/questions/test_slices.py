"""A question type is five files, which are found because they are there."""

import re
from pathlib import Path

import pytest

from diptych import questions
from diptych.core.paths import STATIC, TEMPLATES
from diptych.questions import TYPES
from diptych.web.annotate.questions import VIEWS
from tests.questions.samples import SAMPLES

SCRIPTS = STATIC / "js/pages/annotate/questions"
STYLES = STATIC / "css/pages/annotate/questions"
SHAPES = TEMPLATES / "annotate/questions"
SOURCES = Path(questions.__file__).parents[1]
# A template of datasets has questions of some types.
ELSEWHERE = SOURCES / "datasets" / "templates"


@pytest.mark.parametrize("name", TYPES)
def test_a_type_has_its_five_files_and_a_sample(name):
    settings = TYPES[name].model_fields["type"].default
    assert settings == name
    assert VIEWS[name].__module__ == f"diptych.web.annotate.questions.{name}"
    assert (SHAPES / f"_{name}.html").read_text().strip()
    assert (STYLES / f"{name}.css").read_text().startswith("@layer pages {\n")
    script = (SCRIPTS / f"{name}.js").read_text()
    exported = set(re.findall(r"export function (\w+)|export \{ \w+ as (\w+) \}", script))
    assert {"".join(names) for names in exported} == {"read", "enhance"}
    assert SAMPLES[name].settings["type"] == name


def test_nothing_is_left_of_a_type_that_is_none():
    assert set(VIEWS) == set(TYPES) == set(SAMPLES)
    for folder, pattern in ((SCRIPTS, r"(.+)\.js"), (STYLES, r"(.+)\.css"), (SHAPES, r"_(.+)\.html")):
        assert {re.fullmatch(pattern, file.name)[1] for file in folder.iterdir()} == set(TYPES)


# "text" is a type of field as well.
@pytest.mark.parametrize("name", sorted(set(TYPES) - {"text"}))
def test_only_the_files_of_a_type_know_its_name(name):
    files = [
        path
        for folder in (SOURCES, STATIC, TEMPLATES)
        for path in folder.rglob("*")
        if path.suffix in {".py", ".js", ".css", ".html"} and path.stem.strip("_") != name
    ]
    assert len(files) > 300
    named = re.compile(rf"""(?<!createElement\()["']{name}["']""")
    found = [path for path in files if named.search(path.read_text("utf-8"))]
    assert [path for path in found if not path.is_relative_to(ELSEWHERE)] == []


@pytest.mark.parametrize("name", TYPES)
def test_a_sample_is_an_answer(name):
    sample = SAMPLES[name]
    parsed = questions.parse_settings(sample.settings)
    assert parsed.parse_value(sample.value) == sample.value
    assert parsed.aggregate([sample.value]) == (parsed.aggregate([sample.value] * 3).value, 1)
