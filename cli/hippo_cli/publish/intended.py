"""What a study on disk asks a deployment for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hippo_cli.deployment import Deployment
from hippo_cli.publish import task_definitions
from hippo_cli.publish.build_context import BuildContext
from hippo_cli.study import Study

DEFAULT_PORT: Final = 5000


@dataclass(frozen=True)
class Server:
    """The container that each participant gets.

    Attributes:
        settings: of its task definition, but for the image (`task_definitions.wanted`).
        image: its URI; a build context to make it from; or None for the one that the study has already.
    """

    settings: Mapping[str, Any]
    image: str | BuildContext | None


@dataclass(frozen=True)
class Intended:
    """A study as it should be.

    Attributes:
        entry: of the master list, without version and stamps; `ecsTask` is None if it is still to be found out.
        pages: file → content, variants included.
        server: None if no task definition is to be registered: the study has no server, or names its own definition.
    """

    entry: Mapping[str, Any]
    pages: Mapping[str, bytes]
    server: Server | None

    @property
    def id(self) -> str:
        """Return the project's id."""
        return str(self.entry["id"])


def of_study(
    study: Study, deployment: Deployment, image: str | BuildContext | None, architecture: str, own_task: str | None
) -> Intended:
    """Put together what a valid study asks for.

    Args:
        study: without errors.
        deployment: its bucket and roles are used, whatever config.yml says of them.
        image: see `Server`; of no interest if the study has no server or names a task definition of its own.
        architecture: that the server's task should run on.
        own_task: `family:revision` of the task definition that the study names itself, None if it names none.
    """
    kept = {key: value for key, value in study.entry.items() if key not in {"version", "updatedAt", "updatedBy"}}
    entry = {**kept, "bucket": deployment.bucket, "ecsTask": own_task}
    if own_task is not None or not study.needs_server:
        return Intended(entry, study.pages, None)
    settings = task_definitions.wanted(
        deployment,
        study.id,
        cpu=study.aws_setup.cpu,
        memory=study.aws_setup.memory,
        port=int(entry.get("port", DEFAULT_PORT)),
        architecture=architecture,
    )
    return Intended(entry, study.pages, Server(settings, image))
