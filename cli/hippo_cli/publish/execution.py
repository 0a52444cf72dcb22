"""Carries out a plan, in an order that keeps the published study intact after any interruption.

Participants see the pages of the version that the master list names, so the pages are uploaded
before the list changes. The copies in the project's own folder are updated after it: an entry
without a version shows those copies, and a refused publication must not change them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from hippo_cli.deployment import Deployment
from hippo_cli.publish import docker, master_list, registry, stored_assets, stored_pages, task_definitions
from hippo_cli.publish.plans import Plan
from hippo_common import console
from hippo_common.aws_errors import to_hippo_error
from hippo_common.errors import HippoError
from hippo_gym.studies import versions


@dataclass(frozen=True)
class Published:
    """The result of a publication.

    Attributes:
        version: the study's version.
        task_definition: `family:revision` of its servers; None without servers.
    """

    version: str
    task_definition: str | None


def carry_out(deployment: Deployment, plan: Plan, who: str) -> Published:
    """Carry out a plan.

    Args:
        deployment: the deployment to change.
        plan: the plan.
        who: the caller's name, for the study's history.

    Raises:
        HippoError: an action failed. If the list has not changed yet, the published study is
            unchanged.
    """
    _upload_assets(deployment, plan)
    image = _provide_image(deployment, plan)
    entry = _complete(deployment, plan, image)
    version = str(entry["version"])
    _keep(deployment, plan, entry | {"updatedBy": who})
    if plan.register:
        master_list.write(deployment, entry, plan.current.entry, who)
    _refresh_own_pages(deployment, plan, version)
    return Published(version, entry["ecsTask"])


def _upload_assets(deployment: Deployment, plan: Plan) -> None:
    if plan.upload:
        files = {file: plan.assets[file] for file in plan.upload}
        with console.progress("Uploading the files of assets", len(files)) as advance:
            stored_assets.put(deployment, plan.id, str(plan.entry["assets"]), files, advance)


def _provide_image(deployment: Deployment, plan: Plan) -> str | None:
    """Make sure that the repository holds the image.

    Return the image's URI, in a new repository if one was made.
    """
    image = plan.image
    if plan.repository is not None:
        console.note(f"Creating the ECR repository {plan.repository}", "quiet")
        uri = registry.create(deployment, plan.repository)
        tag = (image or "").rpartition(":")[2]
        image = f"{uri}:{tag}"
    if plan.adopt is not None:
        console.note(f"Tagging the ECR repository {plan.adopt} for {deployment.name}", "quiet")
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
        # The repository's tags are immutable: another researcher may have pushed the same context meanwhile.
        name = image.partition("/")[2].rpartition(":")[0]
        if not registry.has_image(deployment, name, tag):
            raise


def _is_pushed(deployment: Deployment, plan: Plan) -> bool:
    """Return whether a repository that was unreadable before its adoption holds the image."""
    return (
        plan.adopt is not None and plan.build is not None and registry.has_image(deployment, plan.adopt, plan.build.tag)
    )


def _complete(deployment: Deployment, plan: Plan, image: str | None) -> dict[str, Any]:
    """Return the entry with its container and version.

    Register a new revision if the plan has one.
    """
    if plan.task_definition is None:
        return dict(plan.entry)
    settings = task_definitions.with_image(plan.task_definition, image or "")
    entry = {**plan.entry, "ecsTask": task_definitions.register(deployment, settings)}
    console.note(f"Registered the task definition {entry['ecsTask']}", "quiet")
    return {**entry, "version": versions.version_of(entry, plan.pages)}


def _keep(deployment: Deployment, plan: Plan, entry: Mapping[str, Any]) -> None:
    """Upload the version's pages, and then its entry: a version with an entry is complete."""
    version = str(entry["version"])
    _put(deployment, plan, versions.folder(plan.id, version), plan.keep, f"Uploading version {version}")
    if plan.keep_entry:
        text = json.dumps(versions.to_keep(entry, plan.pages, plan.asset_digests), ensure_ascii=False, indent=1)
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
            f"The study is published as version {version}, but some copies of its pages at {plan.id}/ are out of "
            f"date: {to_hippo_error(error).message}",
            "Run the command again: it updates the rest.",
        ) from error
