"""A prompt and its images."""
