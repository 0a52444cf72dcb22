"""The diagrams of a report on games."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from hippo_cli.data.counting import spread
from hippo_cli.data.drawing import DARK, FEW, INK, LIGHT, MIDDLE, box, drawn, height, legend, rows, whole_numbers
from hippo_cli.data.game_report.played import Curve, Minute, Series

_LOOKS: Final[Any] = ((DARK, "-", "o"), (MIDDLE, (0, (5, 2)), "s"), (INK, (0, (1, 1.5)), "^"), ("#7a7a7a", "-.", "D"))
_MOST_CURVES: Final = len(_LOOKS)
_TIMES: Final = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60)


def returns(series: Sequence[Series]) -> str:
    """Draw the mean return of each participant, row by row."""
    with drawn(height(len(series))) as (figure, svg):
        axes = figure.add_subplot()
        for place, each in enumerate(series):
            box(axes, place, each.values)
        rows(axes, [f"{each.name}   n = {len(each.values)}" for each in series])
        axes.set_xlabel("return: mean of each participant's episodes")
        axes.grid(axis="x")
    return svg()


def reactions(series: Sequence[Series]) -> str:
    """Draw the median time to react of each participant, row by row."""
    values = [value for each in series for value in each.values]
    low, high = min(values) / 1.4, max(values) * 1.4
    with drawn(height(len(series))) as (figure, svg):
        axes = figure.add_subplot()
        for place, each in enumerate(series):
            box(axes, place, each.values)
        rows(axes, [f"{each.name}   n = {len(each.values)}" for each in series])
        from matplotlib.ticker import NullFormatter, NullLocator

        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_minor_formatter(NullFormatter())
        shown = [time for time in _TIMES if low <= time <= high] or [round(values[0], 3)]
        axes.set_xticks(shown, [f"{time:g} s" for time in shown])
        axes.set_xlim(low, high)
        axes.set_xlabel("time to react: median of each participant (logarithmic)")
        axes.grid(axis="x")
    return svg()


def curves(found: Sequence[Curve]) -> str:
    """Draw learning curves: the median return of each episode, with the middle half; few participants as points."""
    with drawn(3.1) as (figure, svg):
        axes = figure.add_subplot()
        for number, (curve, (colour, dash, marker)) in enumerate(zip(found, _LOOKS, strict=False)):
            shift = (number - (min(len(found), _MOST_CURVES) - 1) / 2) * 0.09
            many = {episode: values for episode, values in curve.returns.items() if len(values) >= FEW}
            few = [
                (episode + shift, value)
                for episode, values in curve.returns.items()
                if len(values) < FEW
                for value in values
            ]
            people = max(map(len, curve.returns.values()), default=0)
            label: str | None = f"{curve.name} (n = {people})"
            if many:
                spreads = [spread(values) for values in many.values()]
                middle = [each.median for each in spreads if each is not None]
                low, high = ([getattr(each, end) for each in spreads if each is not None] for end in ("low", "high"))
                axes.fill_between(
                    list(many),
                    low,
                    high,
                    color=LIGHT if number == 0 else colour,
                    alpha=0.5 if number == 0 else 0.15,
                    lw=0,
                )
                axes.plot(
                    list(many), middle, color=colour, linestyle=dash, marker=marker, markersize=4, lw=1.8, label=label
                )
                label = None
            if few:
                axes.plot(*zip(*few, strict=True), marker, color=colour, markersize=4, alpha=0.8, label=label)
        axes.xaxis.set_major_locator(whole_numbers())
        axes.set_xlabel("episode")
        axes.set_ylabel("return")
        axes.grid(axis="y")
        legend(figure)
    return svg()


def judgements(minutes: Sequence[Minute]) -> str:
    """Draw the judgements of each minute of play, per participant who played in it."""
    with drawn(2.5) as (figure, svg):
        axes = figure.add_subplot()
        places = [minute + 0.5 for minute in range(len(minutes))]
        good = [each.good / max(each.players, 1) for each in minutes]
        bad = [-each.bad / max(each.players, 1) for each in minutes]
        axes.bar(places, good, width=0.85, color=DARK, label="good")
        look: Any = {"hatch": "////", "edgecolor": "#ffffff", "linewidth": 0}
        axes.bar(places, bad, width=0.85, color=MIDDLE, label="bad", **look)
        axes.axhline(0, color=INK, lw=0.8)
        axes.xaxis.set_major_locator(whole_numbers())
        axes.set_xlim(0, max(len(minutes), 3))
        axes.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        axes.set_xlabel("minute since a participant's first episode began")
        axes.set_ylabel("judgements\nper participant")
        axes.grid(axis="y")
        legend(figure)
    return svg()
