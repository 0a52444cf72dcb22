"""Settings of the whole test suite."""

from __future__ import annotations

from hypothesis import settings

# No deadline: the machines that run this share their cores. The same examples each time: a gate must not fail by
# chance. `make test PYTEST_ARGS=--hypothesis-profile=thorough` searches on, for whoever changes what a property guards.
settings.register_profile("default", deadline=None, print_blob=True, derandomize=True)
settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=2000)
settings.load_profile("default")
