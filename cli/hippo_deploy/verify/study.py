"""The synthetic study: two projects that share one container, each with two pages and a game.

Servers of the first project live until one minute after the page that follows the game. Servers of
the second live for a few minutes only, so that their stop schedule fires during the verification.
Both ids begin with `hippo-verify-`.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hippo_common.names import tags_of_task_definition
from hippo_deploy.verify import game_server
from hippo_deploy.verify.target import Target

PREFIX: Final = "hippo-verify-"
DEFAULT_IMAGE: Final = "public.ecr.aws/docker/library/python:3.13-alpine"
DEFAULT_PORT: Final = 5000
DEFAULT_SHORT_MINUTES: Final = 4
"""A server with a small image is ready after 30 to 90 seconds; a schedule fires within a minute of its time."""

GAME_STEP: Final = "2"
CPU_UNITS: Final = 256
MEMORY_MIB: Final = 512
"""The smallest Fargate task: a quarter of a vCPU with 0.5 GB (Amazon ECS developer guide, "Task CPU and memory")."""

_PAGES: Final[Mapping[str, str]] = {
    "1_welcome.html": "<p>make verify: welcome</p>",
    "3_after.html": "<p>make verify: after the game</p>",
    "4_thanks.html": "<p>make verify: thanks</p>",
}
_LONG_MINUTES: Final = 30  # the longest runtime of a server that a check stops itself


@dataclass(frozen=True)
class Study:
    """The study of one verification.

    Attributes:
        id: the first project's id; a delayed stop or a dying task ends its servers. Also the task
            family.
        image: the container's image, with `python` 3.8 or newer on its path.
        port: the port on which the container listens.
        short_minutes: how long a server of the second project may live.
    """

    id: str
    image: str = DEFAULT_IMAGE
    port: int = DEFAULT_PORT
    short_minutes: int = DEFAULT_SHORT_MINUTES
    delay_minutes: int = 1

    @property
    def short_id(self) -> str:
        """Id of the second project, whose servers end by their schedule."""
        return f"{self.id}-short"

    @property
    def project_ids(self) -> tuple[str, str]:
        """Both projects."""
        return self.id, self.short_id

    def participant(self, role: str) -> str:
        """Return the id of the participant who plays a role in the verification."""
        return f"{self.id}-{role}"

    def pages(self) -> dict[str, bytes]:
        """Return every page of both projects, by key in the projects bucket."""
        return {
            f"{project}/{name}": text.encode("utf-8") for project in self.project_ids for name, text in _PAGES.items()
        }

    def entries(self, target: Target) -> list[dict[str, Any]]:
        """Return the payloads for update_project_master_list."""
        minutes = min(_LONG_MINUTES, target.max_runtime_minutes)
        return [
            self._entry(target, self.id, minutes, self.delay_minutes),
            self._entry(target, self.short_id, min(self.short_minutes, minutes), 0),
        ]

    def _entry(self, target: Target, project_id: str, minutes: int, delay: int) -> dict[str, Any]:
        return {
            "id": project_id,
            "name": "make verify: removed when it has ended",
            "live": True,
            "researcher": "make verify",
            "team_members": "make verify",
            "steps": {"1": "1_welcome.html", GAME_STEP: "game", "3": "3_after.html", "finalStep": "4_thanks.html"},
            "events": {"startServerStep": int(GAME_STEP), "stopServerStep": 3, "stopDelay": delay},
            "maxRuntime": minutes,
            "ecsTask": project_id,
            "capacity": "on-demand",  # missing Spot capacity is not a fault of the deployment
            "port": self.port,
            "bucket": target.bucket,
            "replaces": None,
        }

    def task_definitions(self, target: Target) -> list[dict[str, Any]]:
        """Return RegisterTaskDefinition's parameters for each project; a project may name only its own family."""
        return [self.task_definition(target, project_id) for project_id in self.project_ids]

    def task_definition(self, target: Target, project_id: str) -> dict[str, Any]:
        """Return RegisterTaskDefinition's parameters of a project, with the values that `hippo submit` sets."""
        container: dict[str, Any] = {
            "name": project_id,
            "image": self.image,
            "essential": True,
            "entryPoint": game_server.command(self.port)[:1],
            "command": game_server.command(self.port)[1:],
            "portMappings": [{"containerPort": self.port, "protocol": "tcp"}],
            "stopTimeout": 5,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {
                    "awslogs-group": target.session_log_group,
                    "awslogs-region": target.region,
                    "awslogs-stream-prefix": self.id,
                },
            },
        }
        if target.certificate_arn is not None:
            container["secrets"] = [
                {"name": name, "valueFrom": f"{target.certificate_arn}:{key}::"}
                for name, key in (("SSL_FULLCHAIN_PEM", "fullchain"), ("SSL_PRIVKEY_PEM", "privkey"))
            ]
        return {
            "family": project_id,
            "requiresCompatibilities": ["FARGATE"],
            "networkMode": "awsvpc",
            "cpu": str(CPU_UNITS),
            "memory": str(MEMORY_MIB),
            "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
            "executionRoleArn": target.execution_role_arn,
            **({} if target.task_role_arn is None else {"taskRoleArn": target.task_role_arn}),
            "containerDefinitions": [container],
            "tags": tags_of_task_definition(target.name, project_id),
        }


def new(**settings: Any) -> Study:
    """Make a study with a unique id."""
    return Study(f"{PREFIX}{secrets.token_hex(4)}", **settings)
