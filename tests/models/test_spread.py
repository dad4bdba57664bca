"""The tables can be spread over several nodes by dataset, as docs/scaling.md says."""

import pytest
from sqlalchemy import PrimaryKeyConstraint, UniqueConstraint

from diptych.models import Base
from tests.models.spread import placements

TABLES = Base.metadata.tables
PLACEMENTS = placements()
SPREAD = [name for name, place in PLACEMENTS.items() if place.column]


def unique_keys(table):
    """The columns of each key whose uniqueness the database has to check."""
    keys = [one for one in table.constraints if isinstance(one, PrimaryKeyConstraint | UniqueConstraint)]
    keys += [index for index in table.indexes if index.unique]
    return [[column.name for column in key.columns] for key in keys]


def indexes(table):
    return unique_keys(table) + [[column.name for column in index.columns] for index in table.indexes]


def test_the_page_places_every_table():
    assert sorted(PLACEMENTS) == sorted(TABLES)


@pytest.mark.parametrize("name", SPREAD)
def test_every_unique_key_has_the_column_that_says_where_a_row_is(name):
    column = PLACEMENTS[name].column
    assert [key for key in unique_keys(TABLES[name]) if column not in key] == []


@pytest.mark.parametrize("name", [name for name in SPREAD if PLACEMENTS[name].column == "dataset_id"])
def test_every_index_of_what_belongs_to_a_dataset_names_the_dataset(name):
    assert next(iter(TABLES[name].primary_key.columns)).name == "dataset_id"
    # Of responses, only the key begins with it: otherwise the planner may take any of them for one response.
    assert [index for index in indexes(TABLES[name]) if "dataset_id" not in index] == []


@pytest.mark.parametrize("name", ["media", "dataset_media"])
def test_a_picture_is_found_by_its_key(name):
    assert PLACEMENTS[name].column in [index[0] for index in indexes(TABLES[name])]


@pytest.mark.parametrize("name", TABLES)
def test_a_foreign_key_leads_to_a_row_on_the_same_node(name):
    here = PLACEMENTS[name]
    for key in TABLES[name].foreign_key_constraints:
        there = PLACEMENTS[key.referred_table.name]
        pairs = [(element.parent.name, element.column.name) for element in key.elements]
        is_everywhere = there.column is None and not there.is_local
        are_on_the_coordinator = here.is_local and there.is_local
        is_beside = here.beside and here.beside == there.beside and (here.column, there.column) in pairs
        assert is_everywhere or are_on_the_coordinator or is_beside, key.name


def test_the_page_places_a_table_after_those_that_it_refers_to():
    order = list(PLACEMENTS)
    for name in order:
        for key in TABLES[name].foreign_key_constraints:
            assert order.index(key.referred_table.name) <= order.index(name), key.name
