"""The texts in a resource's settings, each with its path; documents in JSON are opened."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

Path = tuple[str, ...]

_PROSE: Final = frozenset(
    {"alarm_description", "comment", "content", "content_base64", "dashboard_body", "description", "tags", "tags_all"}
)
"""Settings that people read, and contents: an address in them leads no resource anywhere."""


def texts(values: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield every text in settings with its path.

    A list of `{name, value}`, as in an ECS container's environment, reads like a mapping.
    """
    if isinstance(values, Mapping):
        for key, inner in values.items():
            if key not in _PROSE:
                yield from texts(inner, (*path, str(key)))
    elif isinstance(values, list):
        for inner in values:
            if (
                isinstance(inner, Mapping)
                and isinstance(inner.get("name"), str)
                and isinstance(inner.get("value"), str)
            ):
                yield (*path, inner["name"]), inner["value"]
            else:
                yield from texts(inner, path)
    elif isinstance(values, str) and values:
        document = _document(values)
        if document is None:
            yield path, values
        else:
            yield from texts(document, (*path, "{}"))


def _document(text: str) -> Any:
    """Return the content of a text that is a JSON object or list; None if it is not one."""
    if text[:1] not in "{[":
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None
