"""The map of the domain, in its package's docstring."""

from __future__ import annotations

import re
from pathlib import Path

import hippo_gym


def test_the_map_names_every_module_once_and_no_other() -> None:
    named = re.findall(r"^ {4}(\w+)", hippo_gym.__doc__ or "", re.MULTILINE)
    there = [path.stem for path in Path(hippo_gym.__file__).parent.glob("[!_]*.py")]
    assert sorted(named) == sorted(there)
