"""Pages: which file of a step a participant sees, and the pages that this product adds.

A step `{stem}.html` may have variants `{stem}-0.html`, `{stem}-1.html`, … beside it or instead of
it. Each file of the step is a group; a participant's group among n is the same at every step. A
page for conditions, such as `{stem}.partner=expert.html`, goes before them and is no group
(docs/run-a-study.md).
"""

from __future__ import annotations

import html
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hippo_gym.storage.bucket import StoredObject
from hippo_gym.studies import versions
from hippo_gym.studies.assignment import Assigned, condition_files
from hippo_gym.studies.object_cache import ObjectCache
from hippo_gym.studies.projects import GAME, Project

EXIT: Final = "You may exit now"
"""Old clients hide their Submit button on a page that contains these words."""

_PROBED_AHEAD: Final = 4
"""Gap in the numbers of variants that the search crosses: after `-2` it still finds `-6`."""

_MAX_NAMED: Final = 64  # versions whose names of pages are kept in memory


@dataclass(frozen=True)
class StepFiles:
    """The existing files of one step. Each file is a group.

    Attributes:
        base: `{stem}.html`, or None if it does not exist.
        variants: number → `{stem}-{number}.html`.
    """

    base: str | None
    variants: Mapping[int, str]

    @property
    def files(self) -> tuple[str, ...]:
        """Return all files, the base first."""
        return (*([] if self.base is None else [self.base]), *self.variants.values())

    @property
    def shown(self) -> tuple[str, ...]:
        """Return the file of each group, group 0 first; empty if the step has no file."""
        files = self.files
        return tuple(self.variants.get(number, files[0]) for number in range(len(files)))

    def shown_to(self, assigned: Assigned) -> str | None:
        """Return the file that a participant's group sees; None if the step has no file."""
        shown = self.shown
        return shown[assigned.group_of(len(shown))] if shown else None


def step_files(file: str, is_there: Callable[[str], bool]) -> StepFiles:
    """Find the files of a step.

    The search for variants ends `_PROBED_AHEAD` numbers past the last one.

    Args:
        file: the step's file as the project's entry names it.
        is_there: returns whether a file of this name exists; called once per name.
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


def shown_file(file: str, assigned: Assigned, is_there: Callable[[str], bool]) -> str | None:
    """Return the file that a participant sees at a step; None if there is none.

    A page for the participant's conditions goes before those of groups.

    Args:
        file: the step's file as the project's entry names it.
        assigned: the participant's group and conditions.
        is_there: returns whether a file of this name exists; called once per name.
    """
    for name in condition_files(file, assigned.conditions):
        if is_there(name):
            return name
    return step_files(file, is_there).shown_to(assigned)


def group_counts(project: Project, names: Collection[str]) -> tuple[int, ...]:
    """Return each number of groups that a step of a study has, above 1, in ascending order.

    Args:
        project: the study.
        names: the names of its pages.
    """
    files = {*project.steps.values(), project.final_page} - {GAME, None}
    counts = {len(step_files(file, lambda name: name in names).files) for file in files if file is not None}
    return tuple(sorted(count for count in counts if count > 1))


def _names_in(kept: StoredObject) -> frozenset[str] | None:
    try:
        digests = versions.digests_in(kept.json())
    except ValueError:
        return None
    return None if digests is None else frozenset(digests)


class Pages:
    """Finds a step's page by exact names, never by listing a prefix."""

    def __init__(self, cache: ObjectCache) -> None:
        self._cache = cache
        self._names: dict[str, tuple[StoredObject, frozenset[str] | None]] = {}

    def names(self, project_id: str, version: str | None) -> frozenset[str] | None:
        """Return the names of a version's pages; None if no list of them is stored."""
        if version is None:
            return None
        key = versions.entry_key(project_id, version)
        stored = self._cache.get(key)
        if stored is None:
            return None
        known = self._names.get(key)
        if known is None or known[0] is not stored:
            if len(self._names) >= _MAX_NAMED:
                self._names.clear()
            known = self._names[key] = (stored, _names_in(stored))
        return known[1]

    def find(self, project_id: str, version: str | None, file: str, assigned: Assigned) -> str | None:
        """Return the HTML of the step `file` for this participant; None if the step has no file.

        If the version's folder does not hold the page, the project's own folder is searched. Of the
        pages for groups and conditions, only those that a version has are asked for.
        """
        names = self.names(project_id, version)
        page = self._in(versions.folder(project_id, version), file, assigned, names)
        return self._in(project_id, file, assigned, None) if page is None and version is not None else page

    def _in(self, folder: str, file: str, assigned: Assigned, names: Collection[str] | None) -> str | None:
        read: dict[str, StoredObject] = {}

        def is_there(name: str) -> bool:
            if names is not None and name not in names:
                return False
            stored = self._cache.get(f"{folder}/{name}")
            if stored is not None:
                read[name] = stored
            return stored is not None

        name = shown_file(file, assigned, is_there)
        return None if name is None else read[name].body.decode("utf-8", errors="replace")


def notice(title: str, *paragraphs: str, leave: bool = True) -> str:
    """Make a plain page.

    Args:
        title: the heading, plain text.
        paragraphs: what the participant should know, plain text.
        leave: the page has nothing to submit, so old clients hide their Submit button.
    """
    body = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in paragraphs)
    return f"<h1>{html.escape(title)}</h1>{body}" + (f"<!-- {EXIT} -->" if leave else "")


