"""Searches that are killed at random instants must lose nothing: `python -m tests.torture --help`."""
