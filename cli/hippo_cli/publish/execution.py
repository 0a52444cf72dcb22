"""Carries a plan out, in the order that leaves the live study whole wherever it is interrupted.

What participants are shown is under the study's version, which nothing names until the master list does. Only then are
the copies in the project's own folder brought up to date: until that moment they may be what an entry without a version
shows, and a publication that is refused must not have touched them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hippo_cli.deployment import Deployment
from hippo_cli.publish import docker, master_list, registry, stored_pages, task_definitions
from hippo_cli.publish.plans import Plan
from hippo_common import console
from hippo_common.aws_errors import to_hippo_error
from hippo_common.errors import HippoError
from hippo_gym.studies import versions


@dataclass(frozen=True)
class Published:
    """What came out.

    Attributes:
        version: of the study.
        task_definition: `family:revision` that its servers run, None without servers.
    """

    version: str
    task_definition: str | None


def carry_out(deployment: Deployment, plan: Plan, who: str) -> Published:
    """Do what a plan says.

    Args:
        deployment: where.
        plan: what to do.
        who: does it, for the study's history.

    Raises:
        HippoError: an action failed. Before the list was changed, the live study is as it was.
    """
    image = _provide_image(deployment, plan)
    entry = _complete(deployment, plan, image)
    version = str(entry["version"])
    _keep(deployment, plan, entry | {"updatedBy": who})
    if plan.register:
        master_list.write(deployment, entry, plan.live.entry, who)
    _refresh_own_pages(deployment, plan, version)
    return Published(version, entry["ecsTask"])


def _provide_image(deployment: Deployment, plan: Plan) -> str | None:
    """Have the image in its repository; return its URI, with the repository's own name for itself if it was made."""
    image = plan.image
    if plan.repository is not None:
        console.note(f"Making the ECR repository {plan.repository}", "quiet")
        uri = registry.create(deployment, plan.repository)
        tag = (image or "").rpartition(":")[2]
        image = f"{uri}:{tag}"
    if plan.adopt is not None:
        console.note(f"Tagging the ECR repository {plan.adopt} as of {deployment.name}", "quiet")
        registry.adopt(deployment, plan.adopt)
    if plan.build is not None and image is not None and not _is_pushed(deployment, plan):
        console.note(f"Building {image}", "quiet")
        docker.build(plan.build, image)
        console.note(f"Pushing {image}", "quiet")
        _push(deployment, plan.build.tag, image)
    return image


def _push(deployment: Deployment, tag: str, image: str) -> None:
    try:
        docker.push(image, registry.log_in(deployment))
    except HippoError:
        # The repository's tags are immutable: somebody else may have built the same context meanwhile.
        name = image.partition("/")[2].rpartition(":")[0]
        if not registry.has_image(deployment, name, tag):
            raise


def _is_pushed(deployment: Deployment, plan: Plan) -> bool:
    """Look for the image in a repository that could not be looked into before it was adopted."""
    return (
        plan.adopt is not None and plan.build is not None and registry.has_image(deployment, plan.adopt, plan.build.tag)
    )


def _complete(deployment: Deployment, plan: Plan, image: str | None) -> dict[str, Any]:
    """Return the entry with its container and version, for which a revision is registered if need be."""
    if plan.task_definition is None:
        return dict(plan.entry)
    settings = task_definitions.with_image(plan.task_definition, image or "")
    entry = {**plan.entry, "ecsTask": task_definitions.register(deployment, settings)}
    console.note(f"Registered the task definition {entry['ecsTask']}", "quiet")
    return {**entry, "version": versions.version_of(entry, plan.pages)}


def _keep(deployment: Deployment, plan: Plan, entry: Mapping[str, Any]) -> None:
    """Put the version's pages where it keeps them, and then its entry: where that is, the version is whole."""
    version = str(entry["version"])
    _put(deployment, plan, versions.folder(plan.id, version), plan.keep, f"Uploading version {version}")
    if plan.keep_entry:
        text = json.dumps(versions.to_keep(entry, plan.pages), ensure_ascii=False, indent=1)
        deployment.client("s3").put_object(
            Bucket=deployment.bucket,
            Key=versions.entry_key(plan.id, version),
            Body=text.encode("utf-8"),
            ContentType="application/json",
        )


def _put(deployment: Deployment, plan: Plan, folder: str, files: tuple[str, ...], label: str) -> None:
    with console.progress(label, len(files)) as advance:
        stored_pages.put(deployment, folder, {file: plan.pages[file] for file in files}, advance)


def _refresh_own_pages(deployment: Deployment, plan: Plan, version: str) -> None:
    try:
        _put(deployment, plan, plan.id, plan.refresh, f"Copying the pages to {plan.id}/")
        stored_pages.delete(deployment, plan.id, plan.remove)
    except (BotoCoreError, ClientError) as error:
        raise HippoError(
            f"The study is live as version {version}. Only the copies of its pages at {plan.id}/ are not all up to "
            f"date: {to_hippo_error(error).message}",
            "Run the command again: it does what is left to do.",
        ) from error