def thanks() -> str:
    """Make the last page of a study that registers none."""
    return notice("Thank you", "You have reached the end of this study. You may exit now.")


def page_missing(researcher: str | None) -> str:
    """Make the page for a step whose file does not exist."""
    return notice(
        "This page is not available",
        "The next page of this study is missing. Your answers so far are saved.",
        f"Please write to {_contact(researcher)}. Reload this page later to continue.",
    )


def server_failed(researcher: str | None) -> str:
    """Make the page for a participant whose server failed to start several times in a row."""
    return notice(
        "The game could not be started",
        f"We tried several times. Please write to {_contact(researcher)}.",
        "Your answers so far are saved. We keep trying: reload this page later to continue.",
    )


def still_there() -> str:
    """Make the page for a participant whose server ended because no participant needed it any more.

    An old client's Submit button asks for another one.
    """
    return notice(
        "Are you still there?",
        "The server of your game has been stopped. Your answers so far are saved.",
        "To continue with the game, press Submit.",
        leave=False,
    )


def in_line(ahead: int) -> str:
    """Make the page for a participant who waits for a server; a client that polls replaces it.

    Args:
        ahead: how many participants are before them in line.
    """
    place = "You are next." if ahead == 0 else f"{ahead} {'person is' if ahead == 1 else 'people are'} before you."
    return notice(
        "You are in line",
        f"All places in this study are taken right now. {place}",
        "Please keep this page open. Your turn comes when another person finishes. Your answers so far are saved.",
        "If nothing changes for a few minutes, press Submit or reload the page. You keep your place in line.",
        leave=False,
    )


def elsewhere() -> str:
    """Make the page for a participant who has a server in another study; a client that polls replaces it."""
    return notice(
        "Your game in another study is still open",
        "You can play one game at a time. Please finish the other one, or close its page and wait.",
        "Please keep this page open: your game starts when the other one has ended. Your answers so far are saved.",
        leave=False,
    )


def not_open(opens_at: datetime) -> str:
    """Make the page for a visitor who comes before the study opens."""
    return notice("This study is not open yet", f"It opens on {_date_and_time(opens_at)}. Please come back then.")


def closed(researcher: str | None) -> str:
    """Make the page for a visitor who comes after the study has closed."""
    return notice(
        "This study has closed",
        "It accepts no new participants.",
        f"If you have questions, write to {_contact(researcher)}.",
    )


def full(researcher: str | None) -> str:
    """Make the page for a visitor who comes when the study has all its participants."""
    return notice(
        "This study is full",
        "It has enough participants. Thank you for your interest.",
        f"If you have questions, write to {_contact(researcher)}.",
    )


def screened_out(researcher: str | None) -> str:
    """Make the page for a participant whose device does not have what the study requires."""
    return notice(
        "This study needs another device",
        "Your device does not have what this study needs, so you cannot take part with it. Thank you for trying.",
        f"If you have questions, write to {_contact(researcher)}.",
    )


def proof_needed(researcher: str | None) -> str:
    """Make the page for a client that presents nothing in a bound study: it is no current page."""
    return notice(
        "This study cannot be opened here",
        f"Please open the link that you got once more. If that does not help, write to {_contact(researcher)}.",
    )


def other_browser(researcher: str | None) -> str:
    """Make the page for a browser that is not the participant's."""
    return notice(
        "This study was begun in another browser",
        "Please continue in the browser in which you began, or open the link that it shows under "
        '"Continue on another device".',
        f"If you cannot, write to {_contact(researcher)}, who can give you a link. Your answers so far are saved.",
    )


def link_needed(researcher: str | None) -> str:
    """Make the page for a request without a valid signed link."""
    return notice(
        "This link does not work",
        "Part of it may have been lost when it was copied. Please open the link that you got once more.",
        f"If that does not help, write to {_contact(researcher)}, who can give you another one.",
    )


def link_expired(researcher: str | None) -> str:
    """Make the page for a signed link whose time is over."""
    return notice(
        "This link has expired",
        f"Please write to {_contact(researcher)}, who can give you another one. Your answers so far are saved.",
    )


def _date_and_time(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y} at {moment:%H:%M} UTC"


def study_broken(researcher: str | None = None) -> str:
    """Make the page for a study whose entry in the master list is not valid."""
    return notice(
        "This study is not available right now",
        f"It is not set up correctly. Please write to {_contact(researcher)}. Reload this page later to continue.",
    )


def fetched_ahead() -> str:
    """Make the page for a browser that loads a link before the participant opens it."""
    return notice("This page was loaded ahead of time", "Please reload this page to begin.")


def come_back() -> str:
    """Make the page for a participant who needs a server while the line has its greatest length."""
    return notice(
        "Please come back later",
        "So many people take part right now that the line for a place is full.",
        "Your answers so far are saved. Open this page again in half an hour or later: you continue here, and in the "
        "line you are then before everyone who came after you.",
    )


def try_again() -> str:
    """Make the page for a request that failed because of the system."""
    return notice(
        "Something went wrong on our side",
        "Your earlier answers are saved. Please reload this page in a minute. You will continue at the same step.",
    )


def _contact(researcher: str | None) -> str:
    return f"the researcher, {researcher}" if researcher else "the researcher who invited you"
