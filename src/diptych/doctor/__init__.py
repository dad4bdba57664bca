"""Checks that counts match rows, and rows match files."""
