"""Slices: packages to which one adds a module, and edits nothing."""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def find_slices(package: str, path: Iterable[str], suffix: str) -> dict[str, Any]:
    """Return the classes of the slices of a package by their names, in alphabetical order.

    With the suffix ``Settings``, a module ``text_box`` with a class ``TextBoxSettings`` is the slice
    ``text_box``; a module without such a class is shared by the slices.
    """
    found = {}
    for module in sorted(iter_modules(path), key=lambda module: module.name):
        class_name = module.name.title().replace("_", "") + suffix
        slice_ = getattr(import_module(f"{package}.{module.name}"), class_name, None)
        if slice_ is not None:
            found[module.name] = slice_
    return found
