"""Measures the product on the local cloud: 200 participants within a minute, and how long a warm server takes.

200 participants come within a minute, so that all are in the study at the same time, and read each page
for 12 to 24 seconds. The local cloud starts a process for each request that finds no idle one: most of
the CPU time of a burst would be those starts. An answer is lost if it was acknowledged and the
participant's record does not hold it as accepted, once.

A warm server is measured from the request that asks for a server to the first frame of the game. The
participant asks as often as the answer says (`askAgainAfter`).

All processes of the local cloud share this machine, so these times say less than those of AWS.
"""

from __future__ import annotations

import json
import math
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from bench.rows import Row, Setup, duration
from hippo_cli.rehearsal.next_client import Answer, NextClient, VisitError
from hippo_common import console
from local import deployment, study
from local.cloud import Cloud
from local.demo import accepted_answers
from local.inspection import Inspector
from local.player import Seat, play

COMMAND: Final = "make bench BENCH_ARGS='--only local'"
PARTICIPANTS: Final = 200
PAGES: Final = 5
WARM_PARTICIPANTS: Final = 20
_COME: Final = 60.0
_READS: Final = (12.0, 24.0)
_SECONDS: Final = 300.0
_PAGE: Final = "<h1>Page {number}</h1><form><input name=answer required></form>" + "<p>Some text.</p>" * 60


@dataclass
class Crowd:
    """The participants of one measurement: seconds of each request, errors, and answers by user and step."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    answers: dict[str, dict[str, str]] = field(default_factory=dict)
    took: float = 0.0


def rows(setup: Setup) -> Iterator[Row]:
    """Yield the rows; none if only counts are measured."""
    if setup.counts_only:
        return
    with tempfile.TemporaryDirectory(prefix="hippo-bench-") as name:
        cloud = Cloud(Path(name) / "cloud", ephemeral=True)
        try:
            deployment.deploy(cloud)
            yield from _of_crowd(cloud, Path(name))
            yield from _of_warm_servers(cloud)
        finally:
            cloud.stop()


def _of_crowd(cloud: Cloud, folder: Path) -> Iterator[Row]:
    project_id, crowd = _pages_only(cloud, folder / "study"), Crowd()
    NextClient(cloud.next_url, project_id, "first").get()
    _walk_all(cloud, project_id, crowd)
    lost = _lost(Inspector(cloud), project_id, crowd)
    group = f"local API, {PARTICIPANTS} within a minute"
    for error in sorted(set(crowd.errors))[:3]:
        console.warn(f"{group}: {error}")
    yield Row(f"{group}: requests", len(crowd.seconds) / crowd.took, "a second", "time", COMMAND)
    yield from _times(group, crowd.seconds)
    yield Row(f"{group}: errors", len(crowd.errors), "requests", "time", COMMAND)
    yield Row(f"{group}: answers lost", lost, "answers", "time", COMMAND)


def _times(group: str, seconds: list[float]) -> Iterator[Row]:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive") if len(seconds) > 1 else [math.nan] * 99
    median = ("median", cuts[49])
    for share in (50, 95, 99):
        yield duration(f"{group}: p{share}", cuts[share - 1], "s", COMMAND, median)


def _pages_only(cloud: Cloud, folder: Path) -> str:
    """Register a study of pages, whose game no participant reaches; return its id."""
    folder.mkdir()
    files = {str(number): f"{number}_page.html" for number in range(1, PAGES + 2)}
    for number, file in files.items():
        (folder / file).write_text(_PAGE.format(number=number), encoding="utf-8")
    (folder / "5_thanks.html").write_text("<h1>Thanks</h1>", encoding="utf-8")
    project = study.read_config(study.EXAMPLE)["project"]
    game = str(PAGES + 2)
    steps = files | {game: "game", "finalStep": "5_thanks.html"}
    changes = {
        "id": "bench_pages",
        "steps": steps,
        "events": {"startServerStep": int(game), "stopServerStep": int(game)},
    }
    payload = study.project_payload({**project, **changes}, cloud.outputs["bucket"])
    study.upload_pages(cloud, folder, "bench_pages")
    study.register_container(cloud, study.EXAMPLE, payload)
    study.register_project(cloud, payload)
    return "bench_pages"


def _walk_all(cloud: Cloud, project_id: str, crowd: Crowd) -> None:
    chance = random.Random(1)  # noqa: S311 - reading times
    plans = [
        (f"user-{number}", chance.uniform(0, _COME), [chance.uniform(*_READS) for _ in range(PAGES)])
        for number in range(PARTICIPANTS)
    ]
    began = time.monotonic()
    with ThreadPoolExecutor(PARTICIPANTS) as pool:
        list(pool.map(lambda plan: _walk(cloud.next_url, project_id, crowd, *plan), plans))
    crowd.took = time.monotonic() - began


def _walk(url: str, project_id: str, crowd: Crowd, user: str, comes: float, pauses: list[float]) -> None:
    """Load the study and answer its pages; every answer is another text."""
    client = NextClient(url, project_id, user)
    time.sleep(comes)
    crowd.answers[user] = {}
    _timed(crowd, client.get)
    for number, pause in enumerate(pauses, start=1):
        time.sleep(pause)
        text = f"{user}, page {number}"
        answer = _timed(crowd, lambda: client.post({"answer": text}, str(number)))  # noqa: B023 - called at once
        if answer is not None:
            crowd.answers[user][str(number)] = text


def _timed(crowd: Crowd, ask: Callable[[], Answer]) -> Answer | None:
    began = time.monotonic()
    try:
        answer = ask()
    except VisitError as error:
        crowd.errors.append(str(error))
        return None
    crowd.seconds.append(time.monotonic() - began)
    if answer.more.get("retry") or "notice" in answer.more:
        crowd.errors.append(answer.page)
    return answer


def _lost(inspector: Inspector, project_id: str, crowd: Crowd) -> int:
    """Count the acknowledged answers that their participants' records do not hold, or hold twice."""

    def missing(user: str) -> int:
        given = crowd.answers[user]
        try:
            kept = accepted_answers(inspector.participant(project_id, user)["requests"])
        except LookupError:
            return len(given)
        return sum(kept.get(step) != [{"answer": text}] for step, text in given.items())

    return sum(map(missing, crowd.answers))


