"""Owners of a study: the IAM users and roles that may change its entry.

`update_project_master_list` is invoked directly, and Lambda tells a function nothing about its
caller. So `hippo` signs a request to AWS STS, GetCallerIdentity, for the change that it wants, and
sends the signature along as `proof`. The function passes it on to STS, which checks it and answers
whose it is. A header of the signed request holds a digest of the change and of the deployment: the
proof is good for nothing else, and STS takes it for some minutes only.

docs/decisions/2026-11-30-owners-by-a-signed-request.md compares this with other ways.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hippo_gym.runtime.errors import ResearcherError

HEADER: Final = "X-Hippo-Gym-Change"
"""The signed header that holds the digest."""

PROOF: Final = "proof"
"""Key of a payload: the headers of the signed request (`SIGNED_HEADERS`)."""

BODY: Final = "Action=GetCallerIdentity&Version=2011-06-15"
"""Body of the signed request (AWS STS API reference, GetCallerIdentity)."""

TYPE: Final = "application/x-www-form-urlencoded; charset=utf-8"

_VALUE: Final = re.compile(r"[ -~]{1,8192}")
"""A header's value, without line breaks."""

SIGNED_HEADERS: Final = ("Authorization", "X-Amz-Date", "X-Amz-Security-Token")
"""Headers of a proof; the last one only with temporary credentials."""


class NotAnOwner(ResearcherError):
    """The caller may not change this study; the text says who may."""


@dataclass(frozen=True)
class Caller:
    """Who invoked the function, as STS knows them.

    Attributes:
        arn: such as `arn:aws:sts::<account id>:assumed-role/<role>/<session>`.
    """

    arn: str

    @property
    def account_id(self) -> str:
        """Return the account of the user or role."""
        return self.arn.split(":")[4]

    @property
    def name(self) -> str:
        """Return the name that `hippo history` shows: the user's, or that of a role's session."""
        return self.arn.rsplit("/", 1)[-1].rsplit(":", 1)[-1]

    @property
    def principals(self) -> frozenset[str]:
        """Return the forms in which `owners` may name the caller; none for the account's root user.

        A user's path is not part of their name: IAM does not allow the same name twice (IAM user
        guide, "IAM identifiers"). The ARN of a role's session has no path.
        """
        kind, _, rest = self.arn.split(":", 5)[5].partition("/")
        if kind == "user":
            return frozenset({f"user/{rest.rsplit('/', 1)[-1]}"})
        role, _, session = rest.partition("/")
        return frozenset({f"role/{role}", f"role/{role}/{session}"}) if kind == "assumed-role" else frozenset()


def digest(deployment: str, payload: Mapping[str, Any]) -> str:
    """Return the digest of a change: SHA-256 of the deployment's name and the payload without its proof.

    Both sides compute it from the same JSON value, however it was written.
    """
    change = {key: value for key, value in payload.items() if key != PROOF}
    text = json.dumps([deployment, change], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def signed_headers(deployment: str, payload: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers of the request that a payload's proof signs, with the digest of this payload.

    Raises:
        NotAnOwner: the proof has another form.
    """
    proof = payload[PROOF]
    is_one = isinstance(proof, Mapping) and set(proof) <= set(SIGNED_HEADERS)
    if not is_one or not all(isinstance(value, str) and _VALUE.fullmatch(value) for value in proof.values()):
        raise NotAnOwner(f"`{PROOF}` is not a mapping of {', '.join(SIGNED_HEADERS)} to texts; nothing was written")
    return {**proof, "Content-Type": TYPE, HEADER: digest(deployment, payload)}


def check(
    project_id: str, before: Sequence[str] | None, after: Sequence[str] | None, caller: Caller | None, account_id: str
) -> None:
    """Check that the caller may change a study's entry.

    Args:
        project_id: the study.
        before: the owners in the stored entry; None for a new study, or one without owners.
        after: the owners in the new entry.
        caller: who asks; None without a proof.
        account_id: the deployment's account, which owners belong to.

    Raises:
        NotAnOwner: the caller is none of the owners before; or, for a study that had none, of those
            whom the new entry names, so that no researcher locks themselves out.
    """
    owners = before or after
    if not owners:
        return
    listed = ", ".join(sorted(owners))
    if caller is None:
        raise NotAnOwner(
            f"project {project_id!r} has owners ({listed}), and this request does not prove who sent it; nothing was "
            "written. Use `hippo submit`, which does; scripts cannot change such a study"
        )
    if caller.account_id == account_id and not caller.principals.isdisjoint(owners):
        return
    you = " or ".join(sorted(caller.principals)) or caller.arn
    if before:
        raise NotAnOwner(
            f"project {project_id!r} belongs to {listed}, and you are {you}; nothing was written. Ask an owner to make "
            "the change, or to add you to `owners`"
        )
    raise NotAnOwner(
        f"project {project_id!r}: `owners` ({listed}) does not name you, {you}, so that you could not change the study "
        "again; nothing was written. Add yourself to `owners`"
    )
