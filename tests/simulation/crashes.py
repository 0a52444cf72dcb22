"""Runs parts of a session's life, and kills one of its functions at a different point each time.

    Scenario   a part of a session's life, and the function to kill in it
    points     every crash point of a scenario, found by running it once without crashes
    simulate   runs a scenario with some crash points
    faults_of  lets retries, events, schedules and sweeps follow, and lists the faults that remain

Every run must end in one of two ways: one ready server with one name that points to it, or nothing
at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from hippo_gym.sessions.warm_names import is_warm
from tests.support.inputs import entry
from tests.support.simulated_world.faults import AFTER, BEFORE, CrashPoint, Rates
from tests.support.simulated_world.functions import DEPLOYMENT, START_SERVER, STOP_SERVER, SWEEP_SESSIONS
from tests.support.simulated_world.kernel import Process
from tests.support.simulated_world.names import name_of
from tests.support.simulated_world.simulation import Settings, SimulatedWorld
from tests.support.simulated_world.tasks import QUICK

USER = "ada"
SESSION = "20261122-0f3c5d7e9a1b2c4d"
NEXT_SESSION = "20261122-1111111111111111"
LAST_SESSION = "20261122-2222222222222222"

_READY_BY = 45.0
_A_SWEEP = 345.0  # until the sweeper has asked for warm servers, and they are ready
_RETRIED_BY = 240.0
_SETTLED_BY = 900.0
_OVER_BY = 3600.0


@dataclass(frozen=True)
class Scenario:
    """A part of a session's life.

    Attributes:
        play: runs the scenario in a new simulation; ends after the crashes.
        kills: name of the function to kill.
        warm: how many warm servers the study wants.
    """

    name: str
    play: Callable[[SimulatedWorld], None]
    kills: str
    settings: Settings = field(default_factory=lambda: Settings(pace=QUICK))
    warm: int = 0


def _start(simulation: SimulatedWorld) -> None:
    simulation.start(USER, SESSION)
    simulation.run(_READY_BY)


def _stop(simulation: SimulatedWorld) -> None:
    _start(simulation)
    simulation.stop(USER, SESSION)
    simulation.run(20.0)


def _delayed_stop(simulation: SimulatedWorld) -> None:
    _start(simulation)
    simulation.stop(USER, SESSION, delay=3)
    simulation.run(20.0)


def _stop_while_starting(simulation: SimulatedWorld) -> None:
    simulation.start(USER, SESSION)
    simulation.run(3.0)
    simulation.stop(USER, SESSION)
    simulation.run(30.0)


def _stop_at_once(simulation: SimulatedWorld) -> None:
    simulation.start(USER, SESSION)
    simulation.stop(USER, SESSION)
    simulation.run(30.0)


def _stop_just_after_the_crash(simulation: SimulatedWorld) -> None:
    """Stop a session whose start may just have crashed: ListTasks may not show its task."""
    simulation.start(USER, SESSION)
    simulation.run(1.0)
    simulation.stop(USER, SESSION)
    simulation.run(_READY_BY)


def _task_ends(simulation: SimulatedWorld) -> None:
    _start(simulation)
    for task in simulation.tasks(SESSION):
        simulation.lives.stop(task, "EssentialContainerExited", "Essential container in task exited")
    simulation.run(20.0)


def _interrupted(simulation: SimulatedWorld) -> None:
    _start(simulation)
    for task in simulation.tasks(SESSION):
        simulation.lives.interrupt(task)
    simulation.run(180.0)


def _host_fails(simulation: SimulatedWorld) -> None:
    _start(simulation)
    for task in simulation.tasks(SESSION):
        simulation.lives.lose_host(task)
    simulation.run(180.0)


def _started_before_the_upgrade(simulation: SimulatedWorld) -> None:
    """Start a session whose cluster an earlier release created, without settings."""
    name = f"{DEPLOYMENT}-{SESSION}"
    tags = {
        "Deployment": DEPLOYMENT,
        "hippo-gym:deployment": DEPLOYMENT,
        "hippo-gym:project": "study",
        "hippo-gym:session": SESSION,
    }
    listed = [{"key": key, "value": value} for key, value in tags.items()]
    simulation.ecs.create_cluster(clusterName=name, capacityProviders=["FARGATE", "FARGATE_SPOT"], tags=listed)
    _start(simulation)


def _time_is_up(simulation: SimulatedWorld) -> None:
    _start(simulation)
    simulation.run(1800.0 + 400.0)


def _no_participant_is_there(simulation: SimulatedWorld) -> None:
    """Let the participant leave while the server starts: it ends 10 minutes after it was ready."""
    simulation.start(USER, SESSION)
    simulation.heartbeat(SESSION)
    simulation.run(600.0 + 500.0)


def _restart_elsewhere(simulation: SimulatedWorld) -> None:
    _start(simulation)
    simulation.start(USER, NEXT_SESSION, project="other")
    simulation.run(_READY_BY)


def _waits_for_another_study(simulation: SimulatedWorld) -> None:
    """Open another study, which may not end the session, until the session has ended by itself."""
    _start(simulation)
    simulation.start(USER, NEXT_SESSION, project="other", takes_over=False)
    simulation.run(20.0)
    simulation.stop(USER, SESSION)
    simulation.run(_READY_BY)
    simulation.start(USER, NEXT_SESSION, project="other", takes_over=False)
    simulation.run(_READY_BY)


def _two_starts_at_once(simulation: SimulatedWorld) -> None:
    simulation.start(USER, SESSION)
    simulation.start(USER, NEXT_SESSION, project="other")
    simulation.run(2 * _READY_BY)


def _called(simulation: SimulatedWorld) -> None:
    """Let a participant wait in line, and get the only place when another one ends."""
    simulation.start("bea", NEXT_SESSION)
    simulation.run(_READY_BY)
    simulation.start(USER, SESSION)
    simulation.run(10.0)
    simulation.stop("bea", NEXT_SESSION)
    simulation.run(90.0)


def _last_in_line(simulation: SimulatedWorld) -> None:
    """Let two come at once for the last place in line: one of them is refused after its claim."""
    simulation.start("bea", NEXT_SESSION)
    simulation.run(_READY_BY)
    simulation.start(USER, SESSION)
    simulation.start("cleo", LAST_SESSION)
    simulation.run(10.0)
    simulation.stop("bea", NEXT_SESSION)
    simulation.run(90.0)
    simulation.stop("cleo", LAST_SESSION)
    simulation.run(30.0)


def _takes_a_warm_server(simulation: SimulatedWorld) -> None:
    """Let a participant come when a warm server waits, which is replaced."""
    simulation.run(_A_SWEEP)
    simulation.start(USER, SESSION)
    simulation.run(_READY_BY)


def _stops_a_warm_server(simulation: SimulatedWorld) -> None:
    _takes_a_warm_server(simulation)
    simulation.stop(USER, SESSION)
    simulation.run(20.0)


def _loses_a_warm_server(simulation: SimulatedWorld) -> None:
    """Let AWS take the warm server away that a participant has."""
    _takes_a_warm_server(simulation)
    record = simulation.live(USER)
    for task in list(simulation.ecs.living.values()) if record is not None else ():
        if task.arn == (record["seen"]["attempt"] or {}).get("taskArn"):
            simulation.lives.lose_host(task)
    simulation.run(2 * _READY_BY)


def _takes_the_place_of_a_warm_server(simulation: SimulatedWorld) -> None:
    """Let a participant of another study come, whose server needs the only place."""
    simulation.run(_A_SWEEP)
    simulation.start(USER, SESSION, project="other")
    simulation.run(_READY_BY)


def _sweeps_warm_servers(simulation: SimulatedWorld) -> None:
    """Let the sweeper alone start a warm server, and remove it after its participant's session."""
    _stops_a_warm_server(simulation)
    simulation.run(2 * _A_SWEEP)


