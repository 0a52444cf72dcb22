"""Finds a copy of the AWS provider on this machine, for machines that cannot reach its registry."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

PROVIDER: Final = Path("registry.terraform.io", "hashicorp", "aws")


def plugin_dir() -> Path | None:
    """Return a folder that holds the AWS provider, for `terraform init -plugin-dir`; None if there is none.

    Searched in this order: TF_PLUGIN_DIR; terraform's implied local mirrors
    (https://developer.hashicorp.com/terraform/cli/config/config-file#implied-local-mirror-directories); and
    folders in /opt, where images for machines without a network keep providers.
    """
    home = Path.home()
    data_dirs = [os.environ.get("XDG_DATA_HOME") or str(home / ".local/share")]
    data_dirs += (os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    candidates = [
        *([Path(os.environ["TF_PLUGIN_DIR"])] if os.environ.get("TF_PLUGIN_DIR") else []),
        home / ".terraform.d/plugins",
        *(Path(folder) / "terraform/plugins" for folder in data_dirs if folder),
        *sorted(Path("/opt").glob("*/")),
    ]
    return next((folder for folder in candidates if (folder / PROVIDER).is_dir()), None)
