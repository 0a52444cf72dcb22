"""The `project` mapping of a config.yml: what is sent of it, and what is wrong with it.

Faults are those that the function itself would answer with (`registration.read_payload`), so that the two never
disagree; here they get a line, and something to do.
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
    """Yield what is wrong with the sections of a config.yml and with its project."""
    yield from _sections(document)
    project = document.value.get(PROJECT) if isinstance(document.value, Mapping) else None
    if project is None:
        return
    for fault in judged.faults:
        if fault.path != "ecsTask" or "ecsTask" in project:  # else it is the id's fault, which is told there
            yield _of_fault(document, project, fault)
    if not isinstance(project, Mapping):
        return
    for key in sorted(SET_BY_HIPPO & set(project)):
        where = below(PROJECT, key)
        what = f"{key!r} is set by hippo itself, and is ignored here"
        yield Finding(Severity.WARNING, "set-by-hippo", document.key_place(where), what, "Delete it.", where=where)
    for warning in judged.warnings:
        found = _of_warning(document, warning, needs_server=wants_server(project))
        if found is not None:
            yield found


def _sections(document: Document) -> Iterator[Finding]:
    content = document.value
    if not isinstance(content, Mapping) or content.get(PROJECT) is None:
        what = "there is no `project:` in this file"
        fix = "Write `project:` in a line of its own, and below it, two spaces further in, `id`, `name` and so on."
        yield Finding(Severity.ERROR, "no-project", document.place(""), what, fix, where=PROJECT)
        return
    for key in content:
        if key not in _SECTIONS:
            what = f"{key!r} is no section of a config.yml, and is ignored"
            where = document.key_place(key)
            if key in fixes.known_keys():
                fix = f"Indent it, so that it stands under `{PROJECT}:`."
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
        "no startServerStep: the server is started only when a participant comes to the game, and they wait for it",
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
        "no maxRuntime: a server whose participant has left runs as long as the deployment lets it",
        "Write `maxRuntime: 30`, the minutes that a participant may need.",
    ),
    (r"useAWS is", "use-aws", None, "Write `useAWS: true`."),
    (r"live is set to None", "live-not-set", None, "Write `live: true`, or `live: false` to let nobody new in."),
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
        "Nothing, if the page is in that folder; else write the file's name alone.",
    ),
    (
        r"steps: .* not set",
        "steps-not-set",
        None,
        "Nothing, if these steps are left out on purpose; else number the steps one after another.",
    ),
    (r"startServerStep \d+ is past", "start-past-last", None, "Set it to a step or two before the game."),
    (r"startServerStep \d+ is after", "start-after-game", None, "Set it to a step or two before the game."),
    (r"stopServerStep \d+ is past", "stop-past-last", None, "Set it to the step after the game."),
    (r"stopServerStep \d+ is not after", "stop-before-game", None, "Set it to the step after the game."),
    (r"exits\.[^:]*: step", "exit-without-page", None, "Name the step whose page has the field that decides."),
    (r"completion\.codes", "completion-codes", None, "Name only outcomes that there are."),
    (r"completion\.redirect", "completion-redirect", None, "Add a code for `finished` under `codes:`."),
)
"""How the function's warning begins, our code, our words if they say more to a researcher, and what to do."""

_ABOUT_SERVERS: Final = frozenset({"start-not-set", "stop-not-set", "runtime-not-set"})


def _of_warning(document: Document, warning: str, *, needs_server: bool) -> Finding | None:
    """Put a warning of the function's into a finding; None if it is about a server that the study does not have."""
    subject = warning.split(" ")[0].rstrip(":")
    home = {"startServerStep": "events.", "stopServerStep": "events.", "finalStep": "steps."}.get(subject, "")
    where = below(PROJECT, home + subject)
    place = document.key_place(where)
    for pattern, code, own_words, fix in _WARNINGS:
        if re.match(pattern, warning):
            if code in _ABOUT_SERVERS and not needs_server:
                return None
            return Finding(Severity.WARNING, code, place, own_words or warning, fix, where=where)
    return Finding(Severity.WARNING, "project", place, warning, "Change it, if it is not meant.", where=where)
