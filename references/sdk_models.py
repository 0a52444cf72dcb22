"""The parts of the SDK's service models that the functions use: `handlers/hippo_gym/runtime/sdk_models/`.

The SDK reads the whole model of a service to make a client: S3's has more than a hundred operations,
EC2's more than seven hundred. These copies hold the operations whose names occur in the functions'
code, with the shapes that they refer to and without documentation. The source is the pinned botocore.
"""

from __future__ import annotations

import io
import json
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from botocore import xform_name
from botocore.loaders import Loader

SERVICES: Final = ("ec2", "ecs", "route53", "s3", "scheduler", "sns", "ssm", "sts")
"""The services of `hippo_gym.runtime.aws_clients`, by the SDK's names."""

_OF_THE_SDK: Final = {
    "s3": {"HeadBucket", "CreateSession", "CreateBucket"},
    "sts": {"AssumeRole", "AssumeRoleWithWebIdentity"},
}
"""Operations that the SDK itself needs: to follow a redirect to another Region, for directory buckets, to sign
forms (`botocore.signers`), and for credentials of roles (`botocore.credentials`)."""

_MODEL: Final = "service-2"


def files(root: Path) -> dict[Path, str]:
    """Return path → text of every file of the folder."""
    folder = root / "handlers" / "hippo_gym" / "runtime" / "sdk_models"
    loader, words = Loader(), frozenset(_words(root / "handlers"))
    made = {folder / "endpoints.json": _text(endpoints(loader.load_data("endpoints")))}
    for service in SERVICES:
        version = loader.determine_latest_version(service, _MODEL)
        model = loader.load_data(f"{service}/{version}/{_MODEL}")
        wanted = {name for name in model["operations"] if xform_name(name) in words} | _OF_THE_SDK.get(service, set())
        made[folder / service / version / f"{_MODEL}.json"] = _text(cut(model, wanted))
    return made


def cut(model: Mapping[str, Any], wanted: Iterable[str]) -> dict[str, Any]:
    """Return a service model with some operations and what they refer to.

    botocore demands the documentation of `clientContextParams`.

    Args:
        model: content of a `service-2.json`.
        wanted: names of operations.
    """
    operations = {name: _without_documentation(model["operations"][name]) for name in sorted(wanted)}
    shapes: dict[str, Any] = {}
    waiting = list(_shapes_of(operations))
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = _without_documentation(model["shapes"][name])
            waiting += _shapes_of(shapes[name])
    kept = {key: model[key] for key in ("version", "metadata", "clientContextParams") if key in model}
    return kept | {"operations": operations, "shapes": dict(sorted(shapes.items()))}


def endpoints(whole: Mapping[str, Any]) -> dict[str, Any]:
    """Return the SDK's table of endpoints with these services only."""
    partitions = [
        partition | {"services": {name: found for name, found in partition["services"].items() if name in SERVICES}}
        for partition in whole["partitions"]
    ]
    return {**whole, "partitions": partitions}


def _words(folder: Path) -> Iterator[str]:
    """Yield every name, and the content of every plain text, of the functions' code."""
    for path in sorted(folder.rglob("*.py")):
        for token in tokenize.generate_tokens(io.StringIO(path.read_text(encoding="utf-8")).readline):
            if token.type in {tokenize.NAME, tokenize.STRING}:
                yield token.string.strip("\"'")


def _shapes_of(part: Any) -> Iterator[str]:
    """Yield the names of the shapes to which a part of a model refers."""
    if isinstance(part, dict):
        if isinstance(part.get("shape"), str):
            yield part["shape"]
        for inner in part.values():
            yield from _shapes_of(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _shapes_of(inner)


def _without_documentation(part: Any) -> Any:
    """Return a part of a model without its documentation; a member may have that name, and then is no text."""
    if isinstance(part, dict):
        return {
            key: _without_documentation(inner)
            for key, inner in part.items()
            if not (key in {"documentation", "documentationUrl"} and isinstance(inner, str))
        }
    return [_without_documentation(inner) for inner in part] if isinstance(part, list) else part


def _text(content: Mapping[str, Any]) -> str:
    """Return JSON with a line for each part, so that a difference shows what has changed."""
    parts = []
    for key, value in content.items():
        if isinstance(value, dict) and value:
            inner = ",\n".join(f"  {json.dumps(name)}:{_compact(part)}" for name, part in value.items())
            parts.append(f" {json.dumps(key)}:{{\n{inner}\n }}")
        elif isinstance(value, list) and value:
            inner = ",\n".join(f"  {_compact(part)}" for part in value)
            parts.append(f" {json.dumps(key)}:[\n{inner}\n ]")
        else:
            parts.append(f" {json.dumps(key)}:{_compact(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
