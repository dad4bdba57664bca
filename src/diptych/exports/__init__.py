"""Records and responses → file: writers per format."""
