"""Settings of the whole test suite."""

from __future__ import annotations

from hypothesis import settings

# No deadline: the machines that run this share their cores. `make test PYTEST_ARGS=--hypothesis-profile=thorough`
# searches longer, for whoever changes a function that a property guards.
settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("thorough", settings.get_profile("default"), max_examples=2000)
settings.load_profile("default")
