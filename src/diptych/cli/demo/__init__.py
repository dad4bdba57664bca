"""The demonstration's own pairs: prompts and pictures drawn by this package."""
