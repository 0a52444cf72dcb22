"""The TXT values of `_acme-challenge.{root_domain}`. Pure.

The wildcard and the root domain are proven under the same name, each with its own text; another
run, or the team's own tool, may have texts there, too. So each of our texts has a second value
beside it, which says that it is ours and since when. A CA ignores values other than the one that it
looks for (RFC 8555, 8.4).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from hippo_gym.runtime.clock import from_text, to_text

STALE: Final = timedelta(minutes=20)
"""Older texts belong to a run that died: Lambda ends each run after at most 15 minutes."""

_MARK: Final = re.compile(r'"hippo-gym challenge=(\S+) since=(\S+)"')


def name_of(root_domain: str) -> str:
    """Return the name of the records."""
    return f"_acme-challenge.{root_domain}"


def with_texts(values: Sequence[str], texts: Collection[str], now: datetime) -> tuple[str, ...]:
    """Return the values with ours added, and without those of runs that died.

    Args:
        values: as Route 53 lists them, each in quotation marks.
        texts: the texts that the CA will look for.
        now: UTC.
    """
    kept = without_texts(values, texts, now)
    ours = [value for text in texts for value in (f'"{text}"', f'"hippo-gym challenge={text} since={to_text(now)}"')]
    return (*kept, *ours)


def without_texts(values: Sequence[str], texts: Collection[str], now: datetime) -> tuple[str, ...]:
    """Return the values without ours, and without those of runs that died."""
    marks = {match[1]: match[2] for value in values if (match := _MARK.fullmatch(value))}
    gone = set(texts) | {text for text, since in marks.items() if _is_stale(since, now)}
    return tuple(value for value in values if _text_of(value) not in gone)


def _text_of(value: str) -> str:
    match = _MARK.fullmatch(value)
    return match[1] if match else value.strip('"')


def _is_stale(since: str, now: datetime) -> bool:
    try:
        return now - from_text(since) > STALE
    except ValueError:
        return True
