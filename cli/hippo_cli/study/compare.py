"""The faults of the `compare` part of config.yml, and of the steps that it describes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from hippo_cli.study import assets, clips
from hippo_cli.study.assets import Asset
from hippo_cli.study.compare_pages import COMPARE, answers_of, page_name, pairs_of, steps_of, validator
from hippo_cli.study.document import Document
from hippo_cli.study.findings import Finding, Severity
from hippo_cli.study.fixes import UNKNOWN_KEY
from hippo_gym.runtime import schemas
from hippo_gym.runtime.schemas import Fault
from hippo_gym.studies import comparisons
from hippo_gym.studies.comparisons import LEFT, PICTURES, RIGHT, VIDEOS, Pair

WHERE: Final = "project.compare"
_EXAMPLE: Final = "`compare: {question: Which is better?, clips: [assets/a.mp4, assets/b.mp4]}`"
_MANY: Final = 20
"""Pairs on one page from which a warning says how to spread them."""
_MOST: Final = 100
"""Pairs on one page, so that its form stays far below the largest one that `/next` takes."""


def judge(
    document: Document, project: Mapping[str, Any], folder: Path, files: Mapping[str, Asset]
) -> Iterator[Finding]:
    """Yield the faults of the comparisons.

    Args:
        document: the config.yml.
        project: its project.
        folder: the study's folder.
        files: the files in its folder `assets`.
    """
    steps, found = steps_of(project), project.get(COMPARE)
    if found is None:
        for step in steps[:1]:
            where = f"project.steps.{step}"
            what = f"step {step} compares clips, and config.yml does not say which"
            yield Finding(
                Severity.ERROR, "compare-missing", document.place(where), what, f"Add {_EXAMPLE}.", where=where
            )
        return
    if not isinstance(found, Mapping):
        what, fix = "compare: found no keys", f"Write {_EXAMPLE}."
        yield Finding(Severity.ERROR, "not-allowed", document.place(WHERE), what, fix, where=WHERE)
        return
    if not steps:
        what = "config.yml describes comparisons, but no step is `compare`"
        fix = "Write `compare` as the step with the comparisons, or delete `compare:`."
        yield Finding(Severity.WARNING, "no-compare", document.key_place(WHERE), what, fix, where=WHERE)
    for step in steps:
        if (folder / page_name(step)).exists():
            where = f"project.steps.{step}"
            what = f"`hippo` writes the page {page_name(step)} of this step, and the study's folder has one, too"
            fix = f"Rename the file, or write `{step}: {page_name(step)}` if that is the page that you mean."
            yield Finding(Severity.ERROR, "compare-page", document.place(where), what, fix, where=where)
    faults = schemas.faults_of(validator().iter_errors(found))
    yield from (_of_fault(document, fault) for fault in faults)
    if ("clips" in found) == ("pairs" in found):
        what = "compare has both `clips` and `pairs`" if "clips" in found else "compare has neither `clips` nor `pairs`"
        fix = "Keep one." if "clips" in found else "Add `clips:` for every pair of these clips, or `pairs:` for some."
        yield Finding(Severity.ERROR, "not-allowed", document.key_place(WHERE), what, fix, where=WHERE)
    elif not faults:
        yield from _of_clips(document, found, files)
        yield from _of_number(document, found, steps)
        yield from _of_answers(document, found)


def _clips(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each clip with its path below `compare`."""
    for index, each in enumerate(found.get("pairs", found.get("clips", ()))):
        if isinstance(each, str):
            yield f"clips[{index}]", each
        else:
            yield from ((f"pairs[{index}][{side}]", clip) for side, clip in enumerate(each))


def _of_clips(document: Document, found: Mapping[str, Any], files: Mapping[str, Asset]) -> Iterator[Finding]:
    reported: set[str] = set()
    for path, clip in _clips(found):
        fault = None if clip in reported else _fault_of(clip, files)
        if fault is not None:
            reported.add(clip)
            where = f"{WHERE}.{path}"
            yield Finding(Severity.ERROR, fault[0], document.place(where), *fault[1:], where=where)
    first: dict[Pair, str] = {}
    for path, pair in pairs_of(found):
        where = f"{WHERE}.{path}"
        same = _same(pair, files)
        known = (min(pair), max(pair))
        if same is not None:
            fix = "Delete the one." if path.startswith("clips") else "Name another clip, or delete this pair."
            yield Finding(Severity.ERROR, "compare-same", document.place(where), same, fix, where=where)
        elif known in first:
            line = document.place(f"{WHERE}.{first[known]}").line
            what = f"this pair is there twice: line {line} has it, too, and sides are drawn for each participant"
            yield Finding(Severity.ERROR, "compare-twice", document.place(where), what, "Delete it.", where=where)
        first.setdefault(known, path)


