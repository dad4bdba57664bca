"""Measurements: each prints a figure as a ratio to a limit that was measured in the same run."""
