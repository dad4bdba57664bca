"""Numbers that no two made-up things share, so that their names differ."""

import itertools

numbers = itertools.count(1)
