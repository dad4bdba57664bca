"""Templates of datasets: one package each, with what a dataset is made of and its guidelines.

To add one: write a package with its name, and a subclass of ``DatasetTemplate`` and ``guidelines.md`` in it.
"""

from collections.abc import Mapping

from diptych.core.slices import find_slices
from diptych.datasets.templates.base import DatasetTemplate

TEMPLATES: Mapping[str, type[DatasetTemplate]] = find_slices(__name__, __path__, "Template")

__all__ = ["TEMPLATES", "DatasetTemplate"]
