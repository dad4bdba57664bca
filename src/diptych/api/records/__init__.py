"""Records: those of a dataset (``lists``, ``bulk``), one (``single``), and searches for them (``search``)."""
