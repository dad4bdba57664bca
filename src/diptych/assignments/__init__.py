"""Who sees which record next, in which order of sides, with which lease."""
