"""`hippo report`: collects, counts and draws, and writes one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hippo_cli.data import costs, counting, files, page
from hippo_cli.data.collecting import TESTS, Collected, collect, is_test
from hippo_cli.data.exporting import Progress
from hippo_cli.data.game_report import section
from hippo_cli.data.journeys import Outcome
from hippo_cli.deployment import Deployment
from hippo_common.errors import HippoError


@dataclass(frozen=True)
class Reported:
    """The summary of a report."""

    participants: int
    finished: int
    left: int
    in_progress: int
    servers: int
    servers_failed: int
    unreadable: int
    left_out: int = 0
    episodes: int = 0


@dataclass(frozen=True)
class Options:
    """What a report is to hold.

    Attributes:
        tests: patterns of the ids of participants who are tests, and are left out.
        games: True: with games, however large their records are; False: without; None: if they are small.
        export: the folder of an export with --games, whose records are used if it exists.
    """

    tests: Sequence[str] = TESTS
    games: bool | None = None
    export: Path | None = None


def report(
    deployment: Deployment,
    project_id: str,
    path: Path,
    now: datetime,
    progress: Progress,
    options: Options | None = None,
) -> Reported:
    """Write a study's report.

    Args:
        deployment: the study's deployment.
        project_id: the study's id.
        path: the HTML file to write.
        now: the time of the report; decides who counts as having left.
        progress: shows the progress.
        options: what it is to hold.

    Raises:
        HippoError: the study does not exist, or the file cannot be written.
    """
    options = options or Options()
    s3, bucket = deployment.client("s3"), deployment.bucket
    collected = collect(s3, bucket, project_id, now, progress, options.tests)
    games = section.read(
        s3,
        bucket,
        project_id,
        options.export or Path(f"{project_id}-export"),
        lambda user: is_test(user, options.tests),
        progress,
        wanted=options.games,
    )
    text = page.render(collected, costs.count(deployment, collected.every_session), now, games)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.whole(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise HippoError(f"{path} cannot be written: {error}.", "Name another file with --output.") from error
    return _summary(collected, games)


def _summary(collected: Collected, games: section.Games) -> Reported:
    found = counting.outcomes(collected.people)
    return Reported(
        participants=len(collected.people),
        finished=found[Outcome.FINISHED],
        left=found[Outcome.LEFT],
        in_progress=found[Outcome.IN_PROGRESS],
        servers=len(collected.sessions),
        servers_failed=sum(session.failed for session in collected.sessions),
        unreadable=collected.unreadable,
        left_out=len(collected.left_out),
        episodes=sum(block.episodes for block in games.blocks),
    )