def _fault_of(clip: str, files: Mapping[str, Asset]) -> tuple[str, str, str] | None:
    """Return the code, the words and the fix of the fault of a clip; None without one."""
    if comparisons.ending(clip) not in (*VIDEOS, *PICTURES):
        what = f"{clip} is no clip that every browser shows"
        return "compare-format", what, f"Save it as one of these: {', '.join((*VIDEOS, *PICTURES))}."
    if clip.startswith("https://"):
        return None
    named = assets.named_by(clip)
    if named != clip:
        return (
            "compare-missing-clip",
            f"{clip} is not the plain name of a file",
            f"Write {named}, without signs of addresses.",
        )
    fault = assets.missing(clip, files)
    if fault is not None:
        return "compare-missing-clip", *fault
    unseen = clips.fault(files[clip].path, files[clip].digest)
    return None if unseen is None else ("compare-format", *unseen)


def _same(pair: Pair, files: Mapping[str, Asset]) -> str | None:
    first, second = pair
    if first == second:
        return f"{first} is compared with itself"
    one, other = files.get(first), files.get(second)
    if one is not None and other is not None and one.digest == other.digest:
        return f"{first} and {second} have the same content"
    return None


def _of_number(document: Document, found: Mapping[str, Any], steps: Sequence[str]) -> Iterator[Finding]:
    there = len(pairs_of(found))
    wanted = found.get("judge", there)
    where = f"{WHERE}.judge"
    if wanted > there:
        what = f"each participant is to judge {wanted} pairs, and there are {there}"
        fix = f"Write `judge: {there}`, or add pairs."
        yield Finding(Severity.ERROR, "compare-number", document.place(where), what, fix, f"at most {there}", where)
    elif wanted < len(steps):
        what = f"{len(steps)} steps are `compare`, and each participant judges {wanted} pairs: a page would be empty"
        fix = f"Write `judge: {len(steps)}` or more." if len(steps) <= there else "Delete a step, or add pairs."
        yield Finding(Severity.ERROR, "compare-number", document.place(where), what, fix, where=where)
    elif steps and wanted > _MANY * len(steps):
        most = -(-wanted // len(steps))
        is_possible = most <= _MOST
        what = f"one page shows {most} pairs: it loads slowly, and its answers are sent only when all are given"
        fix = "Set `judge` to fewer, or write `compare` at more steps, which share the pairs."
        severity, allowed = (Severity.WARNING, None) if is_possible else (Severity.ERROR, f"at most {_MOST} on a page")
        yield Finding(severity, "compare-many", document.place(where), what, fix, allowed, where)


def _of_answers(document: Document, found: Mapping[str, Any]) -> Iterator[Finding]:
    answers = answers_of(found, None)
    where = f"{WHERE}.answers"
    missing = [choice for choice in (LEFT, RIGHT) if choice not in answers]
    if missing:
        what, fix = (
            f"answers: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing",
            "Add what is missing.",
        )
        yield Finding(Severity.ERROR, "compare-answers", document.place(where), what, fix, where=where)
    elif len(set(answers.values())) < len(answers):
        what, fix = "answers: two choices have the same text", "Give each choice a text of its own."
        yield Finding(Severity.ERROR, "compare-answers", document.place(where), what, fix, where=where)


def _of_fault(document: Document, fault: Fault) -> Finding:
    if fault.path == "(top)":
        return Finding(
            Severity.ERROR, "not-allowed", document.place(WHERE), "compare: found nothing", f"Write {_EXAMPLE}."
        )
    where, key = f"{WHERE}.{fault.path}", fault.path.rpartition(".")[2]
    if fault.found == UNKNOWN_KEY:
        what = f"{key!r} is not a known key of compare"
        fix = f"Rename it to `{fault.nearest}`." if fault.nearest else "Delete it."
        return Finding(Severity.ERROR, "unknown-key", document.key_place(where), what, fix, fault.allowed, where)
    what, fix = f"{key}: found {fault.found}", _fix(key, fault)
    return Finding(Severity.ERROR, "not-allowed", document.place(where), what, fix, fault.allowed, where)


def _fix(key: str, fault: Fault) -> str:
    if key == "question":
        return "Add `question: Which is better?`, with your own words."
    if key.startswith(("clips[", "pairs[")) and fault.found.startswith('"'):
        return (
            f"Write {assets.FOLDER}/{fault.found.strip(chr(34)).lstrip('./')}, if the file is in the folder `assets`."
        )
    return "Change it to what is allowed."
