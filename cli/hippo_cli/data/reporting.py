"""`hippo report`: collects, counts and draws, and writes one page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hippo_cli.data import costs, counting, files, page
from hippo_cli.data.collecting import Collected, collect
from hippo_cli.data.exporting import Progress
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


def report(deployment: Deployment, project_id: str, path: Path, now: datetime, progress: Progress) -> Reported:
    """Write a study's report.

    Args:
        deployment: the study's deployment.
        project_id: the study's id.
        path: the HTML file to write.
        now: the time of the report; decides who counts as having left.
        progress: shows the progress.

    Raises:
        HippoError: the study does not exist, or the file cannot be written.
    """
    collected = collect(deployment.client("s3"), deployment.bucket, project_id, now, progress)
    text = page.render(collected, costs.count(deployment, collected.sessions), now)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.whole(path) as file:
            file.write(text.encode())
    except OSError as error:
        raise HippoError(f"{path} cannot be written: {error}.", "Name another file with --output.") from error
    return _summary(collected)


def _summary(collected: Collected) -> Reported:
    found = counting.outcomes(collected.people)
    return Reported(
        participants=len(collected.people),
        finished=found[Outcome.FINISHED],
        left=found[Outcome.LEFT],
        in_progress=found[Outcome.IN_PROGRESS],
        servers=len(collected.sessions),
        servers_failed=sum(session.failed for session in collected.sessions),
        unreadable=collected.unreadable,
    )
