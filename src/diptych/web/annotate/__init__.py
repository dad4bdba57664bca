"""The annotation page: its routes, its cards and its empty states."""
