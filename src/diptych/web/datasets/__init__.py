"""The pages of datasets, one module each, named like its template, its styles and its script."""
