"""Diptych: a server for human preference over pairs of images."""

__version__ = "0.2.0"
