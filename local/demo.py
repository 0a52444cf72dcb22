"""`make demo`: deploys the product on this machine, runs a study, checks it, removes everything.

    deploy       an isolated local cloud, the real Terraform root, the example study
    walk         three participants in parallel, each with a habit that studies must tolerate
    look         while they play: each participant has one session with all of its resources
    compare      each participant's stored records with what the participant did
    wait         until every resource of the sessions is gone

The exit code is 0 only if every check holds.
"""

from __future__ import annotations

import json
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from hippo_cli.rehearsal.next_client import FINAL_STEP, VisitError
from local import deployment, function_logs, study
from local.checks import Checks
from local.cloud import Cloud
from local.failures import LocalCloudError
from local.inspection import Inspector, Snapshot
from local.participants import Habit, Persona, Surroundings, Visit, walk
from local.places import DEFAULT_STATE_DIR
from local.player import Dialect, GameError
from local.presentation import Presentation

PERSONAS = (
    Persona("Ada", "5f3c9d7e1b2a4c6d8e0f1a2b", Habit.REFRESHES, Dialect.NEW),  # a Prolific id
    Persona("Ben", "0b9f2c4e-6a1d-4f3b-8c5e-7d2a1f0e9b8c", Habit.SUBMITS_TWICE, Dialect.OLD),  # a UUID
    Persona("Chidi", "A3QX7KLM9ZP2T1", Habit.CHANGES_CASE, Dialect.NEW),  # an MTurk worker id
)
_CLEAN_SECONDS = 60.0
_EXPECTED_WHILE_PLAYING = {
    "ECS clusters": 1,
    "ECS tasks": 1,
    "DNS records (A, TXT)": 2,
    "Stop schedules": 1,
    "Live session records": 1,
}


def run(state_dir: Path = DEFAULT_STATE_DIR / "demo", *, fresh: bool = False) -> int:
    """Run the demo on a separate cloud, not the one of `make up`; return the exit code.

    Args:
        state_dir: folder of the demo's cloud, which is stopped even if the demo fails.
        fresh: let terraform apply the root even if there is a deployment to copy.
    """
    console = Console()
    # Without a terminal no width is required, and a log is easier to read unfolded.
    show = Presentation(console if console.is_terminal else Console(width=140))
    cloud = Cloud(state_dir, ephemeral=True)
    shutil.rmtree(cloud.logs, ignore_errors=True)
    try:
        with _terminable():
            return Demo(cloud, show, fresh=fresh).run()
    except LocalCloudError as error:
        show.failure(str(error), str(cloud.logs))
        return 1
    except KeyboardInterrupt:
        show.failure("Interrupted; stopping the local cloud.", str(cloud.logs))
        return 130
    finally:
        show.close()
        function_logs.save(cloud)
        cloud.stop()


