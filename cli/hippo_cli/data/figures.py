"""The diagrams of a report, as SVG elements for the page.

Durations have a logarithmic axis, so that a step that one person leaves open overnight does not
compress the others.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from hippo_cli.data.counting import Grouping, Layout, Period, StepCount
from hippo_cli.data.drawing import DARK, INK, LIGHT, MIDDLE, SHOWN, box, drawn, height, legend, rows, whole_numbers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LONGEST_NAME: Final = 30
_SHORTEST: Final = 1.0  # seconds; shorter times are drawn as this
_DURATIONS: Final = (
    (1, "1 s or less"),
    (3, "3 s"),
    (10, "10 s"),
    (30, "30 s"),
    (60, "1 min"),
    (180, "3 min"),
    (600, "10 min"),
    (1800, "30 min"),
    (3600, "1 h"),
    (10_800, "3 h"),
    (43_200, "12 h"),
    (172_800, "2 d"),
    (864_000, "10 d"),
)


def funnel(layout: Layout) -> str:
    """Draw how many participants reached each step, left there, and are there now."""
    steps = layout.steps
    with drawn(height(len(steps), legend=True)) as (figure, svg):
        axes = figure.add_subplot()
        places = range(len(steps))
        hatched: Any = {"hatch": "////", "edgecolor": "white"}
        dotted: Any = {"hatch": "....", "edgecolor": INK}
        parts: tuple[tuple[str, list[int], Any], ...] = (
            ("continued, or finished", [step.reached - step.left - step.exited - step.there for step in steps], {}),
            ("left here", [step.left for step in steps], {"color": MIDDLE} | hatched),
            ("took an exit here", [step.exited for step in steps], {"color": "white"} | dotted),
            ("here now", [step.there for step in steps], {"color": LIGHT}),
        )
        starts = [0] * len(steps)
        for label, counts, look in parts:
            if any(counts):
                axes.barh(places, counts, left=starts, label=label, **({"color": DARK, "linewidth": 0} | look))
            starts = [start + count for start, count in zip(starts, counts, strict=True)]
        most = max(layout.people, 1)
        for place, step in zip(places, steps, strict=True):
            axes.text(step.reached + most * 0.01, place, f"{step.reached} ({step.reached / most:.0%})", va="center")
        rows(axes, [_name(step) for step in steps])
        axes.set_xlim(0, most * 1.2)
        axes.xaxis.set_major_locator(whole_numbers())
        axes.set_xlabel(f"participants who reached the step (n = {layout.people})")
        legend(figure)
    return svg()


def step_times(layout: Layout) -> str:
    """Draw the times of participants on each step."""
    steps = [step for step in layout.steps if step.seconds is not None]
    with drawn(height(len(steps))) as (figure, svg):
        axes = figure.add_subplot()
        for place, step in enumerate(steps):
            box(axes, place, [max(seconds, _SHORTEST) for seconds in step.times])
        rows(axes, [f"{_name(step)}   n = {len(step.times)}" for step in steps])
        _durations(axes, [end for step in steps for end in _ends(step)])
        axes.set_xlabel("time on the step (logarithmic)")
    return svg()


def completion(grouping: Grouping) -> str:
    """Draw the share of each group that finished, with its 95 % interval."""
    with drawn(height(len(grouping.groups))) as (figure, svg):
        axes = figure.add_subplot()
        for place, group in enumerate(grouping.groups):
            low, high = group.finished.interval
            if group.finished.n:
                axes.plot([low * 100, high * 100], [place, place], color=DARK, linewidth=2)
                axes.plot(group.finished.value * 100, place, "o", color=DARK, markersize=6)
        rows(axes, [f"{grouping.called(group)}   n = {group.finished.n}" for group in grouping.groups])
        axes.set_xlim(-2, 102)
        axes.set_xlabel("finished, of those who finished or left (%), with 95% interval")
        axes.grid(axis="x")
    return svg()


def waiting(series: Sequence[tuple[str, Sequence[float]]]) -> str:
    """Draw, for several kinds of waiting, the share that had waited no longer than each time."""
    dashes = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 1.5, 1, 1.5)))
    colours = (DARK, MIDDLE, INK, DARK)
    with drawn(2.7) as (figure, svg):
        axes = figure.add_subplot()
        for (name, values), dash, colour in zip(series, dashes, colours, strict=False):
            found = sorted(max(value, _SHORTEST) for value in values)
            shares = [(place + 1) / len(found) * 100 for place in range(len(found))]
            label = f"{name} (n = {len(found)})"
            axes.step([found[0], *found], [0, *shares], where="post", color=colour, linestyle=dash, lw=1.8, label=label)
        _durations(axes, [value for _, values in series for value in values])
        axes.set_ylim(0, 103)
        axes.set_ylabel("share that waited no longer (%)")
        axes.set_xlabel("time waited (logarithmic)")
        axes.grid(axis="y")
        legend(figure)
    return svg()


def over_time(unit: str, periods: Sequence[Period]) -> str:
    """Draw how many participants (above) and servers (below) began in each hour, day or week."""
    has_servers = any(period.ready or period.not_ready for period in periods)
    with drawn(3.6 if has_servers else 2.0) as (figure, svg):
        grid = figure.subplots(2 if has_servers else 1, 1, sharex=True, squeeze=False)[:, 0]
        places = range(len(periods))
        grid[0].bar(places, [period.participants for period in periods], color=DARK, width=0.85)
        grid[0].set_ylabel("participants\nwho began")
        if has_servers:
            ready = [period.ready for period in periods]
            others = [period.not_ready for period in periods]
            grid[1].bar(places, ready, color=DARK, width=0.85, label="became ready")
            grid[1].bar(
                places,
                others,
                bottom=ready,
                width=0.85,
                color=MIDDLE,
                hatch="////",
                edgecolor="white",
                linewidth=0,
                label="did not",
            )
            grid[1].set_ylabel("servers\nrequested")
            grid[1].legend(loc="upper left", bbox_to_anchor=(0, 1.22), ncols=2, borderaxespad=0)
        for axes in grid:
            axes.yaxis.set_major_locator(whole_numbers())
            axes.grid(axis="y")
            axes.set_ylim(0, max(axes.get_ylim()[1], 1))
        form = "%d %b %H:00" if unit == "hour" else "%d %b %Y" if len(periods) > 200 else "%d %b"
        every = -(-len(periods) // 8)
        shown = [place for place in places if place % every == 0]
        grid[-1].set_xticks(shown, [format(periods[place].start, form) for place in shown])
        grid[-1].set_xlim(-0.6, max(len(periods), 3) - 0.4)
        years = sorted({str(period.start.year) for period in periods})
        grid[-1].set_xlabel(f"{unit}, {' and '.join(dict.fromkeys((years[0], years[-1])))}, UTC")
    return svg()


def _durations(axes: Axes, values: Sequence[float]) -> None:
    """Label the axis of durations with common durations."""
    from matplotlib.ticker import NullFormatter, NullLocator

    low, high = max(min(values), _SHORTEST) / 1.5, max(*values, 10.0) * 1.5
    ticks = _ticks(low, high)
    axes.set_xscale("log")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xticks([seconds for seconds, _ in ticks], [text for _, text in ticks])
    axes.set_xlim(low, high)
    axes.grid(axis="x")


def _ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Choose the durations to label between two ends, with space between the labels."""
    room = math.log(high / low) / 9
    chosen: list[tuple[float, str]] = []
    for seconds, text in _DURATIONS:
        if low <= seconds <= high and (not chosen or math.log(seconds / chosen[-1][0]) >= room):
            chosen.append((seconds, text))
    return chosen


def _ends(step: StepCount) -> tuple[float, ...]:
    """Return the shortest and the longest time to draw for a step."""
    seconds = step.seconds
    if seconds is None:
        return ()
    return step.times if seconds.n <= SHOWN else (seconds.fifth, seconds.ninety_fifth)


def _name(step: StepCount) -> str:
    """Return a short name of a step for an axis: its number, and its label or its file's name."""
    file = step.label or (step.file or "").rpartition("/")[2].removesuffix(".html")
    file = file if len(file) <= _LONGEST_NAME else f"{file[: _LONGEST_NAME - 1]}…"
    number = "final" if step.name == "finalStep" else step.name
    return f"{number} · {file}" if file else number
