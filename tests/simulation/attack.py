"""An attack on a study's open link, and what it costs: many ids within minutes.

The deployment has the defaults of terraform/variables*.tf: what `minimal.tfvars` gives. Each server
is as large as the defaults allow, and is billed at the list price on demand.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hippo_common.prices import cost
from tests.support.inputs import entry
from tests.support.simulated_world.allowed import SWEEP, Allowed
from tests.support.simulated_world.browsers import Browser, Habits
from tests.support.simulated_world.functions import NEXT_STEP
from tests.support.simulated_world.kernel import Process
from tests.support.simulated_world.scheduler import PRECISION
from tests.support.simulated_world.simulation import Settings, SimulatedWorld

_TERRAFORM: Final = Path(__file__).resolve().parents[2] / "terraform"
_REGION: Final = "ca-central-1"
_MOST_USD: Final = 20.0
_FULL_LINE: Final = Allowed(past_deadline_in_line=PRECISION + 3 * SWEEP)
"""A sweep takes about a hundred sessions down; the attack fills the line with two hundred within seconds."""

_BEGINS: Final = 300.0
"""Seconds until the attack begins: the honest participants are inside by then."""


def default(name: str) -> float:
    """Return the default of a number among the root's variables."""
    text = "".join(path.read_text("utf-8") for path in sorted(_TERRAFORM.glob("variables*.tf")))
    found = re.search(rf'^variable "{name}" \{{.*?^  default += ([0-9.]+)$', text, flags=re.MULTILINE | re.DOTALL)
    assert found is not None, name
    return float(found[1])


@dataclass(frozen=True)
class Attacked:
    """The result of an attack.

    Attributes:
        most_servers: tasks that existed at the same moment.
        inside: honest participants who came before the attack.
        late: one who came at the end of it, when the line was full.
        bill: US dollars, by service.
        ledger_bytes: sizes of all writes of the ledger together.
    """

    simulation: SimulatedWorld
    most_servers: int
    inside: tuple[Browser, ...]
    late: Browser
    bill: dict[str, float]
    ledger_bytes: int

    def faults(self) -> list[str]:
        """Return what must not happen in an attack and did."""
        limit, sum_of_bill = default("max_sessions"), sum(self.bill.values())
        ledger = (limit + default("max_line")) * 300.0 * self.simulation.lambdas.invocations["start_server"] * 2
        checks = {
            f"{self.most_servers} servers; the limit is {limit:g}": self.most_servers <= limit,
            "an invariant was violated": not self.simulation.monitor.violations,
            "a message was never handled": not self.simulation.lambdas.dead_letters,
            "a participant who was inside did not finish": all(
                browser.finished and not browser.refused for browser in self.inside
            ),
            "the late participant was not asked to come back": self.late.told_to_come_back,
            "the late participant did not finish": self.late.finished,
            f"the bill is {sum_of_bill:.2f} USD": sum_of_bill < _MOST_USD,
            f"the ledger's writes have {self.ledger_bytes} bytes": self.ledger_bytes < ledger,
        }
        return [fault for fault, holds in checks.items() if not holds]

    def lines(self) -> str:
        """Return the result as text."""
        costs = ", ".join(f"{service} {usd:.2f}" for service, usd in self.bill.items())
        honest = sum(browser.finished for browser in self.inside)
        return (
            f"most servers {self.most_servers}; honest inside {honest} of {len(self.inside)} finished, "
            f"late {self.late.finished}; {sum(self.bill.values()):.2f} USD: {costs}; "
            f"ledger {self.ledger_bytes / 1e6:.0f} MB\n{self.simulation.report()}"
        )


