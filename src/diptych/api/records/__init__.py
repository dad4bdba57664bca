"""Records: those of a dataset (``lists``, ``bulk``, ``search``), and one (``single``).

``view`` says which parts of records a caller gets, ``json`` reads them, and ``shapes`` describes them.
"""

from diptych.api.records import bulk, lists, search, single

__all__ = ["bulk", "lists", "search", "single"]
