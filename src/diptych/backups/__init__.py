"""Backups: everything that a server knows in one file, and back."""
