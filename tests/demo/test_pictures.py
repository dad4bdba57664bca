"""The pictures of the demonstration: right, different, and the same in every run."""

import csv
from collections import Counter
from dataclasses import replace

import pytest
from PIL import Image

from demo.draw.files import COLUMNS, write
from demo.draw.flaws import FLAWS
from demo.draw.pairs import CATEGORIES, pairs
from demo.draw.pictures import PLACES, THINGS, draw
from demo.draw.scene import Scene, Thing
from demo.draw.styles import FINISHES
from diptych.core.paths import DEMO

FOLDER = DEMO / "image_preference"

CAT = Scene("flat", "table", "day", (Thing("cat", "black", 40, 14, 50),))


@pytest.fixture(scope="module")
def rows():
    with (FOLDER / "pairs.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """A folder that the program has just written, over another picture."""
    folder = tmp_path_factory.mktemp("drawn")
    (folder / "images").mkdir()
    (folder / "images" / "old.webp").touch()
    write(folder)
    return folder


def pixels(path):
    with Image.open(path) as image:
        return image.convert("RGB").tobytes()


def files(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}


def test_the_program_writes_the_files_that_are_committed(drawn):
    assert files(drawn) == files(FOLDER)
    assert (drawn / "pairs.csv").read_bytes() == (FOLDER / "pairs.csv").read_bytes()
    pictures = [name for name in files(drawn) if name.endswith(".webp")]
    different = [name for name in pictures if pixels(drawn / name) != pixels(FOLDER / name)]
    assert different == [], "the program or Pillow draws differently now; `make demo-pictures` draws anew"


def test_it_offers_enough_pairs_with_an_id_and_a_prompt_of_their_own():
    assert len(pairs()) >= 24
    assert len({pair.id for pair in pairs()}) == len(pairs())
    assert len({pair.prompt for pair in pairs()}) == len(pairs())


def test_it_writes_every_pair_under_the_columns_that_an_import_reads(rows):
    assert tuple(rows[0]) == COLUMNS
    assert [row["id"] for row in rows] == [pair.id for pair in pairs()]
    assert all(value for row in rows for value in row.values())


def test_it_pits_the_two_models_against_each_other_in_every_pair(rows):
    assert all({row["model_1"], row["model_2"]} == {"atlas", "birch"} for row in rows)
    assert {row["model_1"] for row in rows} == {"atlas", "birch"}


def test_it_names_the_evolution_in_the_id_and_in_its_column(rows):
    assert {row["evolution"] for row in rows} == {"quality", "simplified"}
    assert all(row["id"].endswith(row["evolution"]) for row in rows)


def test_there_is_a_square_webp_for_every_name_and_nothing_else(rows):
    named = [row[side] for row in rows for side in ("image_1", "image_2")]
    assert len(set(named)) == 2 * len(rows)
    assert {f"images/{path.name}" for path in (FOLDER / "images").iterdir()} == set(named)
    for name in named:
        with Image.open(FOLDER / name) as image:
            assert (image.format, image.size) == ("WEBP", (640, 640))


def test_it_draws_two_different_pictures_for_every_pair(rows):
    for row in rows:
        assert pixels(FOLDER / row["image_1"]) != pixels(FOLDER / row["image_2"])


def test_it_gives_nothing_away_by_the_name_or_order_of_the_files(rows):
    hints = {"atlas", "birch", *FINISHES, *FLAWS, *PLACES}
    names = [row[side] for row in rows for side in ("image_1", "image_2")]
    assert not [name for name in names for hint in hints if hint in name]
    first = [row["image_1"] < row["image_2"] for row in rows]
    assert any(first)
    assert not all(first)


def test_every_answer_is_the_right_one_for_some_pair_and_sides_are_fair():
    answers = Counter(pair.expected for pair in pairs())
    assert set(answers) == {"image_1", "image_2", "both_good", "both_bad"}
    assert abs(answers["image_1"] - answers["image_2"]) <= 4


def test_the_stronger_model_wins_more_often_but_not_always():
    decided = [pair for pair in pairs() if pair.expected in {"image_1", "image_2"}]
    wins = Counter(pair.metadata[f"model_{pair.expected[-1]}"] for pair in decided)
    assert wins["birch"] > wins["atlas"] > 0


def test_two_good_pictures_show_the_same_things_in_the_same_style():
    for pair in pairs():
        if pair.expected == "both_good":
            one, other = pair.image_1, pair.image_2
            assert (one.style, one.place, one.light) == (other.style, other.place, other.light)
            assert [thing.kind for thing in one.things] == [thing.kind for thing in other.things]
            assert not one.flaw + other.flaw


def test_the_better_picture_has_the_style_of_its_category_and_no_flaw():
    for pair in pairs():
        if pair.expected in {"image_1", "image_2"}:
            better = getattr(pair, pair.expected)
            assert CATEGORIES[better.style] == pair.metadata["category"]
            assert not better.flaw


def test_a_broken_prompt_is_one_changed_attribute_of_the_scene():
    assert CAT.recoloured("cat", "white").things[0].colour == "white"
    assert CAT.recoloured("dog", "white") == CAT
    assert CAT.without("cat").things == ()
    assert CAT.replaced("cat", "dog").things[0].kind == "dog"
    assert CAT.counted("cat", 2).things[0].count == 2
    assert CAT.accented("cat", "red").things[0].accent == "red"


def test_it_keeps_only_the_first_few_of_a_kind_and_everything_else():
    boats = tuple(Thing("boat", "white", x, 20, 20) for x in (20, 50, 80))
    scene = replace(CAT, things=(*CAT.things, *boats))
    assert scene.first("boat", 1).things == (*CAT.things, boats[0])


@pytest.mark.parametrize("style", sorted(FINISHES))
def test_every_style_shows_the_colour_of_a_thing(style):
    scene = CAT.restyled(style)
    changed = draw(scene.recoloured("cat", "orange"))
    assert changed.size == (640, 640)
    assert changed.tobytes() != draw(scene).tobytes()


@pytest.fixture(scope="module")
def empty_table():
    return draw(CAT.without("cat")).tobytes()


@pytest.mark.parametrize("kind", sorted(THINGS))
def test_everything_that_can_be_drawn_leaves_its_colour_in_the_picture(kind, empty_table):
    scene = CAT.replaced("cat", kind)
    orange = draw(scene.recoloured(kind, "orange")).tobytes()
    assert orange != draw(scene.recoloured(kind, "blue")).tobytes()
    assert orange != empty_table


def test_a_scene_drawn_again_is_mirrored_before_another_backdrop():
    again = CAT.again()
    assert (again.things[0].x, again.things[0].facing) == (60, -1)
    assert again.seed != CAT.seed
    assert draw(again).tobytes() != draw(CAT).tobytes()
