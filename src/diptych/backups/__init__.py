"""Backups: all data of a server in one file, and restoring it."""
