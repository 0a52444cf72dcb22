"""What proves that a request is the participant's, by the study's `access`.

open     nothing but the user id, as older clients know it
bound    a secret that the browser of the first visit made and sends as `Hippo-Proof`; or a signed
         link, which another browser got from the researcher
signed   a link that `hippo links` signed, on every request

The record keeps hashes of a bound participant's proofs. A signed study is checked before anything
of the participant is read.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from hippo_gym.participants import pages
from hippo_gym.participants.records import Participant
from hippo_gym.studies.links import Verdict, looks_signed
from hippo_gym.studies.projects import BOUND, OPEN, SIGNED, Project

Judge = Callable[[str, str, str], Verdict]
"""Checks a link's proof: (proof, project id, user id)."""

_SECRET: Final = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
"""32 random bytes in URL-safe base64, as the page makes them."""

_MAX_PROOFS: Final = 8
"""Browsers and links of one participant whose hashes a record keeps; the newest stay."""


class Refused(Exception):
    """The request does not prove that it is the participant's.

    Attributes:
        notice: the stable code in the answer.
        page: tells the participant what to do.
    """

    def __init__(self, notice: str, page: str) -> None:
        super().__init__(notice)
        self.notice = notice
        self.page = page


@dataclass(frozen=True)
class Proof:
    """What a request presents.

    Attributes:
        text: the header; empty in an open study.
        digest: of `text`, as a record keeps it; None in an open study.
    """

    text: str = field(default="", repr=False)
    digest: str | None = None


def present(project: Project, user_id: str, presented: str | None, judge: Judge) -> Proof:
    """Check what needs no record, before anything of the participant is read.

    Raises:
        Refused: the study is bound and nothing usable is presented; or it is signed and no valid
            link is.
        Exception: `judge` failed.
    """
    if project.access == OPEN:
        return Proof()
    text = presented or ""
    if project.access == SIGNED:
        _must_be_valid(judge(text, project.id, user_id) if looks_signed(text) else Verdict.INVALID, project)
    elif not looks_signed(text) and _SECRET.fullmatch(text) is None:
        raise Refused("proofNeeded", pages.proof_needed(project.wording))
    return Proof(text, digest_of(user_id, text))


def admit(project: Project, user_id: str, participant: Participant | None, proof: Proof, judge: Judge) -> None:
    """Check a bound study's proof against the participant's record.

    A participant without a proof is new, or began while the study was open: the first browser that
    comes is theirs. A link from the researcher opens the study in any browser.

    Raises:
        Refused: the participant has other proofs, or the link is not valid.
        Exception: `judge` failed.
    """
    known = participant.proofs if participant is not None else ()
    if project.access != BOUND or proof.digest is None or _holds(proof.digest, known):
        return
    if looks_signed(proof.text):
        _must_be_valid(judge(proof.text, project.id, user_id), project)
    elif known:
        raise Refused("otherBrowser", pages.other_browser(project.wording))


def bind(project: Project, participant: Participant, proof: Proof) -> Participant:
    """Return the record with an admitted proof among its proofs, in a bound study."""
    if project.access != BOUND or proof.digest is None or _holds(proof.digest, participant.proofs):
        return participant
    return replace(participant, proofs=(*participant.proofs, proof.digest)[-_MAX_PROOFS:])


def digest_of(user_id: str, text: str) -> str:
    """Return the hash of a proof, 64 hexadecimal digits: what a record keeps.

    A secret has 256 random bits, so a plain hash cannot be searched for it.
    """
    return hashlib.sha256("\n".join(("hippo-gym proof", user_id.lower(), text)).encode("utf-8")).hexdigest()


def _holds(digest: str, known: tuple[str, ...]) -> bool:
    """Return whether a digest is among those of a record, each compared in constant time."""
    return any(hmac.compare_digest(digest, each) for each in known)


def _must_be_valid(verdict: Verdict, project: Project) -> None:
    if verdict is Verdict.EXPIRED:
        raise Refused("linkExpired", pages.link_expired(project.wording))
    if verdict is not Verdict.VALID:
        raise Refused("linkNeeded", pages.link_needed(project.wording))
