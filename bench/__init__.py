"""Measurements: `make bench`, `make bench-play` and `make bench-functions`."""
