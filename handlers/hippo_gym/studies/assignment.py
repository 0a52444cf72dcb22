"""Which group and which values of the study's conditions a participant has.

A group is one of the files of a step; a condition is named in the study's entry, with its values.
Both are computed from a hash of the participant's id, or chosen so that the cells of the study stay
equal (balance.py) and then kept in the participant's record.

A hash of the id alone gives a person the same group in every study, and makes their group among
four depend on their group among two. So new studies also hash the study's id and the number of
groups. A study keeps the rule with which it was first registered (registration.py).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Final

from hippo_gym.studies.projects import BALANCED, Project

_CONDITION: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NEXT_CONDITION: Final = re.compile(r"\.(?=[A-Za-z][A-Za-z0-9_]*=)")  # a value may hold dots
_NO_GROUPS: Final[Mapping[int, int]] = {}


@dataclass(frozen=True)
class Assigned:
    """What decides which files a participant sees.

    Attributes:
        user_id: the participant's id, in any case.
        salt: the id of a study whose groups do not repeat those of other studies; None: the groups
            depend on the participant's id alone.
        conditions: condition → the participant's value.
        groups: number of groups → the participant's group, where it is not the hash's.
    """

    user_id: str
    salt: str | None = None
    conditions: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[int, int] = field(default_factory=dict)

    def group_of(self, groups: int) -> int:
        """Return the participant's group at steps with this number of groups."""
        kept = self.groups.get(groups)
        return group(self.user_id, groups, self.salt) if kept is None else kept


@dataclass(frozen=True)
class Assignment:
    """What a new participant gets.

    Attributes:
        conditions: condition → value.
        groups: number of groups → group; only those that are balanced.
        by: `projects.HASH` or `BALANCED` in a balanced study; None in others.
    """

    conditions: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[int, int] = field(default_factory=dict)
    by: str | None = None


def group(user_id: str, groups: int, salt: str | None = None) -> int:
    """Return the participant's group, 0 … groups-1.

    The same arguments always give the same group. The group is a SHA-256 modulo the count, so ids
    of any form spread evenly; the bias of the modulo is below 2^-50 for any sensible count.

    Args:
        user_id: the participant's id; upper and lower case count as the same.
        groups: the number of groups.
        salt: the study's id; groups of other studies, and those among another number of groups, are
            then independent of this one. None hashes the id alone.
    """
    name = user_id.lower()
    return _number(name if salt is None else f"{salt}\n{groups}\n{name}") % groups


def by_hash(project: Project, user_id: str) -> dict[str, str]:
    """Return condition → value; the conditions of a study are independent of one another."""
    return {
        name: values[_number(f"{project.id}\n{name}\n{user_id.lower()}") % len(values)]
        for name, values in project.conditions.items()
    }


def completed(project: Project, user_id: str, conditions: Mapping[str, str]) -> Mapping[str, str]:
    """Return a participant's conditions, with those that were added to their study after they began."""
    if project.conditions.keys() <= conditions.keys():
        return conditions
    return by_hash(project, user_id) | dict(conditions)


def rank(project_id: str, user_id: str, cell: str) -> int:
    """Return a number by which cells that are equally full are put in a random order."""
    return _number(f"{project_id}\n{cell}\n{user_id.lower()}")


def cell_name(conditions: Mapping[str, str], groups: Mapping[int, int] = _NO_GROUPS) -> str:
    """Return the name of a cell, such as `2=1;feedback=on;partner=expert`."""
    return ";".join([*(f"{n}={groups[n]}" for n in sorted(groups)), *_parts(conditions)])


def cells(conditions: Mapping[str, Sequence[str]], counts: Sequence[int]) -> Iterator[Assignment]:
    """Yield every combination of values of the conditions and of groups."""
    for values in product(*conditions.values()):
        for numbers in product(*(range(count) for count in counts)):
            yield Assignment(
                dict(zip(conditions, values, strict=True)), dict(zip(counts, numbers, strict=True)), BALANCED
            )


def condition_files(file: str, conditions: Mapping[str, str]) -> Iterator[str]:
    """Yield the names of the pages for a participant's conditions, the most specific first.

    For example `quiz.feedback=on.partner=expert.html`, `quiz.feedback=on.html`,
    `quiz.partner=expert.html`: a name has the conditions in alphabetical order.

    Args:
        file: the step's file as the study's entry names it.
        conditions: condition → the participant's value.
    """
    stem, parts = file.removesuffix(".html"), _parts(conditions)
    for size in range(len(parts), 0, -1):
        for chosen in combinations(parts, size):
            yield ".".join((stem, *chosen)) + ".html"


def conditions_of_page(file: str, name: str) -> tuple[tuple[str, str], ...] | None:
    """Return the conditions and values in a page's name, in its order; None without any.

    Args:
        file: the step's file as the study's entry names it.
        name: the name of a file beside it.
    """
    stem = file.removesuffix(".html")
    if not name.startswith(f"{stem}.") or not name.endswith(".html"):
        return None
    found = []
    for part in _NEXT_CONDITION.split(name[len(stem) + 1 : -len(".html")]):
        condition, equals, value = part.partition("=")
        if not (_CONDITION.fullmatch(condition) and equals and value):
            return None
        found.append((condition, value))
    return tuple(found)


def as_json(value: Mapping[str, str] | Mapping[int, int]) -> str:
    """Return a mapping as the text of an environment variable, its keys sorted."""
    return json.dumps({str(key): each for key, each in sorted(value.items())}, separators=(",", ":"))


def _parts(conditions: Mapping[str, str]) -> list[str]:
    return [f"{name}={conditions[name]}" for name in sorted(conditions)]


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8")).digest()[:8], "big")
