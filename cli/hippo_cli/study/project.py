"""The faults of the `project` mapping of a config.yml.

The faults come from the function's own check (`registration.read_payload`), so that `hippo` and the
function never disagree. This module adds the line and a fix.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hippo_cli.study import fixes
from hippo_cli.study.document import Document, below
from hippo_cli.study.findings import Finding, Severity
from hippo_cli.study.payload import SET_BY_HIPPO, wants_server
from hippo_gym.runtime.schemas import Fault
from hippo_gym.studies import registration

PROJECT: Final = "project"
_SECTIONS: Final = (PROJECT, "trial")


def judge(document: Document, judged: registration.Registration) -> Iterator[Finding]:
    """Yield the faults of the sections of a config.yml and of its project."""
    yield from _sections(document)
    project = document.value.get(PROJECT) if isinstance(document.value, Mapping) else None
    if project is None:
        return
    for fault in judged.faults:
        if fault.path != "ecsTask" or "ecsTask" in project:  # else the id is wrong, and has its own finding
            yield _of_fault(document, project, fault)
    if not isinstance(project, Mapping):
        return
    for key in sorted(SET_BY_HIPPO & set(project)):
        where = below(PROJECT, key)
        what = f"`hippo` sets {key!r} itself, and ignores it here"
        yield Finding(Severity.WARNING, "set-by-hippo", document.key_place(where), what, "Delete it.", where=where)
    for warning in judged.warnings:
        found = _of_warning(document, warning, needs_server=wants_server(project))
        if found is not None:
            yield found


def _sections(document: Document) -> Iterator[Finding]:
    content = document.value
    if not isinstance(content, Mapping) or content.get(PROJECT) is None:
        what = "this file has no `project:`"
        fix = "Write `project:` on its own line, and below it, indented by two spaces, `id`, `name` and so on."
        yield Finding(Severity.ERROR, "no-project", document.place(""), what, fix, where=PROJECT)
        return
    for key in content:
        if key not in _SECTIONS:
            what = f"{key!r} is not a section of config.yml, and is ignored"
            where = document.key_place(key)
            if key in fixes.known_keys():
                fix = f"Indent it, so that it is under `{PROJECT}:`."
            else:
                fix = fixes.rename(key, _SECTIONS) or "Delete it, or put it under `trial:` if your container reads it."
            yield Finding(Severity.WARNING, "unknown-section", where, what, fix, ", ".join(_SECTIONS), key)


def _of_fault(document: Document, project: Any, fault: Fault) -> Finding:
    path = fault.path
    if path == "team_members" and path not in project:
        path = "teamMembers"
    if path == "bucket" and path not in project:
        path = "awsSetup.bucket"
    where = PROJECT if path == "(top)" else below(PROJECT, path)
    head, _, key = path.rpartition(".")
    name = f"step {key}" if head == "steps" and key.isdigit() else key
    fix = fixes.fix(key, document.written.get(where), project, fault)
    allowed = fault.allowed
    if path == "(top)":
        name, allowed = PROJECT, f"keys with values: {', '.join(fixes.known_keys())}"
    if fault.found == fixes.UNKNOWN_KEY:
        place, code, what = document.key_place(where), "unknown-key", f"{key!r} is not a known key"
        allowed = allowed if head else ", ".join(fixes.known_keys())
    elif fault.found == fixes.MISSING:
        place, code, what = document.key_place(where), "missing-key", f"{key!r} is missing"
    else:
        place, code, what = document.place(where), "not-allowed", f"{name}: found {fault.found}"
        written = document.written.get(where)
        if written and written != fault.found:
            what += f" (written {written})"
    return Finding(Severity.ERROR, code, place, what, fix, allowed, where)


_WARNINGS: Final = (
    (
        r"startServerStep is set to None",
        "start-not-set",
        "no startServerStep: the server starts only when a participant reaches the game, and they have to wait for it",
        "Set `startServerStep` to a step or two before the game; a server takes about a minute.",
    ),
    (
        r"stopServerStep is set to None",
        "stop-not-set",
        "no stopServerStep: a participant's server runs, and costs, until they reach the final step",
        "Set `stopServerStep` to the step after the game.",
    ),
    (
        r"maxRuntime is set to None",
        "runtime-not-set",
        "no maxRuntime: if a participant leaves, their server runs until the deployment's limit",
        "Write `maxRuntime: 30`, the minutes that a participant may need.",
    ),
    (r"useAWS is", "use-aws", None, "Write `useAWS: true`."),
    (
        r"live is set to None",
        "live-not-set",
        None,
        "Write `live: true`, or `live: false` to let no new participants in.",
    ),
    (
        r"finalStep is not set",
        "no-final-step",
        None,
        "Write `finalStep: 5_thanks.html` under `steps:`, and add that page.",
    ),
    (
        r"steps\.\w+ is in a folder",
        "step-in-folder",
        None,
        "Nothing, if the page is in that folder; else write only the file's name.",
    ),
    (
        r"steps: .* not set",
        "steps-not-set",
        None,
        "Nothing, if these steps are left out on purpose; else number the steps without gaps.",
    ),
    (r"startServerStep \d+ is the step on", "start-tested", None, "Set it to the step after it."),
    (r"startServerStep \d+ is past", "start-past-last", None, "Set it to a step or two before the game."),
    (r"startServerStep \d+ is after", "start-after-game", None, "Set it to a step or two before the game."),
    (r"stopServerStep \d+ is past", "stop-past-last", None, "Set it to the step after the game."),
    (r"stopServerStep \d+ is not after", "stop-before-game", None, "Set it to the step after the game."),
    (r"exits\.[^:]*: step", "exit-without-page", None, "Name the step whose page has the field of this exit."),
    (
        r"assignmentTimeout has",
        "assignment-timeout",
        None,
        "Write `assignment: balanced`, or delete `assignmentTimeout`.",
    ),
    (
        r"enrolmentTimeout has",
        "enrolment-timeout",
        None,
        "Set `mostParticipants`, or delete `enrolmentTimeout`.",
    ),
    (r"completion\.codes has no code", "code-missing", None, "Add a code for `screenedOut` under `codes:`."),
    (r"completion\.codes", "completion-codes", None, "Name only `finished` and the study's exits."),
    (r"completion\.redirect", "completion-redirect", None, "Add a code for `finished` under `codes:`."),
)
"""Start of the function's warning, code, replacement of its text, and fix."""

_ABOUT_SERVERS: Final = frozenset({"start-not-set", "stop-not-set", "runtime-not-set"})


def _of_warning(document: Document, warning: str, *, needs_server: bool) -> Finding | None:
    """Return the finding of a function's warning.

    Return None if it is about a server and the study has none.
    """
    subject = warning.split(" ")[0].rstrip(":")
    home = {"startServerStep": "events.", "stopServerStep": "events.", "finalStep": "steps."}.get(subject, "")
    where = below(PROJECT, home + subject)
    place = document.key_place(where)
    for pattern, code, own_words, fix in _WARNINGS:
        if re.match(pattern, warning):
            if code in _ABOUT_SERVERS and not needs_server:
                return None
            return Finding(Severity.WARNING, code, place, own_words or warning, fix, where=where)
    return Finding(Severity.WARNING, "project", place, warning, "Change it, if this is not what you want.", where=where)
