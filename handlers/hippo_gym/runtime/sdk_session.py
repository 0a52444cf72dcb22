"""The SDK's session for the functions' clients: it reads the small service models of `sdk_models/`.

The SDK makes a client of the service's whole model and of a table of every endpoint, and lists the
folders of 400 services before: most of what a client costs. What `sdk_models/` does not hold (rules
of endpoints, pages, partitions, retries) comes from the SDK's own data, as always.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from botocore.loaders import Loader
from botocore.session import Session

FOLDER: Final = Path(__file__).parent / "sdk_models"
"""Made by references/sdk_models.py."""


class SmallModels(Loader):
    """Finds models in `sdk_models/` first, and knows only the services that are there."""

    def __init__(self) -> None:
        super().__init__(extra_search_paths=[str(FOLDER)])

    def list_available_services(self, type_name: str) -> list[str]:
        """Return the services of `sdk_models/`."""
        return sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


@cache
def session() -> Session:
    """Return the session of this process."""
    own = Session()
    own.register_component("data_loader", SmallModels())
    return own
