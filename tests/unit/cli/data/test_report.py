"""A report counts correctly, and is one page without scripts and participants' ids."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import boto3
import pytest

from hippo_cli.data import counting
from hippo_cli.data.collecting import Collected, collect
from hippo_cli.data.counting import Share, spread
from hippo_cli.data.reporting import report
from hippo_common.words import between, duration, money
from tests.support.moto_world import REGION
from tests.unit.cli.data.commands import Place, run_hippo
from tests.unit.cli.data.field import STUDY, Field, no_progress, session_record
from tests.unit.cli.data.test_old_records import visit

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def collected(field: Field) -> Collected:
    return collect(field.s3, field.bucket, STUDY, field.clock.now(), no_progress)


def page_of(field: Field, folder: Path) -> str:
    place: Any = Place(field.s3, field.bucket)
    report(place, STUDY, folder / "report.html", field.clock.now(), no_progress)
    return (folder / "report.html").read_text(encoding="utf-8")


def go_through(field: Field, user: str, answers: int, seconds: float = 10, form: Any = None) -> None:
    """Make a participant answer a number of steps, and play the game when they reach it."""
    field.get(user)
    for _ in range(answers):
        field.passes(seconds=seconds)
        if field.entry["steps"].get(field.record(user)["step"]) == "game":
            field.server_is("ready", user)
            field.get(user)
            field.get(user)
            field.server_is("gone", user)
        else:
            field.post(user, form)


def put_session(field: Field, number: int, **changes: Any) -> None:
    """Store the record of an ended server; `ready` is in seconds, None if it never was."""
    at = NOW + timedelta(minutes=number)
    name = f"20261122-{number:016x}"
    ready, ran = changes.pop("ready", 40), changes.pop("ran", 600)
    seen = {
        "readyAt": None if ready is None else (at + timedelta(seconds=ready)).isoformat(),
        "attempt": {
            "number": 1,
            "capacityProvider": changes.pop("capacity", "FARGATE"),
            "notBefore": at.isoformat(),
            "taskArn": "arn:aws:ecs:ca-central-1:123456789012:task/a/b",
        },
    }
    record = session_record(name, f"user-{number}", at.isoformat()) | {
        "wanted": "stopped",
        "seen": seen,
        "endedAt": (at + timedelta(seconds=ran)).isoformat(),
    }
    field.put(f"_sessions/ended/{STUDY}/2026-11-22/{name}.json", json.dumps(record | changes))


def a_study(**changes: Any) -> Field:
    return Field(steps={"1": "a.html", "2": "b.html", "finalStep": "c.html"}, start=None, ecsTask=None, **changes)


# --- counts ---


def test_the_funnel_counts_who_reached_left_and_is_at_each_step() -> None:
    field = a_study()
    for user, answers in {"ada": 0, "bob": 1, "cleo": 2}.items():
        go_through(field, user, answers)
    field.passes(hours=25)
    for user, answers in {"dan": 0, "eve": 1}.items():
        go_through(field, user, answers)
    found = collected(field)
    (layout,) = counting.layouts(found.people, found.current)
    counts = [(step.name, step.reached, step.left, step.there) for step in layout.steps]
    assert counts == [("1", 5, 1, 1), ("2", 3, 1, 1), ("finalStep", 1, 0, 0)]
    assert layout.people == 5


def test_the_time_on_a_step_covers_those_who_continued() -> None:
    field = a_study()
    for user, seconds in {"ada": 10, "bob": 20, "cleo": 60}.items():
        go_through(field, user, 1, seconds)
    found = collected(field)
    first, second, _ = counting.layouts(found.people, found.current)[0].steps
    assert first.seconds is not None
    assert (first.seconds.n, first.seconds.median) == (3, 20)
    assert second.seconds is None


def test_an_exit_is_neither_left_nor_finished() -> None:
    exits = {"refused": {"step": 1, "field": "q", "values": ["no"], "page": "bye.html"}}
    field = a_study(exits=exits)
    go_through(field, "ada", 1, form={"q": "no"})
    go_through(field, "bob", 2, form={"q": "yes"})
    found = collected(field)
    (layout,) = counting.layouts(found.people, found.current)
    assert [(step.reached, step.exited) for step in layout.steps] == [(2, 1), (1, 0), (1, 0)]
    assert counting.exits(found.people) == [("refused", 1)]


def test_who_is_screened_out_is_counted_apart(tmp_path: Path) -> None:
    field = a_study(requires={"gamepad": True})
    field.get("ada")
    field.post("ada", step="1", device='{"gaveUp":true}')
    go_through(field, "bob", 1)
    text = Reader(page_of(field, tmp_path)).text
    assert "Screened out 1 50% of all: their device does not meet requires" in text
    assert "Left before the end 0" in text
    assert "Took an exit 1" not in text


def test_only_versions_with_the_same_steps_are_counted_together() -> None:
    field = a_study(version="0" * 16)
    go_through(field, "ada", 1)
    field.register(version="1" * 16, steps=field.entry["steps"], start=None, ecsTask=None, name="Another name")
    go_through(field, "bob", 1)
    field.register(version="2" * 16, steps={"1": "new.html"}, start=None, ecsTask=None)
    go_through(field, "cleo", 0)
    found = collected(field)
    layouts = counting.layouts(found.people, found.current)
    assert [(layout.people, len(layout.versions)) for layout in layouts] == [(2, 2), (1, 1)]


def test_completion_of_a_group_counts_known_outcomes() -> None:
    field = a_study(pages={"a-1.html": "variant"})
    for number in range(12):
        go_through(field, f"user-{number}", 2 if number % 3 else 0)
    field.passes(hours=25)
    go_through(field, "late", 1)
    (grouping,) = counting.groupings(collected(field).people)
    assert grouping.members == 13
    assert sum(group.finished.part for group in grouping.groups) == 8
    assert sum(group.finished.n for group in grouping.groups) == 12


def test_participants_of_the_old_system_are_counted_without_a_group(field: Field) -> None:
    field.register(pages={"1_consent-1.html": "variant"})
    old = visit(collected(field).current.project, [2], [10], 2)
    field.put(f"{STUDY}/Users/OLD", json.dumps(old.record()))
    found = collected(field)
    assert len(found.people) == 1
    assert counting.waits(found.people) == (20,)
    assert counting.groupings(found.people) == []


def test_a_continued_record_is_counted_once(field: Field) -> None:
    old = visit(collected(field).current.project, [0], [10], 1)
    field.put(f"{STUDY}/Users/OLD", json.dumps(old.record()))
    field.get("OLD")
    assert len(collected(field).people) == 1


def test_servers_are_counted_by_result(field: Field) -> None:
    put_session(field, 1, ready=30)
    put_session(field, 2, ready=50)
    put_session(field, 3, ready=None, failed=True, reason="no room for user-3 in arn:aws:ecs:x:1:task/abc")
    put_session(field, 4, ready=None, failed=True, reason="no room for user-4 in arn:aws:ecs:x:1:task/def")
    put_session(field, 5, ready=None)
    admitted = (NOW + timedelta(minutes=6, seconds=25)).isoformat()
    put_session(field, 6, ready=65, counted=True, admittedAt=admitted)
    found = counting.servers(collected(field).sessions)
    assert (found.n, found.ready, found.failed, found.unused) == (6, 3, 2, 1)
    assert sorted(found.start) == [30, 40, 50]
    assert list(found.in_line) == [25]
    assert list(found.reasons) == [("no room for … in …", 2)]
    assert found.max_at_once == 6


def test_unreadable_records_are_counted(field: Field) -> None:
    field.put(f"{STUDY}/Users/broken", "{")
    field.put(f"_sessions/ended/{STUDY}/2026-11-22/20261122-0000000000000001.json", "{}")
    field.put(f"_sessions/ended/{STUDY}/2026-11-22/20261122-0000000000000002.json", "{")
    assert collected(field).unreadable == 3


@pytest.mark.parametrize(("span", "unit", "number"), [(5, "hour", 6), (24 * 9, "day", 10), (24 * 150, "week", 23)])
def test_the_unit_of_time_fits_the_span(span: int, unit: str, number: int) -> None:
    field = a_study()
    field.get("ada")
    field.passes(hours=span)
    field.get("bob")
    found, periods = counting.periods(collected(field))
    assert (found, len(periods)) == (unit, number)
    assert sum(period.participants for period in periods) == 2
    assert periods[0].participants == periods[-1].participants == 1


def test_shares_and_distributions_of_few_values() -> None:
    low, high = Share(3, 3).interval
    assert (round(low, 2), high) == (0.44, 1.0)
    assert Share(0, 0).interval == (0.0, 1.0)
    assert spread([]) is None
    one = spread([5.0])
    assert one is not None
    assert (one.n, one.median, one.low, one.high) == (1, 5, 5, 5)


# --- the page ---


class Reader(HTMLParser):
    """Reads a page: its elements, its text, and every id and reference."""

    VOID = frozenset({"meta", "br", "path", "use", "rect", "line", "circle", "polyline", "polygon"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in {"style", "defs"}:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def a_full_study() -> Field:
    field = Field(name="<script>alert(1)</script> & more", pages={"1_consent-1.html": "variant"})
    for number in range(8):
        go_through(field, f"user-{number}", number % 4)
        put_session(field, number, ready=30 + number, capacity="FARGATE_SPOT" if number % 2 else "FARGATE")
    put_session(field, 9, ready=None, failed=True, reason="<b>no</b> room")
    field.passes(days=3)
    go_through(field, "zoe", 1)
    return field


def test_the_page_loads_nothing_runs_nothing_and_names_no_participant(tmp_path: Path) -> None:
    text = page_of(a_full_study(), tmp_path)
    found = Reader(text)
    assert found.open == []
    assert not {"script", "link", "img", "iframe", "object", "image"} & set(found.tags)
    assert not [name for name, _ in found.attributes if name.startswith("on") or name in {"src", "srcset"}]
    references = [value for name, value in found.attributes if name in {"href", "xlink:href"}]
    assert all(value.startswith("#") for value in references)
    assert "url(http" not in text
    assert "@import" not in text
    assert not re.search(r"user-\d|zoe", found.text)
    assert "&lt;script&gt;alert(1)" in text


def test_every_diagram_has_an_alternative_text(tmp_path: Path) -> None:
    text = page_of(a_full_study(), tmp_path)
    drawings = text.count("<svg")
    spoken = re.findall(r'role="img" aria-label="([^"]+)"', text)
    assert drawings == len(spoken) == 5
    assert all(len(words) > 20 for words in spoken)
    assert text.count("<figcaption>") == drawings


def test_ids_in_the_page_are_unique(tmp_path: Path) -> None:
    text = page_of(a_full_study(), tmp_path)
    for drawing in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ids = re.findall(r' id="([^"]+)"', drawing)
        assert len(ids) == len(set(ids))
        assert {one[1:] for one in re.findall(r'href="(#[^"]+)"', drawing)} <= set(ids)


def test_the_headline_numbers_name_their_totals(tmp_path: Path) -> None:
    text = Reader(page_of(a_full_study(), tmp_path)).text
    assert "Participants 9 1 in progress" in text
    assert "Finished 2 22% of all" in text
    assert "Left before the end 6 67% of all" in text
    assert "Servers 13 1 failed (8%)" in text


@pytest.mark.parametrize("people", [0, 1, 2])
def test_a_study_with_few_participants_has_a_page(tmp_path: Path, people: int) -> None:
    field = a_study()
    for number in range(people):
        go_through(field, f"user-{number}", number)
    text = Reader(page_of(field, tmp_path)).text
    assert ("The study has no participants yet" in text) == (people == 0)
    assert "nan" not in text.lower()


def test_participants_whose_page_could_not_connect_are_counted(tmp_path: Path) -> None:
    field = a_study()
    go_through(field, "user-1", 1)
    put_session(field, 1)
    assert "could not connect" not in Reader(page_of(field, tmp_path)).text
    key = f"{STUDY}/Users/user-1"
    record = json.loads(field.s3.get_object(Bucket=field.bucket, Key=key)["Body"].read())
    field.put(key, json.dumps(record | {"servers": {"begun": [], "unreachable": "20261122-0f3c5d7e9a1b2c4d"}}))
    assert "The pages of 1 participant could not connect to a server" in Reader(page_of(field, tmp_path)).text


def test_a_study_with_only_servers_has_a_page(field: Field, tmp_path: Path) -> None:
    put_session(field, 1, ready=None)
    assert "1 server in all: 0 became ready, 0 failed, 1 was stopped" in Reader(page_of(field, tmp_path)).text


def test_servers_are_billed_by_size_and_time(field: Field, tmp_path: Path) -> None:
    ecs = boto3.client("ecs", region_name=REGION)
    container: Any = {"name": "grid", "image": "image", "memory": 512}
    ecs.register_task_definition(family="grid", cpu="1024", memory="2048", containerDefinitions=[container])
    put_session(field, 1, ran=1800)
    put_session(field, 2, ran=1800)
    put_session(field, 3, ran=3600, capacity="FARGATE_SPOT")
    text = Reader(page_of(field, tmp_path)).text
    assert "Spot 1 1.0 1.0 2.0 about $" in text
    assert "on demand 2 1.0 1.0 2.0 $0.06" in text
    assert "list price" in text


def test_without_the_task_definition_only_hours_are_shown(field: Field, tmp_path: Path) -> None:
    put_session(field, 1, ran=1800)
    text = Reader(page_of(field, tmp_path)).text
    assert "on demand 1 0.5 0.0 0.0 \N{EN DASH}" in text
    assert "The size of 1 server is no longer known" in text


def test_a_page_that_cannot_be_written_is_an_error(field: Field, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run_hippo(field, "report", STUDY, "-o", str(tmp_path / "file" / "report.html"))
    assert ran.status == 1
    assert "cannot be written" in ran.errors


def test_the_summary_of_a_report_as_json(tmp_path: Path) -> None:
    ran = run_hippo(a_full_study(), "report", STUDY, "-o", str(tmp_path / "r.html"), "--json")
    summary = json.loads(ran.output)
    assert (summary["participants"], summary["finished"], summary["servers_failed"]) == (9, 2, 1)


@pytest.mark.parametrize(
    ("write", "value", "text"),
    [
        (duration, 0.0, "none"),
        (duration, 8.44, "8.4 s"),
        (duration, 59.7, "1 min 00 s"),
        (duration, 3599.6, "1 h 00 min"),
        (duration, 200_000.0, "2 d 8 h"),
    ],
)
def test_durations_are_formatted(write: Callable[[float], str], value: float, text: str) -> None:
    assert write(value) == text


def test_ranges_and_amounts_are_short() -> None:
    assert between(16, 42) == "16 to 42 s"
    assert between(820, 1070) == "13.7 to 17.8 min"
    assert between(3600, 9000) == "1.0 to 2.5 h"
    assert between(86_400, 864_000) == "1.0 to 10.0 d"
    assert money(0.001, estimated=True) == "less than $0.01"
    assert money(1234.5, estimated=True) == "about $1,234.50"
