"""File → records: readers per format, row validation, service."""
