"""Shares one copy of botocore's service models between all sessions of a test process.

Each test makes new sessions and clients, and each session parses its services' models again, which
took more than half of the unit tests' processor time. botocore shares models within a session; this
module shares them between sessions.
"""

from __future__ import annotations

from typing import Any

import botocore.session
from botocore.loaders import Loader, create_loader


def share_models() -> None:
    """Let every new session use the models that an earlier session has loaded."""
    read: dict[str | None, dict[Any, Any]] = {}

    def sharing(search_path_string: str | None = None) -> Loader:
        loader: Any = create_loader(search_path_string)
        loader._cache = read.setdefault(search_path_string, {})
        found: Loader = loader
        return found

    botocore.session.create_loader = sharing  # the name that Session calls
