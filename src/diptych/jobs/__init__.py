"""Work that outlives a request: rows that a worker process claims, carries out and reports on."""
