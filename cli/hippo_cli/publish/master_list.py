"""The master list of studies: read from the bucket, changed through the function."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from hippo_cli.deployment import Deployment
from hippo_cli.publish import proof
from hippo_common.errors import HippoError
from hippo_common.reading import json_value
from hippo_gym.storage.bucket import Bucket
from hippo_gym.studies.master_list import parse_master_list
from hippo_gym.studies.owners import PROOF
from hippo_gym.studies.projects import MASTER_LIST_KEY

FUNCTION: Final = "update_project_master_list"
STAMPS: Final = ("updatedAt", "updatedBy", "groupsBy")
"""Keys of an entry that hold who wrote it and when, and by which rule groups are computed."""


def read(deployment: Deployment) -> list[dict[str, Any]]:
    """Return the entries of the list; none if the list does not exist yet.

    Raises:
        MasterListInvalid: the list cannot be read.
    """
    stored = Bucket(deployment.client("s3"), deployment.bucket).get(MASTER_LIST_KEY)
    return [] if stored is None else parse_master_list(stored)


def find(entries: Iterable[dict[str, Any]], project_id: str) -> dict[str, Any] | None:
    """Return the entry of a project; the last one if the list has several, as the functions do."""
    return {entry["id"]: entry for entry in entries}.get(project_id)


def look_up(deployment: Deployment, project_id: str) -> dict[str, Any]:
    """Return the entry of a project.

    Raises:
        HippoError: the list has no such project.
    """
    entries = read(deployment)
    entry = find(entries, project_id)
    if entry is None:
        raise unknown(project_id, {other["id"] for other in entries}, deployment)
    return entry


def unknown(project_id: str, ids: Iterable[str], deployment: Deployment) -> HippoError:
    """Return the error for a project that is not in the list, with the most similar id."""
    close = difflib.get_close_matches(project_id, list(ids), n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    return HippoError(f"{deployment.name} has no study {project_id!r}.", f"{hint}`hippo list` shows its studies.")


def caller(deployment: Deployment) -> str:
    """Return the caller's name in AWS: the IAM user's name, or the session name of a role."""
    arn = str(deployment.client("sts").get_caller_identity()["Arn"])
    return arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def write(deployment: Deployment, entry: Mapping[str, Any], before: Mapping[str, Any] | None, who: str) -> None:
    """Write an entry to the list.

    Args:
        deployment: the deployment.
        entry: the entry; its stamps are optional.
        before: the entry to replace, as it was read; None for a new one.
        who: the caller's name, for the stamps.

    Raises:
        HippoError: the function refused the entry, or another writer has changed it meanwhile, and
            nothing was written; or the function asks to try again.
    """
    kept = {key: value for key, value in entry.items() if key not in STAMPS}
    payload = kept | {"useAWS": True, "updatedBy": who, "replaces": (before or {}).get("updatedAt")}
    if kept.get("owners") or (before or {}).get("owners"):
        # Only then: a deployment of an earlier release knows no proofs.
        payload |= {PROOF: proof.of(deployment, payload)}
    status, body = _invoke(deployment, payload)
    if status == 403:
        raise HippoError(f"{body}.", "`hippo show STUDY` shows a study's owners.")
    if status == 409 and not _is_there(deployment, kept | {"updatedBy": who}):
        raise HippoError(
            f"Another writer has changed the study meanwhile: {body}.",
            "Nothing was changed. Run the command again to see what it would change now.",
        )
    if status == 503:
        raise HippoError(f"Other writers are changing the list now: {body}.", "Run the command again.")
    if status not in {200, 409}:
        raise HippoError(
            f"{deployment.functions[FUNCTION]} refuses the entry, and nothing was changed:\n{body}",
            "Correct these values and run the command again. If they are keys that `hippo` adds itself, the "
            "deployment is older than your `hippo`: ask your infra team to update it.",
        )


def _is_there(deployment: Deployment, entry: Mapping[str, Any]) -> bool:
    """Return whether the list has the entry, as after a write whose answer was lost."""
    found = find(read(deployment), str(entry["id"])) or {}
    return {key: value for key, value in found.items() if key not in {"updatedAt", "groupsBy"}} == entry


def _invoke(deployment: Deployment, payload: Mapping[str, Any]) -> tuple[int, str]:
    function = deployment.functions.get(FUNCTION)
    if function is None:
        raise HippoError(
            f"The description of the deployment {deployment.name} does not name its function {FUNCTION}.",
            "Ask your infra team to run `make deploy` again.",
        )
    answer = deployment.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload).encode("utf-8"))
    text = answer["Payload"].read().decode("utf-8")
    try:
        reply = json_value(text)
        if not answer.get("FunctionError"):
            return int(reply["statusCode"]), str(reply["body"])
    except (ValueError, TypeError, KeyError):
        pass
    raise HippoError(
        f"{function} failed without an error message: {text[:300]}",
        "Check with `hippo list` whether the change was made. If not, run the command again; if it fails again, "
        "ask your infra team: the function's log has the details.",
    )
