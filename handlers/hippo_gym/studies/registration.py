"""Registers a project: validates a researcher's payload and writes the master list."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hippo_gym.runtime import json_reading, schemas
from hippo_gym.runtime.clock import Clock, to_text
from hippo_gym.runtime.errors import ResearcherError
from hippo_gym.runtime.schemas import Fault
from hippo_gym.storage.bucket import Bucket, StoredObject
from hippo_gym.storage.optimistic import Change, for_seconds, update
from hippo_gym.studies import own_texts, owners, task_limits, warnings
from hippo_gym.studies.enrolment import RosterStore
from hippo_gym.studies.master_list import parse_master_list
from hippo_gym.studies.projects import BY_STUDY, GAME, MASTER_LIST_KEY, entry_faults
from hippo_gym.studies.task_families import foreign_family
from hippo_gym.studies.task_limits import NO_LIMITS, TaskLimits

LEGACY_KEYS: Final = frozenset({"useAWS", "awsSetup", "ssl", "teamMembers"})
"""Keys of config.yml that existing scripts send and that are not stored in an entry."""

AUTHORING_KEYS: Final = frozenset({"game", "compare"})
"""Keys of config.yml that `hippo` and the game's server read. An entry does not hold them: the
game is in the container's image, and another game is another image; comparisons are in the pages
that `hippo` writes of them.
"""

_NULL_WHEN_ABSENT: Final = ("researcher", "team_members", "ecsTask", "maxRuntime", "bucket", "live")
_ABSENT_WHEN_NULL: Final = (
    "events",
    "capacity",
    "port",
    "maxSessions",
    "exits",
    "completion",
    "opensAt",
    "closesAt",
    "mostParticipants",
    "enrolmentTimeout",
    "maxServersPerParticipant",
    "progress",
    "conditions",
    "assignment",
    "assignmentTimeout",
    "owners",
    "access",
    "style",
    "assets",
    "keepAddresses",
    "keepBrowser",
    "retainDays",
    "requires",
    "language",
    "texts",
    "contact",
    "version",
    "updatedBy",
    "warm",
    "takesParticipant",
)
_NOT_KEPT: Final = LEGACY_KEYS | AUTHORING_KEYS | {"replaces", "updatedAt", "groupsBy", owners.PROOF}
_YES_OR_NO: Final = ("keepAddresses", "keepBrowser")
"""Keys with the values yes or no, which YAML 1.1 reads as true and false."""

_RESERVED: Final = frozenset({"Users", "Trials"})

_SECONDS: Final = 8
"""Default limit for writing the list and the roster."""


@dataclass(frozen=True)
class Registration:
    """The result of reading a payload.

    Attributes:
        entry: the entry to write if `faults` is empty.
        faults: what is not valid.
        warnings: what is allowed but probably not intended.
        replaces: the entry that it replaces; None replaces any entry.
    """

    entry: dict[str, Any]
    faults: tuple[Fault, ...]
    warnings: tuple[str, ...]
    replaces: Replaced | None = None


@dataclass(frozen=True)
class Replaced:
    """The `updatedAt` of the entry that the researcher's command read.

    It is None if there was no entry, or the entry had no `updatedAt`.
    """

    updated_at: str | None


@dataclass(frozen=True)
class Author:
    """Who asks for a registration.

    Attributes:
        caller: who proved to have sent it; None without a proof.
        account_id: the deployment's account.
    """

    caller: owners.Caller | None = None
    account_id: str = ""


ANYONE: Final = Author()


class Outdated(ResearcherError):
    """Another person changed the entry after the researcher's command read it.

    Nothing was written.
    """


def read_payload(
    payload: Any, admitted_families: Collection[str] | None = None, limits: TaskLimits = NO_LIMITS
) -> Registration:
    """Turn the `project` mapping of a config.yml, as scripts send it, into an entry.

    Step keys may be whole numbers or texts. Legacy and authoring keys are dropped, `teamMembers`
    becomes `team_members`, and missing nullable keys become null. `hippo` sends `replaces` to avoid
    overwriting another person's change.

    Args:
        payload: what the script sent.
        admitted_families: families of task definitions that any project may name; None: unknown, as
            on a researcher's machine, and not checked.
        limits: the largest server, which the size in `awsSetup` must not exceed.
    """
    unreadable = tuple(_beyond_limits(payload)) or tuple(schemas.half_characters(payload))
    if unreadable:
        return Registration({}, unreadable, ())
    if not isinstance(payload, Mapping):
        return Registration({}, schemas.faults(schemas.PROJECT, payload), ())
    given = {key: value for key, value in payload.items() if key not in _NOT_KEPT}
    if "teamMembers" in payload and "team_members" not in given:
        given["team_members"] = payload["teamMembers"]
    entry: dict[str, Any] = dict.fromkeys(_NULL_WHEN_ABSENT) | given
    for key in _ABSENT_WHEN_NULL:
        if entry.get(key) is None:
            entry.pop(key, None)
    entry.setdefault("events", {})
    if isinstance(entry["events"], Mapping):
        events = {"startServerStep": None, "stopServerStep": None} | dict(entry["events"])
        entry["events"] = {key: value for key, value in events.items() if (key, value) != ("stopDelay", None)}
    _as_texts(entry)
    entry |= _takes_participant(payload, entry)
    found = entry_faults(entry)
    replaces, more = _replaced(payload)
    more = (
        more
        if found
        else (*more, *_of_family(entry, admitted_families), *reserved_names(entry), *own_texts.faults(entry))
    )
    found = (*found, *more, *_too_large(payload, limits))
    if found:
        return Registration(entry, found, ())
    return Registration(entry, (), (*warnings.of_payload(payload), *warnings.of_entry(entry)), replaces)


def _as_texts(entry: dict[str, Any]) -> None:
    """Change in an entry what YAML reads as numbers and truth values, and the schema has as texts."""
    for key in ("steps", "progress"):
        if isinstance(entry.get(key), Mapping):
            entry[key] = {str(name): value for name, value in entry[key].items()}
    for key in _YES_OR_NO:
        if isinstance(entry.get(key), bool):
            entry[key] = "yes" if entry[key] else "no"


def _takes_participant(payload: Mapping[str, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the key of a study whose server can be warm: hippo_play, which serves each `game`, asks who plays."""
    is_ours = "game" in payload and entry.get("warm") and "takesParticipant" not in entry
    return {"takesParticipant": True} if is_ours else {}


