"""The result of a rehearsal, on the terminal and as JSON."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final

from hippo_cli.rehearsal.walk import Walk
from hippo_common import console
from hippo_common.words import count

JSON_VERSION: Final = 1
_MOST_NAMES: Final = 3


def show(walks: Sequence[Walk]) -> None:
    """Show what happened to all participants, and each kind of fault once."""
    outcomes = Counter(walked.outcome for walked in walks if walked.outcome is not None)
    console.say(f"{count(len(walks), 'participant')}, each with answers of their own:", "strong")
    for outcome, number in outcomes.most_common():
        text = "reached the end" if outcome == "finished" else f"took the exit {outcome}"
        console.say(f"  {number} {text}")
    lost = len(walks) - outcomes.total()
    if lost:
        console.say(("  ", (str(lost), "bad"), " did not reach the end"))
    console.say(f"  {count(sum(walked.answers for walked in walks), 'field')} answered")
    games = [game for walked in walks for game in walked.games]
    if games:
        frames, presses = sum(game.frames for game in games), sum(game.presses for game in games)
        rates = [game.fps for game in games if game.fps is not None]
        rate = f", {statistics.median(rates):.0f} per second (median)" if rates else ""
        console.say(f"  {count(len(games), 'game')}: {frames} frames{rate}, {count(presses, 'key and input')} sent")
        waits = [walked.waited for walked in walks if walked.games]
        console.say(f"  waited for the game: {statistics.median(waits):.1f} s (median), {max(waits):.1f} s at most")
    for note, names in _grouped((walked.user_id, note) for walked in walks for note in walked.notes):
        console.say(f"  {note} ({_named(names)})", "quiet")
    for fault, names in faults(walks):
        console.note((("fault:", "bad"), f" {fault} ({_named(names)})"))


def faults(walks: Iterable[Walk]) -> list[tuple[str, list[str]]]:
    """Return each different fault with the participants who met it, the most frequent first."""
    return _grouped((walked.user_id, fault) for walked in walks for fault in walked.faults)


def as_json(walks: Sequence[Walk]) -> dict[str, Any]:
    """Return a rehearsal for programs. Later versions only add keys."""
    return {
        "version": JSON_VERSION,
        "participants": [
            {
                "userId": walked.user_id,
                "outcome": walked.outcome,
                "steps": walked.steps,
                "answers": walked.answers,
                "waitedSeconds": round(walked.waited, 3),
                "games": [
                    {
                        "frames": game.frames,
                        "framesPerSecond": game.fps and round(game.fps, 1),
                        "presses": game.presses,
                        "seconds": round(game.seconds, 3),
                        "done": game.done,
                        "stopped": game.stopped,
                    }
                    for game in walked.games
                ],
                "faults": walked.faults,
                "notes": walked.notes,
            }
            for walked in walks
        ],
        "faults": [{"fault": fault, "participants": names} for fault, names in faults(walks)],
    }


def _grouped(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, text in pairs:
        found[text.replace(name, "…")].append(name)
    return sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more