class Demo:
    """One run."""

    def __init__(self, cloud: Cloud, show: Presentation, *, fresh: bool = False) -> None:
        self._cloud = cloud
        self._fresh = fresh
        self._show = show
        self._checks = Checks()
        self._lock = threading.Lock()
        self._peak: Counter[str] = Counter()

    def run(self) -> int:
        """Deploy, walk, check, clean up; return the exit code."""
        self._show.heading("Deploying")
        project = self._deploy()
        inspector = Inspector(self._cloud)
        self._show.heading(f"{len(PERSONAS)} participants, in parallel")
        visits = self._walk_all(project, inspector)
        stored = {visit.persona.key: self._compare(visit, project, inspector) for visit in visits}
        self._check_together(visits, project, inspector)
        self._show.visits(visits, stored)
        self._show.heading("Cleaning up")
        self._wait_until_clean(project["id"], inspector, sum(visit.play is not None for visit in visits))
        self._show.verdict(self._checks.all, str(self._cloud.logs))
        return 1 if self._checks.failed or not self._checks.all else 0

    # --- deploy
    # -------------------------------------------------------------------------------------------------

    def _deploy(self) -> dict[str, Any]:
        """Deploy everything; return the study's project."""
        began = time.monotonic()
        deployment.deploy(self._cloud, self._show.line, fresh=self._fresh)
        self._show.line("Submitting the example study with hippo, with a researcher's permissions")
        (project,) = study.submit_studies(self._cloud, study.EXAMPLE)
        resources = resource_counts(self._cloud)
        functions = self._cloud.outputs["function_names"]
        copy_of = self._cloud.state.copy_of
        rows = {
            "Applied": f"at {copy_of}; this is a copy" if copy_of else "by terraform, just now",
            "Terraform": f"{sum(resources.values())} resources of {len(resources)} types",
            "Functions": ", ".join(sorted(functions.values())),
            "Participants' API": self._cloud.next_url,
            "Study": f"{project['id']} ({len(project['steps'])} steps)",
        }
        rows |= {f"Time: {part}": f"{seconds:.1f} s" for part, seconds in self._cloud.state.seconds.items()}
        rows["Time: total"] = f"{time.monotonic() - began:.1f} s"
        self._show.deployed(rows)
        self._checks.that(
            "The study is published with a version that participants keep",
            bool(project.get("version")),
            expected="a version",
            found=str(project.get("version")),
        )
        return project

    # --- walk
    # ---------------------------------------------------------------------------------------------------

    def _walk_all(self, project: dict[str, Any], inspector: Inspector) -> list[Visit]:
        """Let every participant walk, each in a thread; an error becomes a failed check."""
        around = Surroundings(
            next_url=self._cloud.next_url,
            project_id=project["id"],
            root_domain=self._cloud.outputs["root_domain"],
            resolve=inspector.address_of,
            port=project.get("port", 5000),
            on_step=lambda visit, doing: self._show.doing(visit.persona.name, doing),
            on_playing=lambda visit: self._look(visit, inspector),
        )
        visits = [Visit(persona) for persona in PERSONAS]
        threads = [threading.Thread(target=self._walk, args=(visit, around), daemon=True) for visit in visits]
        with self._show.participants():
            for thread in threads:
                thread.start()
            for thread in threads:
                while thread.is_alive():  # a join without a limit would not hear Ctrl-C on every system
                    thread.join(0.5)
        return visits

    def _walk(self, visit: Visit, around: Surroundings) -> None:
        name = f"{visit.persona.name} gets from the first page to the last"
        try:
            walk(visit.persona, around, visit)
        except (VisitError, GameError) as error:
            self._show.doing(visit.persona.name, f"cannot continue: {error}")
            self._checks.that(name, False, expected="no error", found=str(error))
        except Exception as error:  # noqa: BLE001 - the demo must show any error and fail
            self._show.doing(visit.persona.name, "cannot continue")
            self._checks.that(name, False, expected="no error", found=f"{type(error).__name__}: {error}")

    def _look(self, visit: Visit, inspector: Inspector) -> None:
        """Check, while a participant is connected, that each session resource exists once."""
        who, user_id = visit.persona.name, visit.persona.key
        host = f"{user_id}.{self._cloud.outputs['root_domain']}"
        snapshot = inspector.snapshot()
        with self._lock:
            for kind, count in snapshot.counts().items():
                self._peak[kind] = max(self._peak[kind], count)
        try:
            session_id = str(inspector.live_session(user_id)["sessionId"])
        except LookupError as error:
            self._checks.that(f"{who}'s session has a record", False, expected="one", found=str(error))
            return
        found = snapshot.of_session(session_id, host, user_id)
        self._checks.equal(f"While {who} plays, their session has all of its resources", _EXPECTED_WHILE_PLAYING, found)

    # --- compare
    # ------------------------------------------------------------------------------------------------

    def _compare(self, visit: Visit, project: dict[str, Any], inspector: Inspector) -> str:
        """Compare a participant's stored records with the visit; return a summary of answers."""
        who, key = visit.persona.name, visit.persona.key
        self._checks.equal(f"{who} sees every step once, in order", expected_steps(project["steps"]), visit.steps)
        self._checks.none_of(f"{who}'s habit ({visit.persona.habit}) is harmless", visit.faults)
        self._checks.that(
            f"{who} plays the game to its end",
            visit.play is not None and visit.play.done and visit.play.frames > 0,
            expected="frames, then `done`",
            found=f"{visit.play.frames} frames, done: {visit.play.done}" if visit.play else "no game",
        )
        trials = inspector.keys(f"{project['id']}/Trials/{key}/")
        self._checks.that(
            f"{who}'s game is recorded",
            bool(trials),
            expected="objects under Trials/",
            found=f"{len(trials)} objects",
        )
        try:
            requests = inspector.participant(project["id"], key)["requests"]
        except LookupError as error:
            self._checks.that(f"{who}'s answers are stored", False, expected="a record", found=str(error))
            return "none"
        kept = accepted_answers(requests)
        for step, answers in visit.answers.items():
            self._checks.equal(f"{who}'s answers to step {step} are stored once", [answers], kept.get(step, []))
        pages = [answers for step in visit.answers for answers in kept.get(step, [])]
        return f"{len(pages)} pages, {sum(map(len, pages))} answers"

    def _check_together(self, visits: list[Visit], project: dict[str, Any], inspector: Inspector) -> None:
        """Check what concerns all participants together."""
        servers = [visit.play.server for visit in visits if visit.play]
        self._checks.equal("Each participant has a separate server", len(PERSONAS), len(set(servers)))
        prefix = f"{project['id']}/Users/"
        found = sorted(key.removeprefix(prefix) for key in inspector.keys(prefix))
        self._checks.equal("Each has one record, by lower-case id", sorted(p.key for p in PERSONAS), found)

    # --- clean up
    # -----------------------------------------------------------------------------------------------

    def _wait_until_clean(self, project_id: str, inspector: Inspector, sessions: int) -> None:
        """Wait until the sessions' resources are gone, at most _CLEAN_SECONDS; then check."""
        began = time.monotonic()
        self._show.line("Waiting until the sessions' resources are gone")
        while True:
            snapshot = inspector.snapshot()
            ended = inspector.ended_sessions(project_id)
            processes = self._task_processes()
            clean = snapshot.is_empty and not processes and len(ended) >= sessions
            took = time.monotonic() - began
            if clean or took > _CLEAN_SECONDS:
                break
            time.sleep(0.5)
        self._check_clean(snapshot, processes, ended)
        now = {**snapshot.counts(), "Server processes": len(processes)}
        peak = {**self._peak, "Server processes": self._peak["ECS tasks"]}
        self._show.cleaned_up(peak, now, len(ended), took)

    def _check_clean(self, snapshot: Snapshot, processes: list[str], ended: list[dict[str, Any]]) -> None:
        for kind, names in snapshot.by_kind().items():
            self._checks.none_of(f"{kind}: none left", names)
        self._checks.none_of("Server processes: none left", processes)
        self._checks.equal(
            "Each participant had one session, and its record says that it ended",
            sorted(persona.key for persona in PERSONAS),
            sorted(session["userId"] for session in ended),
        )
        self._checks.none_of(
            "No session failed", [f"{s['userId']}: {s.get('reason')}" for s in ended if s.get("failed")]
        )

    def _task_processes(self) -> list[str]:
        containers = [container for task in self._cloud.fargate.tasks() for container in task["containers"]]
        return [f"process {container['pid']}" for container in containers if container["pid"] is not None]


def expected_steps(steps: dict[str, Any]) -> list[str]:
    """Return a project's steps in numerical order, then the final step, which every study has."""
    numbers = sorted(int(key) for key in steps if key != FINAL_STEP)
    return [*map(str, numbers), FINAL_STEP]


def accepted_answers(requests: list[dict[str, Any]]) -> dict[str, list[dict[str, str]]]:
    """Return, by step, the bodies of the requests in a participant record that completed a step."""
    found: dict[str, list[dict[str, str]]] = {}
    for request in requests:
        if request.get("accepted") and request.get("body"):
            found.setdefault(request["step"], []).append(json.loads(request["body"]))
    return found


def resource_counts(cloud: Cloud) -> Counter[str]:
    """Count the resources of each type in Terraform's state."""
    state = json.loads((cloud.state_dir / "terraform" / "terraform.tfstate").read_text())
    counts: Counter[str] = Counter()
    for resource in state["resources"]:
        if resource["mode"] == "managed":
            counts[resource["type"]] += len(resource["instances"])
    return counts


@contextmanager
def _terminable() -> Iterator[None]:
    """Clean up on SIGTERM, which CI runners send, as on Ctrl-C."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
