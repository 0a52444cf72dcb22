"""One copy of botocore's service models for all sessions of a test process.

A test makes sessions and clients of its own, and each session reads its services' models again: parsing that JSON took
more than half of the unit tests' processor time. Clients of one session share what it has read; here all sessions do.
"""

from __future__ import annotations

from typing import Any

import botocore.session
from botocore.loaders import Loader, create_loader


def share_models() -> None:
    """Let every session that is made from now on use what an earlier one has read."""
    read: dict[str | None, dict[Any, Any]] = {}

    def sharing(search_path_string: str | None = None) -> Loader:
        loader: Any = create_loader(search_path_string)
        loader._cache = read.setdefault(search_path_string, {})
        found: Loader = loader
        return found

    botocore.session.create_loader = sharing  # where Session looks it up
