"""Looking for what does not add up: counts and rows, rows and files."""
