"""The limit of one value, and its source."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex  # the models' patterns use Unicode classes (\p{L}), which the module re does not support

#: Functions that measure a text, by the unit that a finding names.
MEASURES: Mapping[str, Callable[[str], int]] = {
    "characters": len,
    "bytes": lambda text: len(text.encode()),
    "characters without white space": lambda text: len("".join(text.split())),
}


@dataclass(frozen=True)
class Limit:
    """What a source states about one value; None for what it does not state.

    Args:
        source: call and member of botocore, schema and property of CloudFormation, or the URL of a page.
        pattern: a regular expression.
        whole: the pattern must match the whole text; in a JSON schema, which anchors its patterns, any part.
        shortest: fewest characters of a text, entries of a list or of a map.
        longest: most of them.
        least: lower bound of a number.
        most: upper bound of a number.
        choices: the allowed values.
        network: an IPv4 network in CIDR notation.
        measure: the unit of a text's size, a key of MEASURES.
    """

    source: str
    pattern: str | None = None
    whole: bool = True
    shortest: int | None = None
    longest: int | None = None
    least: float | None = None
    most: float | None = None
    choices: tuple[Any, ...] = ()
    network: bool = False
    measure: str = "characters"

    @property
    def says_something(self) -> bool:
        """Whether any value can break the limit."""
        said = (self.pattern, self.shortest, self.longest, self.least, self.most)
        return self.network or bool(self.choices) or any(each is not None for each in said)

    def broken_by(self, value: Any) -> Iterator[str]:
        """Yield the rules that a value breaks, as text; nothing for a value that AWS accepts."""
        if isinstance(value, bool):
            return
        if isinstance(value, str):
            yield from self._broken_by_text(value)
        if isinstance(value, str | list | Mapping):
            yield from self._broken_by_size(value)
        if isinstance(value, int | float):
            yield from self._broken_by_number(value)
        if self.choices and not isinstance(value, list | Mapping) and value not in self.choices:
            yield f"must be one of {', '.join(map(str, self.choices))}"

    def _broken_by_text(self, value: str) -> Iterator[str]:
        if self.pattern is not None:
            pattern = compiled(self.pattern)
            if not (pattern.fullmatch(value) if self.whole else pattern.search(value)):
                yield f"must match {self.pattern}"
        if self.network:
            try:
                ipaddress.IPv4Network(value)
            except ValueError as error:
                yield f"must be an IPv4 network: {error}"

    def _broken_by_size(self, value: str | list[Any] | Mapping[str, Any]) -> Iterator[str]:
        size, unit = (
            (MEASURES[self.measure](value), self.measure) if isinstance(value, str) else (len(value), "entries")
        )
        if self.shortest is not None and size < self.shortest:
            yield f"must have at least {self.shortest:,} {unit}, has {size:,}"
        if self.longest is not None and size > self.longest:
            yield f"must have at most {self.longest:,} {unit}, has {size:,}"

    def _broken_by_number(self, value: float) -> Iterator[str]:
        if self.least is not None and value < self.least:
            yield f"must be at least {self.least:,g}"
        if self.most is not None and value > self.most:
            yield f"must be at most {self.most:,g}"


@cache
def compiled(pattern: str) -> Any:
    """Compile a model's pattern; regex also reads its \\uXXXX escapes, those of Java and JavaScript."""
    return regex.compile(pattern, regex.VERSION1 if "&&" in pattern else regex.VERSION0)


@dataclass(frozen=True)
class Finding:
    """One value that AWS would refuse."""

    address: str
    argument: str
    value: Any
    rule: str
    source: str

    def __str__(self) -> str:
        shown = self.value if isinstance(self.value, str) else json.dumps(self.value, ensure_ascii=False, default=str)
        short = shown if len(shown) <= 120 else f"{shown[:100]}… ({len(shown):,} characters)"
        return f"{self.address}\n    {self.argument} = {short!r}\n    {self.rule}\n    {self.source}"
