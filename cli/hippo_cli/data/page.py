"""Renders a report as one HTML page, without scripts and external files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from hippo_cli import __version__
from hippo_cli.data import clip_counts, counting, figures
from hippo_cli.data.collecting import Collected, Person
from hippo_cli.data.costs import Costs
from hippo_cli.data.counting import GroupCount, Grouping, Layout, ServerCounts, Share, Spread, StepCount
from hippo_cli.data.drawing import WHISKERS
from hippo_cli.data.game_report import section
from hippo_cli.data.game_report.section import Games
from hippo_cli.data.journeys import Outcome
from hippo_common.words import between, count, day, duration, money
from hippo_gym.studies.devices import SCREENED_OUT
from hippo_gym.studies.projects import GAME, HASH

_MAX_LAYOUTS: Final = 3
_MAX_REASONS: Final = 8
_NOTHING: Final = "\N{EN DASH}"
_ENOUGH: Final = 5


def render(collected: Collected, costs: Costs, now: datetime, games: Games | None = None) -> str:
    """Return the page.

    Args:
        collected: the data of the report.
        costs: what the servers have used.
        now: the time of the report.
        games: what was played; None: no games.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("hippo_cli", "data"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.jinja").render(
        _context(collected, costs, now) | {"games": section.context(games or Games(), _svg), "whiskers": WHISKERS}
    )


def _context(collected: Collected, costs: Costs, now: datetime) -> dict[str, Any]:
    people, sessions = collected.people, collected.sessions
    layouts = counting.layouts(people, collected.current)
    servers = counting.servers(sessions)
    waits = counting.waits(people)
    started = [person.started for person in people if person.started is not None]
    return {
        "name": collected.name,
        "project_id": collected.project_id,
        "span": _span(started),
        "made_at": f"{day(now)}, {now:%H:%M} UTC",
        "problems": collected.problems,
        "headline": _headline(collected, servers, waits, costs),
        "people": len(people),
        "has_game": GAME in collected.current.project.steps.values(),
        "layouts": [_layout(layout, only=len(layouts) == 1) for layout in layouts[:_MAX_LAYOUTS]] if people else [],
        "more_layouts": _more_layouts(layouts[_MAX_LAYOUTS:]),
        "groupings": [_grouping(grouping) for grouping in counting.groupings(people)],
        "group_note": _group_note(len(people), sum(bool(person.groups) for person in people)),
        "conditions": [_grouping(grouping) for grouping in counting.conditions(people)],
        "condition_note": _condition_note(people),
        "servers": _servers(servers, waits, sum(person.unreachable for person in people))
        if sessions or waits
        else None,
        "over_time": _over_time(collected) if people or sessions else None,
        "costs": _costs(costs) if costs.usage else None,
        "comparisons": clip_counts.context(person.judged for person in people),
        "left_out": _left_out(len(collected.left_out)),
        "unreadable": count(collected.unreadable, "record") if collected.unreadable else "",
        "unreadable_is_one": collected.unreadable == 1,
        "version": __version__,
    }


def _headline(
    collected: Collected, servers: ServerCounts, waits: Sequence[float], costs: Costs
) -> list[dict[str, str]]:
    people = collected.people
    found = counting.outcomes(people)
    finished, left, inside = found[Outcome.FINISHED], found[Outcome.LEFT], found[Outcome.IN_PROGRESS]
    seconds = counting.spread(
        person.seconds for person in people if person.outcome is Outcome.FINISHED and person.seconds is not None
    )
    numbers = [_number("Participants", f"{len(people):,}", f"{inside:,} in progress" if people else "")]
    if people:
        numbers.append(_number("Finished", f"{finished:,}", f"{_percent(Share(finished, len(people)))} of all"))
        numbers.append(_number("Left before the end", f"{left:,}", f"{_percent(Share(left, len(people)))} of all"))
    screened = sum(person.exit == SCREENED_OUT for person in people)
    if screened:
        of_all = f"{_percent(Share(screened, len(people)))} of all: their device does not meet requires"
        numbers.append(_number("Screened out", f"{screened:,}", of_all))
    taken = [(name, number) for name, number in counting.exits(people) if name != SCREENED_OUT]
    if taken:
        total = sum(number for _, number in taken)
        named = ", ".join(f"{name} {number:,}" for name, number in taken)
        numbers.append(_number("Took an exit", f"{total:,}", f"{_percent(Share(total, len(people)))} of all: {named}"))
    if seconds is not None:
        numbers.append(_number("Time to finish, median", duration(seconds.median), _half(seconds)))
    if servers.n:
        share = Share(servers.failed, servers.n)
        numbers.append(_number("Servers", f"{servers.n:,}", f"{servers.failed:,} failed ({_percent(share)})"))
    waited = counting.spread(waits)
    if waited is not None:
        more = f"95% within {duration(waited.ninety_fifth)}, n = {waited.n}"
        numbers.append(_number("Wait for the game, median", duration(waited.median), more))
    if costs.total is not None:
        each = costs.total.total / finished if finished else None
        more = "" if each is None else f"{money(each, estimated=False)} for each who finished"
        numbers.append(_number("Cost of servers", money(costs.total.total, estimated=costs.total.estimated), more))
    return numbers


