"""The intended state of a study, from its folder on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hippo_cli.deployment import Deployment
from hippo_cli.publish import task_definitions
from hippo_cli.publish.build_context import BuildContext
from hippo_cli.study import Study
from hippo_cli.study.assets import Asset

DEFAULT_PORT: Final = 5000


@dataclass(frozen=True)
class Server:
    """The container that each participant gets.

    Attributes:
        settings: the settings of its task definition, without the image
            (`task_definitions.wanted`).
        image: the image's URI; or the build context to build it from; or None for the study's
            present image.
    """

    settings: Mapping[str, Any]
    image: str | BuildContext | None


@dataclass(frozen=True)
class Intended:
    """A study as it should be.

    Attributes:
        entry: the entry of the master list, without version and stamps; `ecsTask` is None if
            unknown yet.
        pages: file → content, including variants.
        assets: the files of its folder `assets`.
        server: None if `hippo` registers no task definition: the study has no server, or names its
            own definition.
    """

    entry: Mapping[str, Any]
    pages: Mapping[str, bytes]
    server: Server | None
    assets: Mapping[str, Asset] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return the project's id."""
        return str(self.entry["id"])


def of_study(
    study: Study, deployment: Deployment, image: str | BuildContext | None, architecture: str, own_task: str | None
) -> Intended:
    """Return the intended state of a valid study.

    Args:
        study: a study without errors.
        deployment: the deployment, whose bucket and roles replace those in config.yml.
        image: see `Server`; ignored if the study has no server or names its own task definition.
        architecture: the CPU architecture of the server's task.
        own_task: `family:revision` of the task definition in config.yml; None if it names none.
    """
    kept = {key: value for key, value in study.entry.items() if key not in {"version", "updatedAt", "updatedBy"}}
    entry = {**kept, "bucket": deployment.bucket, "ecsTask": own_task}
    if own_task is not None or not study.needs_server:
        return Intended(entry, study.pages, None, study.assets)
    settings = task_definitions.wanted(
        deployment,
        study.id,
        cpu=study.aws_setup.cpu,
        memory=study.aws_setup.memory,
        port=int(entry.get("port", DEFAULT_PORT)),
        architecture=architecture,
    )
    return Intended(entry, study.pages, Server(settings, image), study.assets)