_SHORT_LINE = Settings(pace=QUICK, max_sessions=1, max_line=1)
_ONE_PLACE = Settings(pace=QUICK, max_sessions=1)
_SHARED = Settings(pace=QUICK, shared_cluster=True)
_BUSY_SCHEDULES = Settings(pace=QUICK, rates=Rates(busy_schedule=0.7))
_QUIET = Settings(pace=QUICK, schedules=False, events=False)

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("start", _start, START_SERVER),
        Scenario("start elsewhere", _restart_elsewhere, START_SERVER),
        Scenario("start elsewhere that waits", _waits_for_another_study, START_SERVER),
        Scenario("two starts at once", _two_starts_at_once, START_SERVER),
        Scenario("stop", _stop, STOP_SERVER),
        Scenario("stop while starting", _stop_while_starting, STOP_SERVER),
        Scenario("start while stopping", _stop_while_starting, START_SERVER),
        Scenario("delayed stop", _delayed_stop, STOP_SERVER),
        Scenario("task ends", _task_ends, STOP_SERVER),
        Scenario("interruption", _interrupted, STOP_SERVER),
        Scenario("host fails", _host_fails, STOP_SERVER),
        Scenario("start after a host failure", _host_fails, START_SERVER),
        Scenario("start across an upgrade", _started_before_the_upgrade, START_SERVER),
        Scenario("start with busy schedules", _start, START_SERVER, _BUSY_SCHEDULES),
        Scenario("stop with busy schedules", _stop, STOP_SERVER, _BUSY_SCHEDULES),
        Scenario("delayed stop with busy schedules", _delayed_stop, STOP_SERVER, _BUSY_SCHEDULES),
        Scenario("time is up", _time_is_up, STOP_SERVER),
        Scenario("sweep alone", _time_is_up, SWEEP_SESSIONS, _QUIET),
        Scenario("no participant is there", _no_participant_is_there, SWEEP_SESSIONS, _QUIET),
        Scenario("stop at once", _stop_at_once, START_SERVER),
        Scenario("start in a shared cluster", _start, START_SERVER, _SHARED),
        Scenario("early stop", _stop_just_after_the_crash, START_SERVER),
        Scenario("early stop in a shared cluster", _stop_just_after_the_crash, START_SERVER, _SHARED),
        Scenario("stop in a shared cluster", _stop, STOP_SERVER, _SHARED),
        Scenario("the next one is called", _called, START_SERVER, _ONE_PLACE),
        Scenario("a place is given back", _called, STOP_SERVER, _ONE_PLACE),
        Scenario("the line is full", _last_in_line, START_SERVER, _SHORT_LINE),
        Scenario("a warm server", _takes_a_warm_server, START_SERVER, warm=1),
        Scenario("a warm server with a limit", _takes_a_warm_server, START_SERVER, _ONE_PLACE, warm=1),
        Scenario("a warm server that makes room", _takes_the_place_of_a_warm_server, START_SERVER, _ONE_PLACE, warm=1),
        Scenario("a warm server that is stopped", _stops_a_warm_server, STOP_SERVER, warm=1),
        Scenario("a warm server that is lost", _loses_a_warm_server, STOP_SERVER, warm=1),
        Scenario("sweep warm servers", _sweeps_warm_servers, SWEEP_SESSIONS, _QUIET, warm=1),
        Scenario("sweep a shared cluster", _time_is_up, SWEEP_SESSIONS, replace(_QUIET, shared_cluster=True)),
    )
}


