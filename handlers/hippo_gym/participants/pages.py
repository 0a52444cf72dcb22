"""The pages of a study: which file of a step a participant is shown, and the pages that this product adds itself.

A step `{stem}.html` may have variants `{stem}-0.html`, `{stem}-1.html`, … beside it or instead of it. Each file of the
step is a group; a participant's group among n is the same at every step (docs/participant-protocol.md).
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hippo_gym.storage.bucket import StoredObject
from hippo_gym.studies import versions
from hippo_gym.studies.object_cache import ObjectCache

EXIT: Final = "You may exit now"
"""Clients hide their Submit button on a page that holds these words (docs/participant-protocol.md)."""

_PROBED_AHEAD: Final = 4


def group(user_id: str, groups: int) -> int:
    """Return the participant's group, 0 … groups-1: the same for the same id and count, spread evenly over any ids.

    SHA-256 of the id in lower case, modulo the count; the bias of the modulo is below 2^-50 for any sensible count.
    """
    digest = hashlib.sha256(user_id.lower().encode("utf-8")).digest()
    return int.from_bytes(digest[:8], "big") % groups


@dataclass(frozen=True)
class StepFiles:
    """The files of one step that are found. Each of them makes a group.

    Attributes:
        base: `{stem}.html`, or None if it is not there.
        variants: number → `{stem}-{number}.html`.
    """

    base: str | None
    variants: Mapping[int, str]

    @property
    def files(self) -> tuple[str, ...]:
        """Return all of them, the base first."""
        return (*([] if self.base is None else [self.base]), *self.variants.values())

    @property
    def shown(self) -> tuple[str, ...]:
        """Return the file that each group is shown, group 0 first; nothing if the step has no file."""
        files = self.files
        return tuple(self.variants.get(number, files[0]) for number in range(len(files)))

    def shown_to(self, user_id: str) -> str | None:
        """Return the file that a participant is shown; None if the step has no file."""
        shown = self.shown
        return shown[group(user_id, len(shown))] if shown else None


def step_files(file: str, is_there: Callable[[str], bool]) -> StepFiles:
    """Find the files of a step; the search for variants ends `_PROBED_AHEAD` numbers past the last one found.

    Args:
        file: of the step, as the project's entry names it.
        is_there: tells whether there is a file of a name; asked once for each.
    """
    stem = file.removesuffix(".html")
    variants: dict[int, str] = {}
    number = 0
    while number < max(variants, default=-1) + 1 + _PROBED_AHEAD:
        variant = f"{stem}-{number}.html"
        if is_there(variant):
            variants[number] = variant
        number += 1
    return StepFiles(file if is_there(file) else None, variants)


class Pages:
    """Finds a step's page by exact names, never by listing a prefix."""

    def __init__(self, cache: ObjectCache) -> None:
        self._cache = cache

    def find(self, project_id: str, version: str | None, file: str, user_id: str) -> str | None:
        """Return the HTML that this participant is shown at the step `file`; None if the step has no file at all.

        A page that is not kept under the version is looked for among the project's own.
        """
        page = self._in(versions.folder(project_id, version), file, user_id)
        return self._in(project_id, file, user_id) if page is None and version is not None else page

    def _in(self, folder: str, file: str, user_id: str) -> str | None:
        read: dict[str, StoredObject] = {}

        def is_there(name: str) -> bool:
            stored = self._cache.get(f"{folder}/{name}")
            if stored is not None:
                read[name] = stored
            return stored is not None

        name = step_files(file, is_there).shown_to(user_id)
        return None if name is None else read[name].body.decode("utf-8", errors="replace")


def notice(title: str, *paragraphs: str, leave: bool = True) -> str:
    """Make a plain page of this product's own.

    Args:
        title: the heading, text.
        paragraphs: what the participant should know, text.
        leave: there is nothing to submit here; tells old clients to hide their Submit button.
    """
    body = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs)
    return f"<h1>{html.escape(title)}</h1>{body}" + (f"<!-- {EXIT} -->" if leave else "")


def thanks() -> str:
    """Make the last page of a study that has none."""
    return notice("Thank you", "You have reached the end of this study. You may exit now.")


def page_missing(researcher: str | None) -> str:
    """Make the page shown when a step's file is not there."""
    return notice(
        "This page is not available",
        "The next page of this study is missing. Your answers up to here are kept.",
        f"Please tell {_contact(researcher)}, and reload this page later to go on.",
    )


def server_failed(researcher: str | None) -> str:
    """Make the page shown when the participant's server could not be started, several times in a row."""
    return notice(
        "The game could not be started",
        f"It has failed several times. Please tell {_contact(researcher)}.",
        "Your place in the study and your answers are kept. It is tried again from time to time: come back later.",
    )


def in_line(ahead: int) -> str:
    """Make the page shown while a participant waits for a place; a client that polls replaces it in time.

    Args:
        ahead: how many come before them.
    """
    place = "You are next." if ahead == 0 else f"{ahead} {'person is' if ahead == 1 else 'people are'} before you."
    return notice(
        "You are in line",
        f"All places of this study are taken at the moment. {place}",
        "Keep this page open: your turn comes as soon as somebody has finished, and your answers up to here are kept.",
        "If nothing changes for some minutes, press Submit, or reload the page; you keep your place in line.",
        leave=False,
    )


def not_open(opens_at: datetime) -> str:
    """Make the page shown to somebody who comes before a study opens."""
    return notice("This study is not open yet", f"It opens on {_told(opens_at)}. Please come back then.")


def closed(researcher: str | None) -> str:
    """Make the page shown to somebody who comes after a study has closed."""
    return notice(
        "This study has closed", "It takes no new participants.", f"If you have questions, ask {_contact(researcher)}."
    )


def full(researcher: str | None) -> str:
    """Make the page shown to somebody who comes when a study has all its participants."""
    return notice(
        "This study is full",
        "It has all the participants that it needs. Thank you for your interest.",
        f"If you have questions, ask {_contact(researcher)}.",
    )


def _told(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y} at {moment:%H:%M} UTC"


def study_broken(researcher: str | None = None) -> str:
    """Make the page shown when the study itself is not set up as it must be."""
    return notice(
        "This study is not available right now",
        f"Its set-up has a fault. Please tell {_contact(researcher)}, and reload this page later.",
    )


def try_again() -> str:
    """Make the page shown when something of the system failed."""
    return notice(
        "Something went wrong on our side",
        "Your earlier answers are kept. Please reload this page in a minute; you will go on at the same step.",
    )


def _contact(researcher: str | None) -> str:
    return f"the researcher, {researcher}" if researcher else "the researcher who invited you"
