"""Checks that the parts of a study fit each other: dates, codes, labels, and the last page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from hippo_cli.study import markup, pages
from hippo_cli.study.document import Document, below
from hippo_cli.study.findings import Finding, Place, Severity
from hippo_cli.study.project import PROJECT
from hippo_gym.runtime.clock import from_text
from hippo_gym.studies import warm
from hippo_gym.studies.assignment import conditions_of_page
from hippo_gym.studies.projects import FINAL_STEP, GAME

_FINISHED = "finished"
_WARM_FIX = "Write windows that are yet to come, or delete `warm`."


def judge(document: Document, entry: Mapping[str, Any], files: Mapping[str, bytes], now: datetime) -> Iterator[Finding]:
    """Yield what is allowed and does not fit.

    Args:
        document: the config.yml.
        entry: the entry to register.
        files: the study's pages.
        now: the time.
    """
    yield from _of_dates(document, entry, now)
    yield from _of_warm(document, entry, now)
    yield from _of_labels(document, entry)
    yield from _of_last_step(document, entry)
    yield from _of_codes(entry, files)


def _of_dates(document: Document, entry: Mapping[str, Any], now: datetime) -> Iterator[Finding]:
    text = entry.get("closesAt")
    if text is not None and from_text(text) <= now:
        where = below(PROJECT, "closesAt")
        what = f"closesAt: {text} is over, so the study takes no new participants"
        fix = "Write a later time, or delete `closesAt`."
        yield Finding(Severity.WARNING, "closed", document.place(where), what, fix, where=where)


def _of_warm(document: Document, entry: Mapping[str, Any], now: datetime) -> Iterator[Finding]:
    if warm.is_over(entry, now):
        where = below(PROJECT, "warm")
        what = "every window of warm is in the past, so no warm server is started"
        yield Finding(Severity.ERROR, "warm-over", document.place(where), what, _WARM_FIX, where=where)
    elif entry.get("warm") and not any(file == GAME for file in entry["steps"].values()):
        where = below(PROJECT, "warm")
        what = "the study has warm servers, but no step is the game"
        yield Finding(Severity.WARNING, "warm-without-game", document.place(where), what, "Delete `warm`.", where=where)


def _of_labels(document: Document, entry: Mapping[str, Any]) -> Iterator[Finding]:
    labels = entry.get("progress")
    steps = {step for step, file in entry["steps"].items() if file is not None} | {FINAL_STEP}
    for step in labels if isinstance(labels, Mapping) else ():
        if step not in steps:
            where = below(below(PROJECT, "progress"), step)
            what = f"this label is for step {step}, and the study has no such step"
            fix = f"Name one of its steps: {', '.join(sorted(steps, key=lambda name: (len(name), name)))}."
            yield Finding(Severity.WARNING, "label-without-step", document.key_place(where), what, fix, where=where)


def _of_last_step(document: Document, entry: Mapping[str, Any]) -> Iterator[Finding]:
    steps: Mapping[str, str | None] = entry["steps"]
    numbered = [int(step) for step, file in steps.items() if step != FINAL_STEP and file is not None]
    last = str(max(numbered, default=0))
    file = steps.get(FINAL_STEP)
    if file is not None and steps.get(last) == file:
        where = below(below(PROJECT, "steps"), last)
        what = f"step {last} and the final step show one page, {file}: participants see it twice, or end at step {last}"
        fix = f"Delete step {last}: the final step follows the step before it."
        yield Finding(Severity.WARNING, "final-twice", document.key_place(where), what, fix, where=where)


def _of_codes(entry: Mapping[str, Any], files: Mapping[str, bytes]) -> Iterator[Finding]:
    """Yield the places for a completion code that stay empty."""
    codes = entry.get("completion", {}).get("codes", {})
    ends = {_FINISHED: entry["steps"].get(FINAL_STEP)}
    ends |= {outcome: leaving["page"] for outcome, leaving in entry.get("exits", {}).items()}
    last: dict[str, list[str]] = {}
    for outcome, file in ends.items():
        for shown in _shown(file, files):
            last.setdefault(shown, []).append(outcome)
    for file, content in files.items():
        page = markup.read(content.decode("utf-8", errors="replace"), file)
        if page.code_line is None:
            continue
        missing = [outcome for outcome in last.get(file, ()) if outcome not in codes]
        place = Place(file, page.code_line)
        if file not in last:
            what, fix = "COMPLETION_CODE stays empty: only a last page gets a code", "Move it to the last page."
            yield Finding(Severity.WARNING, "code-early", place, what, fix)
        elif missing:
            what = f"COMPLETION_CODE stays empty: the study has no code for {' and '.join(map(repr, missing))}"
            fix = f"Write it in config.yml: `completion: {{codes: {{{missing[0]}: A1B2C3}}}}`."
            yield Finding(Severity.WARNING, "code-missing", place, what, fix)


def _shown(file: str | None, files: Mapping[str, bytes]) -> Iterator[str]:
    if file is not None:
        yield from dict.fromkeys(pages.groups(file, files))
        yield from (name for name in files if conditions_of_page(file, name) is not None)
