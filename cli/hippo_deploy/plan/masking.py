"""Removes secret values from a plan's JSON, and lists them.

`terraform show -json` prints every value in plain text, sensitive ones too, and only marks them
(https://developer.hashicorp.com/terraform/internals/json-format). The plan's JSON is read by checkov, attached to pull
requests and kept in folders, none of which needs a secret. Terraform's own plan file needs them and keeps them.

A value is secret if Terraform marks it as sensitive (a variable, an output or an argument), or if its name says so: a
function's environment variable `API_KEY` is a plain text for Terraform. Equal values get equal masks, so that a reader
still sees whether one changes; the masks of two plans cannot be compared.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from plan_review.changes import names_a_secret

_NOT_SECRET: Final = frozenset({"module.deployment_description.aws_ssm_parameter.this.value"})
"""Arguments that the provider marks as sensitive and that hold no secret here: names and ARNs for `hippo`."""

_MARKS: Final = {"before": "before_sensitive", "after": "after_sensitive", "values": "sensitive_values"}


def masked(document: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return a plan's JSON without secret values, and the names of those that it had.

    Args:
        document: the parsed output of `terraform show -json` for a plan.
    """
    work = _Masking(secrets.token_bytes(16))
    declared = document.get("configuration", {}).get("root_module", {}).get("variables", {})
    found: dict[str, Any] = {}
    for part, value in document.items():
        if part == "variables":
            found[part] = {
                name: {**given, "value": work.mask(given.get("value"), _is_sensitive(declared, name), f"var.{name}")}
                for name, given in value.items()
            }
        else:  # the configuration has no marks: it is the sources
            found[part] = value if part == "configuration" else work.walk({part: value}, "")[part]
    return found, tuple(sorted(work.names))


def _is_sensitive(declared: Mapping[str, Any], name: str) -> bool:
    return bool(declared.get(name, {}).get("sensitive"))


class _Masking:
    """Masks values with one salt, and collects the names of the masked ones."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self.names: set[str] = set()

    def walk(self, value: Any, address: str) -> Any:
        """Mask the values that the marks beside them call sensitive, at any depth."""
        if isinstance(value, list):
            return [self.walk(item, address) for item in value]
        if not isinstance(value, dict):
            return value
        here = str(value.get("address", address))
        found = {}
        for name, part in value.items():
            if name in _MARKS and _MARKS[name] in value:
                found[name] = self.mask(part, value[_MARKS[name]], here)
            elif name == "value" and isinstance(value.get("sensitive"), bool):
                found[name] = self.mask(part, value["sensitive"], here)
            elif name in {"outputs", "output_changes"} and isinstance(part, dict):
                found[name] = {output: self.walk(one, f"output.{output}") for output, one in part.items()}
            else:
                found[name] = self.walk(part, here)
        return found

    def mask(self, value: Any, sensitive: Any, path: str) -> Any:
        """Return a value with its sensitive parts masked."""
        name = path.rsplit(".", 1)[-1]
        if value is not None and (sensitive is True or names_a_secret(name, value)):
            if path in _NOT_SECRET:
                return value
            self.names.add(path)
            text = json.dumps(value, sort_keys=True).encode("utf-8")
            return f"(sensitive {hashlib.sha256(self._salt + text).hexdigest()[:8]})"
        if isinstance(value, dict):
            parts = sensitive if isinstance(sensitive, dict) else {}
            return {key: self.mask(part, parts.get(key), f"{path}.{key}") for key, part in value.items()}
        if isinstance(value, list):
            marks = sensitive if isinstance(sensitive, list) else []
            return [self.mask(part, marks[at] if at < len(marks) else None, path) for at, part in enumerate(value)]
        return value