def _beyond_limits(payload: Any) -> Iterator[Fault]:
    limit = json_reading.beyond_limits(payload)
    if limit is not None:
        allowed = (
            f"at most {json_reading.MAX_DEPTH} levels, and whole numbers of at most {json_reading.MAX_DIGITS} digits"
        )
        keys = payload.items() if isinstance(payload, Mapping) else ()
        where = next((str(key) for key, value in keys if json_reading.beyond_limits({key: value})), "(top)")
        yield Fault(where, f"a value that {limit}", allowed)


def reserved_names(entry: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the id, and the pages, of a valid entry that have a name of the bucket's own folders.

    `{id}/Users/` and `{id}/Trials/` hold the participants' data, and names that begin with `_` are
    the deployment's. Policies know them by these names wherever they are in a key. Only a
    registration refuses them: a study that has such a name goes on.
    """
    if entry["id"] in _RESERVED:
        yield Fault("id", json.dumps(entry["id"]), f"an id other than {' and '.join(sorted(_RESERVED))}")
    pages = {f"steps.{step}": file for step, file in entry["steps"].items() if file not in (None, GAME)}
    pages |= {f"exits.{outcome}.page": exit_["page"] for outcome, exit_ in entry.get("exits", {}).items()}
    for path, file in pages.items():
        if any(part in _RESERVED or part.startswith("_") for part in file.split("/")):
            allowed = f"a path without {', '.join(sorted(_RESERVED))} and names that begin with '_'"
            yield Fault(path, json.dumps(file), allowed)


def _of_family(entry: Mapping[str, Any], admitted: Collection[str] | None) -> Iterator[Fault]:
    if admitted is not None and foreign_family(entry["id"], entry["ecsTask"], admitted) is not None:
        allowed = f"a task definition of the family {entry['id']!r}, as `hippo submit` registers it without ecsTask"
        others = (
            f", or of a family in the deployment's admitted_task_families ({', '.join(sorted(admitted)) or 'none'})"
        )
        yield Fault("ecsTask", json.dumps(entry["ecsTask"]), allowed + others)


def _too_large(payload: Mapping[str, Any], limits: TaskLimits) -> Iterator[Fault]:
    setup = payload.get("awsSetup")
    if not isinstance(setup, Mapping):
        return
    for key, unit, setting in (("cpu", "vCPU", "max_task_cpu"), ("memory", "GB", "max_task_memory")):
        size, most = task_limits.in_units(setup.get(key)), getattr(limits, key)
        if limits.faults(**{"cpu": None, "memory": None, key: size}):
            allowed = f"at most {most / task_limits.UNITS:g} {unit} on this deployment ({setting}). {task_limits.FIX}"
            yield Fault(f"awsSetup.{key}", json.dumps(setup[key]), allowed)


def _replaced(payload: Mapping[str, Any]) -> tuple[Replaced | None, tuple[Fault, ...]]:
    if "replaces" not in payload:
        return None, ()
    value = payload["replaces"]
    if value is None or isinstance(value, str):
        return Replaced(value), ()
    allowed = "the updatedAt of the entry to replace, or null if there is no entry"
    return None, (Fault("replaces", json.dumps(value, default=str), allowed),)


def merge(entries: list[dict[str, Any]], entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the list with `entry` instead of the first of its id, or at the end.

    Drops others of its id.
    """
    places = [index for index, other in enumerate(entries) if other["id"] == entry["id"]]
    kept = [entry if places and index == places[0] else other for index, other in enumerate(entries)]
    return [other for index, other in enumerate(kept) if index not in places[1:]] + ([] if places else [entry])


def register(
    bucket: Bucket,
    clock: Clock,
    entry: dict[str, Any],
    replaces: Replaced | None = None,
    seconds_left: Callable[[], float] | None = None,
    author: Author = ANYONE,
) -> None:
    """Write a valid entry into the master list, with the time as its `updatedAt`.

    A study's groups are computed by the rule of its first registration: an entry that replaces one
    keeps the `groupsBy` of that one, and a study without entry and participants gets the newest.

    Creates a missing list. If several researchers register at the same time, the list gets every
    entry: a writer that loses the race reads the list and merges again.

    Args:
        bucket: the projects bucket.
        clock: the time, and waits between tries.
        entry: what to write.
        replaces: the entry that it replaces; None replaces any entry.
        seconds_left: of the invocation.
        author: who asks for it.

    Raises:
        NotAnOwner: the study has owners, and the author is none of them.
        Outdated: the stored entry is not the one that `replaces` names.
        MasterListInvalid: the stored list cannot be read; it was not changed.
        RosterInvalid: the roster of participants cannot be read; nothing was written.
        Transient: other writers were faster until the time was up.
    """
    seconds_left = seconds_left or for_seconds(clock, _SECONDS)
    if author.caller is not None:
        entry = {**entry, "updatedBy": author.caller.name[:200]}
    if "mostParticipants" in entry:
        RosterStore(bucket, clock).begin(entry["id"], seconds_left, recount=False)
    had_limit = _write(bucket, clock, entry, replaces, seconds_left, author)
    if "mostParticipants" in entry and not had_limit:
        # Participants who began before the list had the limit. A warm next_step may use the old
        # list for some more seconds: it does not count the participants of that time.
        RosterStore(bucket, clock).begin(entry["id"], seconds_left)


def _write(
    bucket: Bucket,
    clock: Clock,
    entry: dict[str, Any],
    replaces: Replaced | None,
    seconds_left: Callable[[], float],
    author: Author,
) -> bool:
    """Write an entry; return whether the one that it replaces had a limit of participants."""

    def with_entry(stored: StoredObject | None) -> Change[bool]:
        entries = [] if stored is None else parse_master_list(stored)
        _check_owners(entries, entry, author)
        earlier = [each for each in entries if each["id"] == entry["id"]]
        _check(entries, entry["id"], replaces)
        rule = _rule_of_groups(bucket, entries, entry["id"])
        had_limit = bool(earlier) and "mostParticipants" in earlier[-1]
        return Change(had_limit, {"projects": merge(entries, {**entry, **rule, "updatedAt": to_text(clock.now())})})

    return update(bucket, MASTER_LIST_KEY, with_entry, clock, seconds_left)


def _rule_of_groups(bucket: Bucket, entries: list[dict[str, Any]], project_id: str) -> dict[str, Any]:
    """Return the key `groupsBy` of an entry; empty for a study that has the first release's rule.

    `Projects.find` uses the last entry of an id.
    """
    there = [entry for entry in entries if entry["id"] == project_id]
    if there:
        return {"groupsBy": there[-1]["groupsBy"]} if "groupsBy" in there[-1] else {}
    has_begun = next(bucket.keys(f"{project_id}/Users/"), None) is not None
    return {} if has_begun else {"groupsBy": BY_STUDY}


def _check_owners(entries: list[dict[str, Any]], entry: Mapping[str, Any], author: Author) -> None:
    """Compare with every entry of the id: a second one, made by hand, must not take the owners away."""
    there = [name for other in entries if other["id"] == entry["id"] for name in _owners_of(other)]
    owners.check(entry["id"], there, _owners_of(entry), author.caller, author.account_id)


def _owners_of(entry: Mapping[str, Any]) -> list[str]:
    """Return the owners of an entry, which may have been written by hand."""
    listed = entry.get("owners")
    return [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else []


def _check(entries: list[dict[str, Any]], project_id: str, replaces: Replaced | None) -> None:
    there = [entry for entry in entries if entry["id"] == project_id]
    current = there[-1] if there else {}
    if replaces is None or current.get("updatedAt") == replaces.updated_at:
        return
    who, when = current.get("updatedBy", "another person"), current.get("updatedAt", "an unknown time")
    found = f"{who} changed it at {when}" if there else "it is not in the list any more"
    raise Outdated(f"project {project_id!r}: {found}; nothing was written. Check the entry, then repeat your change")
