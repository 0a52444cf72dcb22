"""The Fargate stand-in as a fixture."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.local.stand_in import StandIn, stand_in


@pytest.fixture
def fargate() -> Iterator[StandIn]:
    with stand_in() as world:
        yield world