def _number(name: str, value: str, more: str = "") -> dict[str, str]:
    return {"name": name, "value": value, "more": more}


def _layout(layout: Layout, *, only: bool) -> dict[str, Any]:
    timed = [step for step in layout.steps if step.seconds is not None]
    title = "" if only else f": {_versions(layout)}, {count(layout.people, 'participant')}"
    return {
        "title": title,
        "people": layout.people,
        "funnel": _svg(figures.funnel(layout)),
        "funnel_alt": "Bar chart of participants by step. " + "; ".join(_reached(step) for step in layout.steps),
        "steps": [_step(step) for step in layout.steps],
        "has_exits": any(step.exited for step in layout.steps),
        "worst": _worst(layout),
        "times": _svg(figures.step_times(layout)) if timed else None,
        "times_alt": "Box plots of the time on each step. " + "; ".join(_took(step) for step in timed),
    }


def _step(step: StepCount) -> dict[str, Any]:
    share = f" ({_percent(Share(step.left, step.reached))})" if step.left else ""
    return {
        "name": "final" if step.name == "finalStep" else step.name,
        "file": step.file or "a plain thank-you page",
        "reached": f"{step.reached:,}",
        "left": f"{step.left:,}{share}",
        "exited": f"{step.exited:,}",
        "there": f"{step.there:,}",
        "median": _NOTHING if step.seconds is None else duration(step.seconds.median),
        "middle": _NOTHING if step.seconds is None else _between(step.seconds),
        "n": len(step.times),
    }


def _reached(step: StepCount) -> str:
    return f"step {step.name} ({step.file or 'thanks'}): {step.reached} reached it, {step.left} left there"


def _took(step: StepCount) -> str:
    seconds = step.seconds
    return "" if seconds is None else f"step {step.name}: median {duration(seconds.median)}, n = {seconds.n}"


def _worst(layout: Layout) -> str:
    """Return a sentence on the step at which at least a third of those who left did so.

    Return an empty text if no step has that many.
    """
    worst = max(layout.steps, key=lambda step: step.left, default=None)
    total = sum(step.left for step in layout.steps)
    if worst is None or total < _ENOUGH or worst.left * 3 < total:
        return ""
    file = f" ({worst.file})" if worst.file else ""
    return f"Of the {total:,} who left, {worst.left:,} did so at step {worst.name}{file}."


def _versions(layout: Layout) -> str:
    names = [version or "no version" for version in layout.versions]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"{'versions' if len(names) > 1 else 'version'} {shown}" if layout.versions != (None,) else "without version"


def _more_layouts(layouts: Sequence[Layout]) -> str:
    if not layouts:
        return ""
    people = sum(layout.people for layout in layouts)
    return (
        f"The study had {count(len(layouts), 'further set')} of steps, with {count(people, 'participant')}; they are "
        "counted above, but have no diagram."
    )


def _grouping(grouping: Grouping) -> dict[str, Any]:
    known = sum(group.finished.n for group in grouping.groups)
    texts = [f"{grouping.called(group)}: {_percent(group.finished)} of {group.finished.n}" for group in grouping.groups]
    return {
        "title": grouping.condition or f"Steps with {len(grouping.groups)} groups",
        "head": "Group" if grouping.condition is None else "Value",
        "members": f"{grouping.members:,}",
        "groups": [_group(group, grouping.members) for group in grouping.groups],
        "completion": _svg(figures.completion(grouping)) if known else None,
        "alt": "Share of each group that finished. " + "; ".join(texts),
    }


def _group(group: GroupCount, members: int) -> dict[str, Any]:
    low, high = group.finished.interval
    return {
        "name": group.name,
        "members": f"{group.members:,}",
        "share": _percent(Share(group.members, members)),
        "finished": f"{group.finished.part:,}",
        "completion": _percent(group.finished) if group.finished.n else _NOTHING,
        "interval": f"{low:.0%} to {high:.0%}" if group.finished.n else _NOTHING,
        "median": _NOTHING if group.seconds is None else duration(group.seconds.median),
        "middle": _NOTHING if group.seconds is None else _between(group.seconds),
    }


def _group_note(people: int, grouped: int) -> str:
    if grouped == people:
        return ""
    others = count(people - grouped, "participant")
    return (
        f"In no group: {others} who began under the old system, which assigned groups differently, or with a version "
        "of the study without groups."
    )


