"""Benchmarks: each prints a figure as a ratio to a limit measured in the same run."""
