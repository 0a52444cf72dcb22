"""The section of a report on games: its records, its numbers, and its texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from hippo_cli.data import fetching
from hippo_cli.data.counting import spread
from hippo_cli.data.drawing import WHISKERS
from hippo_cli.data.game_report import figures, played
from hippo_cli.data.game_report.played import EVERYONE, BlockCount, Curve, Series
from hippo_cli.data.games import trials
from hippo_cli.data.games.trials import Progress
from hippo_common.words import count

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LARGEST: Final = 200_000_000
"""Bytes of records that a report fetches without being asked to."""

_MOST_BLOCKS: Final = 6
_MOST_CURVES: Final = 4


@dataclass(frozen=True)
class Games:
    """What a report says on games.

    Attributes:
        blocks: one after the other; empty without records.
        note: why there are none, or none new.
    """

    blocks: tuple[BlockCount, ...] = ()
    note: str = ""


def read(
    s3: S3Client,
    bucket: str,
    project_id: str,
    export: Path,
    skip: Callable[[str], bool],
    progress: Progress,
    *,
    wanted: bool | None,
) -> Games:
    """Fetch and count the records of a study's games.

    Args:
        s3: the client.
        bucket: the projects bucket.
        project_id: the study's id.
        export: the folder of an export with --games, if there is one: it is brought up to date, and used.
        skip: the id of a participant → whether they are left out.
        progress: shows the progress.
        wanted: False: leave games out; True: fetch them, however much there is; None: up to `LARGEST`.
    """
    if wanted is False:
        return Games()
    if (export / trials.FOLDER).is_dir():
        return _counted(s3, bucket, project_id, export, skip, progress)
    found = list(fetching.listed(s3, bucket, f"{project_id}/{trials.FOLDER}/"))
    size = sum(each.size for each in found if each.key.endswith(".jsonl"))
    if size > LARGEST and wanted is None:
        return Games(
            note=f"The records of the games have {size / 1e6:,.0f} MB and are not in this report: run "
            f"`hippo export {project_id} --games` first, or `hippo report {project_id} --games`."
        )
    if not size:
        return Games()
    with TemporaryDirectory(prefix="hippo-report-") as folder:
        return _counted(s3, bucket, project_id, Path(folder), skip, progress)


def _counted(
    s3: S3Client, bucket: str, project_id: str, folder: Path, skip: Callable[[str], bool], progress: Progress
) -> Games:
    trials.copy(s3, bucket, project_id, folder, progress)
    sessions = list(trials.sessions(folder))
    with progress("Counting games", len(sessions)) as advance:
        return Games(played.count(project_id, sessions, skip, advance))


def context(games: Games, svg: Callable[[str], Any]) -> dict[str, Any] | None:
    """Return what the page shows; None without games."""
    shown = [block for block in games.blocks if block.returns or block.reactions or block.minutes][:_MOST_BLOCKS]
    if not shown and not games.note:
        return None
    more = len(games.blocks) - len(shown)
    return {
        "note": games.note,
        "blocks": [_block(block, svg, only=len(games.blocks) == 1) for block in shown],
        "more": f"{count(more, 'further block')} had no diagram." if more > 0 and games.blocks else "",
    }


def _block(block: BlockCount, svg: Callable[[str], Any], *, only: bool) -> dict[str, Any]:
    unfinished = (
        f" {count(block.unfinished, 'episode')} without an end, or begun again, not counted."
        if block.unfinished
        else ""
    )
    people = count(block.participants, "participant")
    return {
        "title": "" if only else block.name,
        "summary": f"{block.environment}: {count(block.episodes, 'episode')} of {people}.{unfinished}",
        "table": [_row(series) for series in block.returns],
        "figures": [*_returns(block, svg), *_curves(block, svg), *_reactions(block, svg), *_judged(block, svg)],
    }


def _row(series: Series) -> dict[str, str]:
    found = spread(series.values)
    if found is None:
        return {}
    middle = f"{found.low:.4g} to {found.high:.4g}" if found.n > 1 else "\N{EN DASH}"
    return {"name": series.name, "n": f"{found.n:,}", "median": f"{found.median:.4g}", "middle": middle}


def _returns(block: BlockCount, svg: Callable[[str], Any]) -> list[dict[str, Any]]:
    if not block.returns:
        return []
    caption = f"Return: the mean of the returns of each participant's episodes. {WHISKERS}"
    return [_figure("Returns", svg(figures.returns(block.returns)), _spoken("Returns", block.returns), caption)]


def _reactions(block: BlockCount, svg: Callable[[str], Any]) -> list[dict[str, Any]]:
    if not block.reactions:
        return []
    what = (
        "From each picture to the key that made the next step"
        if block.turns
        else "From the beginning of an episode to the first step with an action of the participant"
    )
    caption = f"{what}; the median of each participant. Times above 60 s are breaks, and not counted. {WHISKERS}"
    spoken = _spoken("Times to react, in seconds", block.reactions)
    return [_figure("Time to react", svg(figures.reactions(block.reactions)), spoken, caption)]


def _curves(block: BlockCount, svg: Callable[[str], Any]) -> list[dict[str, Any]]:
    if not any(len(curve.returns) > 1 for curve in block.curves):
        return []
    everyone = [curve for curve in block.curves if curve.name == EVERYONE]
    sets: dict[str, list[Curve]] = defaultdict(list)
    for curve in block.curves:
        if curve.name != EVERYONE:
            kind = "group" if "=" not in curve.name else curve.name.partition("=")[0]
            sets[kind].append(curve)
    found = []
    for kind, chosen in (sets or {"": everyone}).items():
        left = f" {len(chosen) - _MOST_CURVES} more are not drawn." if len(chosen) > _MOST_CURVES else ""
        caption = (
            "Line: the median return of the participants who ended the episode; shaded: their middle half. Fewer than "
            f"five participants are points.{left}"
        )
        spoken = "Learning curves. " + "; ".join(_course(curve) for curve in chosen[:_MOST_CURVES])
        title = f"Learning curves by {kind}" if kind else "Learning curve"
        found.append(_figure(title, svg(figures.curves(chosen[:_MOST_CURVES])), spoken, caption))
    return found


def _judged(block: BlockCount, svg: Callable[[str], Any]) -> list[dict[str, Any]]:
    if not block.minutes:
        return []
    good, bad = sum(each.good for each in block.minutes), sum(each.bad for each in block.minutes)
    spoken = f"Bar chart of judgements by minute of play: {good} good and {bad} bad in {len(block.minutes)} minutes."
    caption = (
        f"Judgements above 0 (up) and below 0 (down) in each minute of play, per participant who played in it; n = "
        f"{good:,} good and {bad:,} bad."
    )
    return [_figure("Feedback over time", svg(figures.judgements(block.minutes)), spoken, caption)]


def _figure(title: str, svg: Any, alt: str, caption: str) -> dict[str, Any]:
    return {"title": title, "svg": svg, "alt": alt, "caption": caption}


def _spoken(what: str, series: Sequence[Series]) -> str:
    texts = [f"{row['name']}: median {row['median']}, n = {row['n']}" for row in map(_row, series)]
    return f"{what}. " + "; ".join(texts)


def _course(curve: Curve) -> str:
    first, last = min(curve.returns, default=0), max(curve.returns, default=0)
    one, other = spread(curve.returns.get(first, ())), spread(curve.returns.get(last, ()))
    if one is None or other is None:
        return f"{curve.name}: no episode ended"
    return f"{curve.name}: median {one.median:.4g} in episode {first}, {other.median:.4g} in episode {last}"