def attack(ids: int, minutes: float = 10.0, honest: int = 8) -> Attacked:
    """Let participants play, and many ids come in the middle; run until every server has ended."""
    limit, runtime = int(default("max_sessions")), int(default("max_runtime_minutes"))
    cpu, memory = default("max_task_cpu"), default("max_task_memory")
    settings = Settings(
        vcpus=1000.0,
        vcpus_per_task=cpu,
        max_sessions=limit,
        max_line=int(default("max_line")),
        max_runtime=runtime,
        allowed=_FULL_LINE,
    )
    simulation = SimulatedWorld(1, settings)
    simulation.register(entry(maxRuntime=None))
    calls: Counter[str] = Counter()
    written = [0]
    simulation.channel.observers.append(lambda process, operation, arguments: calls.update([operation]))

    def ledger(key: str, before: bytes | None, after: bytes | None) -> None:
        written[0] += len(after or b"") if key == "_sessions/places.json" else 0

    simulation.s3.watchers.append(ledger)
    seconds = _seconds_of_functions(simulation)
    most = [0]
    simulation.kernel.every(5.0, lambda: most.append(len(simulation.ecs.living)))
    inside = tuple(_browser(simulation, f"honest-{number}", plays=900.0) for number in range(honest))
    for number, browser in enumerate(inside):
        browser.come(number * 5.0)
    late = _browser(simulation, "late", plays=120.0)
    late.come(_BEGINS + minutes * 60)
    for number in range(ids):
        at = _BEGINS + number * minutes * 60 / ids
        simulation.kernel.after(at, lambda number=number: _flood(simulation, number))  # type: ignore[misc]
    simulation.run(_BEGINS + (runtime + 60) * 60.0)
    return Attacked(simulation, max(most), inside, late, _bill(simulation, calls, seconds, cpu, memory), written[0])


def _browser(simulation: SimulatedWorld, user: str, plays: float) -> Browser:
    return Browser(
        user,
        "study",
        Habits(reads=10.0, plays=plays),
        simulation.kernel,
        simulation.lambdas,
        simulation.monitor,
        simulation.answers,
    )


def _flood(simulation: SimulatedWorld, number: int) -> None:
    """Send what one id of the attack sends: the page, the answer to it, and a poll at the game."""
    user = f"bot-{number}"

    def send(method: str, then: Any = None) -> None:
        query = {"projectId": "study", "userId": user}
        body = "{}" if method == "POST" else None
        payload = json.dumps({"id": f"{user}-{method}-{then is None}", "method": method, "query": query, "body": body})
        simulation.lambdas.invoke(NEXT_STEP, payload, then or (lambda _: None))

    def answer(_: Process) -> None:
        simulation.kernel.after(1.0, lambda: send("POST", poll))

    def poll(_: Process) -> None:
        simulation.kernel.after(60.0, lambda: send("GET"))

    send("GET", answer)


def _seconds_of_functions(simulation: SimulatedWorld) -> Counter[str]:
    """Return a counter that sums the seconds of each function's invocations."""
    seconds: Counter[str] = Counter()

    def ended(process: Process) -> None:
        began = process.deadline - simulation.lambdas.functions[str(process.function)].limit
        seconds[str(process.function)] += simulation.kernel.seconds - began  # type: ignore[assignment]

    simulation.lambdas.ended.append(ended)
    return seconds


_MEMORY: Final = {"next_step": 0.5, "start_server": 0.25, "stop_server": 0.25, "sweep_sessions": 1.0}  # GB


def _bill(
    simulation: SimulatedWorld, calls: Counter[str], seconds: Counter[str], cpu: float, memory: float
) -> dict[str, float]:
    """Return US dollars by service, at list prices without the free tier.

    Of AWS Lambda (arm64), API Gateway (HTTP API), S3, SNS and CloudWatch Logs (2 KB a request), us-east-1.
    """
    servers = 0.0
    for task in simulation.ecs.tasks.values():
        until = simulation.kernel.seconds if task.stopped_at is None else task.stopped_at
        price = cost(cpu, memory, until - task.history[0][0], _REGION, "FARGATE")
        assert price is not None
        servers += price.total
    invocations = simulation.lambdas.invocations
    requests = invocations[NEXT_STEP]
    writes = calls["s3.put_object"] + calls["s3.list_objects_v2"]
    return {
        "servers": servers,
        "functions": sum(invocations.values()) * 0.2e-6
        + sum(_MEMORY[name] * spent * 13.3334e-6 for name, spent in seconds.items()),
        "API": requests * 1e-6,
        "S3": writes * 5e-6 + (calls["s3.get_object"] + calls["s3.head_object"]) * 0.4e-6,
        "messages": calls["sns.publish"] * 0.5e-6,
        "logs": sum(invocations.values()) * 2e-6 * 0.5,
    }