def simulate(scenario: Scenario, crashes: Iterable[CrashPoint] = (), seed: int = 0) -> SimulatedWorld:
    """Run a scenario with some crash points."""
    simulation = SimulatedWorld(seed, replace(scenario.settings, crash_points=frozenset(crashes)))
    _register(simulation, scenario.warm)
    scenario.play(simulation)
    return simulation


def _register(simulation: SimulatedWorld, warm: int) -> None:
    wants = {"warm": warm, "takesParticipant": True} if warm else {}
    simulation.register(entry("study", **wants), entry("other"))


def points(scenario: Scenario, seed: int = 0, before: Sequence[CrashPoint] = ()) -> Iterator[CrashPoint]:
    """Yield every crash point of a run, retries included, after the points in `before`."""
    passed: list[Process] = []
    simulation = SimulatedWorld(seed, replace(scenario.settings, crash_points=frozenset(before)))
    _register(simulation, scenario.warm)
    simulation.lambdas.ended.append(passed.append)
    scenario.play(simulation)
    if before:
        simulation.run(_RETRIED_BY)
    done = {point.invocation for point in before}
    for process in passed:
        if process.function != scenario.kills or process.invocation <= max(done, default=0):
            continue
        for call in range(1, process.calls + 1):
            for side in (BEFORE, AFTER):
                yield CrashPoint(scenario.kills, process.invocation, call, side)


def faults_of(simulation: SimulatedWorld) -> list[str]:
    """Let the session settle, then run until its time is up; return the faults of both."""
    simulation.run(_SETTLED_BY)
    wrong = [] if settled(simulation) else ["it settled neither ready nor with nothing left"]
    _register(simulation, 0)  # no warm server waits any more
    simulation.run_to_the_end(_OVER_BY)
    wrong += [f"never removed: {left}" for left in simulation.monitor.leftovers()]
    return wrong + [str(violation) for violation in simulation.monitor.violations]


def settled(simulation: SimulatedWorld) -> bool:
    """Return whether one ready server with one name that points to it exists, or nothing at all."""
    record = simulation.live(USER)
    warm = [other for other in simulation.monitor.live.values() if is_warm(other["userId"])]
    if record is None:
        waits = [other for other in warm if other["wanted"] == "running" and "takenBy" not in other]
        return bool(waits) or not simulation.monitor.leftovers()
    own = record["seen"].get("warm", record)["sessionId"]
    living = [task for task in simulation.ecs.living.values() if task.session_id == own]
    address = simulation.route53.address(name_of(record))
    return (
        record["wanted"] == "running"
        and record["seen"]["readyAt"] is not None
        and len(living) == 1
        and living[0].answers
        and living[0].interface is not None
        and living[0].interface.public_ip == address
    )