def _of_warm_servers(cloud: Cloud) -> Iterator[Row]:
    """Yield how long participants who find a warm server wait, one after the other."""
    study.deploy_study(cloud, warm=2)
    cloud.client("events").disable_rule(Name=f"{cloud.outputs['name']}_sweep_sessions")
    function = cloud.outputs["function_names"]["sweep_sessions"]
    cloud.client("lambda").invoke(FunctionName=function, Payload=b"{}")
    inspector = Inspector(cloud)
    found = []
    for number in range(WARM_PARTICIPANTS):
        _until(lambda: _waiting(inspector, cloud), "a warm server waits")
        found.append(_plays(cloud, inspector, f"warm-{number}"))
    yield from _times("local cloud, a warm server: asked → first frame", found)


def _waiting(inspector: Inspector, cloud: Cloud) -> bool:
    """Return whether a ready server waits for a participant."""
    for key in inspector.keys("_sessions/live/hippo-warm-"):
        body = cloud.client("s3").get_object(Bucket=cloud.outputs["bucket"], Key=key)["Body"].read()
        record: Mapping[str, Any] = json.loads(body)
        if record["seen"]["readyAt"] and "takenBy" not in record and record["wanted"] == "running":
            return True
    return False


def _plays(cloud: Cloud, inspector: Inspector, user: str) -> float:
    """Take part until the game is connected; return the seconds since the server was asked for."""
    client = NextClient(cloud.next_url, study.read_config(study.EXAMPLE)["project"]["id"], user)
    client.get()
    began = time.monotonic()
    client.post({"consent": "yes"}, "1")  # the start step: asks for the server
    answer = client.post({"read": "yes"}, "2")
    while not answer.shows_game:
        if time.monotonic() - began > _SECONDS:
            raise TimeoutError(f"{user} gets no server: {answer}")
        time.sleep(float(answer.more["wait"]["askAgainAfter"]))
        answer = client.get("3")
    url = str(answer.more["server"]["url"]).replace("wss:", "ws:", 1)  # the local cloud has no certificate
    connected: list[float] = []
    seat = Seat(inspector.address_of(urlsplit(url).hostname or ""), url, user, "grid_world", urlsplit(url).port or 5000)
    play(seat, lambda: connected.append(time.monotonic() - began))
    if not inspector.live_session(user)["seen"].get("warm"):
        raise ValueError(f"{user} did not get a warm server")
    client.get()
    return connected[0]


def _until(happened: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _SECONDS
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {_SECONDS:g} s: {what}")
        time.sleep(0.2)
