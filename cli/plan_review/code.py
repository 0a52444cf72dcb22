"""The Lambda functions of a plan, and whether their code or settings change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from plan_review.changes import Plan
from plan_review.differences import Difference, differences
from plan_review.names import name

_ENTRY: Final = ("handler", "runtime", "package_type", "image_config")
_OF_THE_CODE: Final = (
    *("source_code_hash", "filename", "s3_bucket", "s3_key", "s3_object_version", "image_uri", "layers"),
    *_ENTRY,
)


@dataclass(frozen=True)
class Function:
    """A Lambda function.

    Attributes:
        name: its name in AWS.
        action: created, code, settings, both, replaced, deleted or kept.
        before: hash of its code now; empty for a new function.
        after: hash of its code after the apply; empty if it is deleted, or known only on apply.
        settings: the settings that change.
        entry: the changes of where the code begins: handler, runtime, command of the image.
    """

    name: str
    action: str
    before: str
    after: str
    settings: tuple[Difference, ...]
    entry: tuple[Difference, ...] = ()


def functions(plan: Plan) -> list[Function]:
    """Return every Lambda function of the plan, sorted by name."""
    found = []
    for change in plan.of_types(["aws_lambda_function"]):
        before = str(change.before.get("source_code_hash") or "")
        after = str(change.after.get("source_code_hash") or "") if change.remains else ""
        settings = tuple(differences(change)) if change.action == "update" else ()
        other_code = before != after or any(change.before.get(key) != change.after.get(key) for key in _OF_THE_CODE)
        if change.action == "update":
            rest = tuple(setting for setting in settings if setting.path.split(".")[0] not in _OF_THE_CODE)
            action = "both" if other_code and rest else "code" if other_code else "settings"
        else:
            action = {"create": "created", "replace": "replaced", "delete": "deleted"}.get(change.action, "kept")
        both = change.action in {"update", "replace"}
        entry = tuple(one for one in differences(change) if one.path.split(".")[0] in _ENTRY) if both else ()
        found.append(Function(name(change), action, before, after, settings, entry))
    return sorted(found, key=lambda function: function.name)
