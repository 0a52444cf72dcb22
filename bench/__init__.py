"""Measurements: `make bench` and `make bench-functions`."""
