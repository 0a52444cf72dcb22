"""The result of a replay in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from hippo_cli.replay.playing import Film
from hippo_common.words import count


def lines(film: Film) -> Iterator[str]:
    """Yield a line for each episode: whether it is as recorded, and the first value that differs."""
    for each in film.episodes:
        steps = max(0, len(each["moments"]) - 1)
        attempt = f", attempt {each['attempt']}" if each["attempt"] > 1 else ""
        where = f"{each['block']}, episode {each['episode']}{attempt}, seed {each['seed']}: {count(steps, 'step')}"
        yield f"{where}, {verdict(each)}"


def verdict(episode: dict[str, Any]) -> str:
    """Return what the comparison of an episode found."""
    found = episode["difference"]
    if found is not None:
        recorded, now = (json.dumps(found[name], ensure_ascii=False) for name in ("recorded", "found"))
        differs = f"differs at step {found['step']}: {found['name']} is {now}, and {recorded} in the record"
        return differs if episode["fault"] is None else f"{differs}; {episode['fault']}"
    if episode["fault"] is not None:
        return str(episode["fault"])
    if episode["compared"] == 0:
        return "no observation was recorded: rewards and ends are the same as in the record"
    return f"the same as in the record ({count(episode['compared'], 'observation')} compared)"


def warnings(film: Film) -> Iterator[str]:
    """Yield what a researcher should know about the replay."""
    versions = film.report["versions"]
    if versions:
        named = ", ".join(f"{name} {recorded} ({here} here)" for name, (recorded, here) in sorted(versions.items()))
        yield f"The game was recorded with other versions of packages: {named}."
