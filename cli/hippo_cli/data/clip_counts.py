"""The section of a report on comparisons: how often each clip was shown, and how often it was preferred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from hippo_cli.data.preferences import Judged
from hippo_common.words import count
from hippo_gym.studies.comparisons import EQUAL, UNSURE

_MOST: Final = 100  # clips in the table


def context(people: Iterable[Sequence[Judged]]) -> dict[str, Any] | None:
    """Return what the page shows; None without comparisons.

    Args:
        people: the pairs that each participant was shown.
    """
    judges = [pairs for pairs in people if pairs]
    pairs = [pair for own in judges for pair in own]
    if not pairs:
        return None
    rows = _rows(pairs)
    left = sum(pair.preferred == pair.left for pair in pairs)
    chosen = sum(pair.preferred is not None for pair in pairs)
    more = f" {len(rows) - _MOST:,} further clips are in `hippo export`." if len(rows) > _MOST else ""
    return {
        "summary": f"{count(len(pairs), 'pair')} shown to {count(len(judges), 'participant')}.",
        "rows": rows[:_MOST],
        "note": "Preferred: of the pairs with the clip in which one of the two was chosen, the share that chose this "
        f"clip. Of {chosen:,} such choices, {left:,} were for the clip on the left.{more}",
    }


def _rows(pairs: Iterable[Judged]) -> list[dict[str, str]]:
    """Return a row for each clip, the most preferred first."""
    shown, won, lost, equal, unsure = (Counter[str]() for _ in range(5))
    for pair in pairs:
        for clip in (pair.left, pair.right):
            shown[clip] += 1
            won[clip] += pair.preferred == clip
            lost[clip] += pair.preferred not in (None, clip)
            equal[clip] += pair.choice == EQUAL
            unsure[clip] += pair.choice == UNSURE
    share = {clip: won[clip] / (won[clip] + lost[clip]) if won[clip] + lost[clip] else -1.0 for clip in shown}
    return [
        {
            "clip": clip,
            "shown": f"{shown[clip]:,}",
            "won": f"{won[clip]:,}",
            "lost": f"{lost[clip]:,}",
            "equal": f"{equal[clip]:,}",
            "unsure": f"{unsure[clip]:,}",
            "share": f"{share[clip]:.0%}" if share[clip] >= 0 else "\N{EN DASH}",
        }
        for clip in sorted(shown, key=lambda clip: (-share[clip], clip))
    ]
