"""One part of a run of the fuzzer: some histories from one seed."""

from __future__ import annotations

import contextlib
import io
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.fuzz.aws import functions_on_simulated_services
from tests.fuzz.machine import Machine, count

_HISTORIES: Final = 40
_EVENTS_A_HISTORY: Final = 50


@dataclass(frozen=True)
class Part:
    """The result of one part.

    Attributes:
        failure: the shortest history that violates an invariant, and its traceback; empty: none.
    """

    number: int
    events: Counter[str] = field(default_factory=Counter)
    failure: str = ""


def run(number: int, histories: int = _HISTORIES, steps: int = _EVENTS_A_HISTORY, *, shrink: bool = True) -> Part:
    """Run the part with this seed; `shrink`: look for the shortest history that violates an invariant."""
    chosen = settings(
        max_examples=histories,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
    )
    before = Counter(count)
    output = io.StringIO()
    failure = ""
    with functions_on_simulated_services(), contextlib.redirect_stdout(output):
        try:
            run_state_machine_as_test(seed(number)(type("Machine", (Machine,), {})), settings=chosen)
        except Exception:  # noqa: BLE001 - reported with the history
            failure = f"{output.getvalue()}\n{traceback.format_exc()}"
    return Part(number, count - before, failure)
