"""What the diagrams of a report share: style, size, rows, and SVG elements for the page.

They are readable on paper, in grey, and for colour-blind readers: series differ in lightness and in
hatching or dashes, not only in hue. The colours are variables of the page, which has others in the dark.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

DARK: Final = "#1f4e79"
MIDDLE: Final = "#e08e0b"
LIGHT: Final = "#d5dbe1"
INK: Final = "#222222"
PAPER: Final = "#ffffff"

_EDGE: Final = "#555555"
_GRID: Final = "#dddddd"
VARIABLES: Final = {
    DARK: "--dark",
    MIDDLE: "--middle",
    LIGHT: "--light",
    INK: "--ink",
    PAPER: "--paper",
    _EDGE: "--edge",
    _GRID: "--grid",
}
"""Colour of a diagram → the page's variable for it."""

FEW: Final = 5
"""With fewer values, each one is drawn as a point: a box would suggest more data than there is."""

SHOWN: Final = 40
"""Up to this number of values, points stand beside the box."""

_WIDTH: Final = 7.2  # inches: as wide as the text of a printed page
_ROW: Final = 0.3
_TALLEST: Final = 8.2  # with title and axis, a printed page

WHISKERS: Final = (
    f"Box: the middle half, with the median; whiskers: the middle nine tenths. Up to {SHOWN} values are points, too; "
    f"fewer than {('', 'one', 'two', 'three', 'four', 'five')[FEW]} have no box."
)
"""What `box` draws, for a caption."""

_STYLE: Final[Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.edgecolor": _EDGE,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": _GRID,
    "grid.linewidth": 0.6,
    "hatch.linewidth": 0.9,
    "legend.frameon": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "hippo",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": INK,
    "ytick.color": INK,
}


@contextmanager
def drawn(tall: float) -> Iterator[tuple[Figure, Callable[[], str]]]:
    """Yield a figure of a height in inches, and a function that returns its SVG after the block."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, tall), layout="constrained")
        texts: list[str] = []
        yield figure, lambda: texts[0]
        texts.append(_svg(figure))


def _svg(figure: Figure) -> str:
    """Return a figure as an SVG element, without unused ids, so that several fit into one page."""
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    used = set(re.findall(r"#([\w-]+)", text))
    text = re.sub(r' id="([\w-]+)"', lambda found: found[0] if found[1] in used else "", text)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, f"var({variable})")
    # The page sets the size.
    return re.sub(r'(?<=<svg )[^>]*?(viewBox="[^"]*")[^>]*', r"\1", text, count=1)


def height(number: int, *, legend: bool = False) -> float:
    """Return the height of a diagram with a number of rows, in inches."""
    return min(max(number, 1) * _ROW, _TALLEST) + 0.75 + (0.3 if legend else 0.0)


def rows(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows, from the top."""
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)


def box(axes: Axes, place: int, values: Sequence[float]) -> None:
    """Draw values in a row, as `WHISKERS` says."""
    if len(values) <= SHOWN:
        few = len(values) < FEW
        # Side by side in a fixed pattern, so that equal values are seen as several.
        places = [place if few else place + ((number * 7) % 11 - 5) * 0.035 for number in range(len(values))]
        size = 5 if few else 2.6
        axes.plot(list(values), places, "o", color=DARK, markersize=size, alpha=0.8, zorder=3, markeredgewidth=0)
    if len(values) < FEW:
        return
    axes.boxplot(
        [list(values)],
        positions=[place],
        orientation="horizontal",
        widths=0.55,
        whis=(5, 95),
        showfliers=False,
        manage_ticks=False,
        patch_artist=True,
        boxprops={"facecolor": LIGHT, "edgecolor": DARK},
        medianprops={"color": DARK, "linewidth": 2.4},
        whiskerprops={"color": DARK},
        capprops={"color": DARK},
    )


def whole_numbers() -> MaxNLocator:
    """Return a locator of whole numbers."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(integer=True, nbins=6, min_n_ticks=1)


def legend(figure: Figure) -> None:
    """Put the legend above the diagram."""
    figure.legend(loc="outside upper left", ncols=4)