def _condition_note(people: Sequence[Person]) -> str:
    if not any(person.assigned_by for person in people):
        return "The values are computed from participants' ids, so differences in the sizes are chance."
    by_hash = sum(person.assigned_by == HASH for person in people)
    if not by_hash:
        return "The study is balanced: a new participant gets the combination that has the fewest."
    return (
        f"The study is balanced, but {count(by_hash, 'participant')} began while the balance could not be written, and "
        "got values computed from the id."
    )


def _servers(servers: ServerCounts, waits: Sequence[float], unreachable: int) -> dict[str, Any]:
    kinds = [
        ("participants, for the game", waits),
        ("servers, until AWS ran them", servers.running),
        ("servers, until ready", servers.start),
        ("servers, for a place", servers.in_line),
    ]
    series = [(name, values) for name, values in kinds if values]
    table = [_wait(name, counting.spread(values)) for name, values in series]
    more = len(servers.reasons) - _MAX_REASONS
    texts = [f"{row['name']}: median {row['median']}, n = {row['n']}" for row in table]
    return {
        "summary": _summary(servers) + _unreachable(unreachable),
        "waiting": _svg(figures.waiting(series)) if series else None,
        "waiting_alt": "Curves of the share that waited no longer than a time. " + "; ".join(texts),
        "caption": "Share that waited no longer than a time. Participants: from reaching the game until it was shown. "
        "Servers: from the request until they had a place, and from then until AWS ran their container, and until they "
        "were ready.",
        "table": table,
        "reasons": servers.reasons[:_MAX_REASONS],
        "more_reasons": f"And {count(more, 'further reason')}." if more > 0 else "",
    }


def _unreachable(people: int) -> str:
    if not people:
        return ""
    return (
        f" The pages of {count(people, 'participant')} could not connect to a server at first, or at all: "
        "the network may block the game's port."
    )


def _summary(servers: ServerCounts) -> str:
    if servers.n == 0:
        return "No server has ended yet."
    parts = [f"{servers.ready:,} became ready", f"{servers.failed:,} failed"]
    if servers.unused:
        parts.append(f"{servers.unused:,} {'was' if servers.unused == 1 else 'were'} stopped before that")
    at_once = f" At most {servers.max_at_once:,} ran at the same time." if servers.max_at_once else ""
    return f"{count(servers.n, 'server')} in all: {', '.join(parts)}.{at_once}"


def _wait(name: str, found: Spread | None) -> Mapping[str, Any]:
    if found is None:
        return {}
    return {
        "name": name,
        "n": found.n,
        "median": duration(found.median),
        "middle": _between(found),
        "most": duration(found.ninety_fifth),
    }


def _over_time(collected: Collected) -> dict[str, Any] | None:
    unit, periods = counting.periods(collected)
    if not periods:
        return None
    people = sum(period.participants for period in periods)
    requested = sum(period.ready + period.not_ready for period in periods)
    most = max(periods, key=lambda period: period.participants)
    servers = f" Below: requested servers, n = {requested:,}." if requested else ""
    return {
        "svg": _svg(figures.over_time(unit, periods)),
        "alt": f"Bar chart by {unit}: {people} participants began, most ({most.participants}) on {day(most.start)}.",
        "caption": f"By {unit}: participants who began, n = {people:,}.{servers}",
    }


def _costs(costs: Costs) -> dict[str, Any]:
    rows = [
        {
            "name": usage.capacity,
            "n": f"{usage.servers:,}",
            "hours": f"{usage.hours:,.1f}",
            "vcpu": f"{usage.vcpu_hours:,.1f}",
            "gb": f"{usage.gb_hours:,.1f}",
            "cost": _NOTHING if usage.cost is None else money(usage.cost.total, estimated=usage.cost.estimated),
        }
        for usage in costs.usage
    ]
    note = [costs.basis]
    if any(usage.cost is not None and usage.cost.estimated for usage in costs.usage):
        note.append("The cost of Spot is an estimate, because its price changes from day to day.")
    unknown = sum(usage.unknown for usage in costs.usage)
    if unknown:
        note.append(f"The size of {count(unknown, 'server')} is no longer known: only their hours are shown.")
    note.append("Images, storage and requests cost a little extra.")
    return {"rows": rows, "note": " ".join(note)}


def _left_out(number: int) -> str:
    if not number:
        return "Participants whose id begins with test- would be left out as tests; there are none."
    if number == 1:
        return "1 participant is left out: their id is marked as a test."
    return f"{count(number, 'participant')} are left out: their ids are marked as tests."


def _span(started: Sequence[datetime]) -> str:
    if not started:
        return ""
    first, last = day(min(started)), day(max(started))
    return first if first == last else f"{first} to {last}"


def _svg(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - matplotlib wrote it, and escapes the names in it


def _percent(share: Share) -> str:
    return f"{share.value:.0%}" if share.n else _NOTHING


def _half(found: Spread) -> str:
    return f"middle half {_between(found)}, n = {found.n}" if found.n > 1 else "n = 1"


def _between(found: Spread) -> str:
    return between(found.low, found.high) if found.n > 1 else _NOTHING
