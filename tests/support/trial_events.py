"""The schema of games' records, as a validator."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

_SCHEMA = Path(__file__).parents[2] / "schemas" / "trial_event.schema.json"


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(_SCHEMA.read_text(encoding="utf-8")))


def faults_of(event: Any) -> list[str]:
    """Return what is wrong with an event of a record."""
    return [f"{event.get('event')}: {error.message}" for error in _validator().iter_errors(event)]
