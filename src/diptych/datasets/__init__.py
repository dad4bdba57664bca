"""Datasets: fields, questions, metadata properties, vectors, guidelines, distribution."""
