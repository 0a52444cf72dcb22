"""The `awsSetup` section of config.yml: it is not registered, but sets the server's size."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hippo_cli.study.container import AwsSetup, nearest_size, plain
from hippo_cli.study.document import Document, below
from hippo_cli.study.findings import Finding, Severity
from hippo_common.task_sizes import DEFAULT_SIZE, TASK_SIZES, TaskSize

WHERE: Final = "project.awsSetup"
_TEXTS: Final = {
    "region": "the deployment's Region, for example ca-central-1",
    "bucket": "the name of the deployment's projects bucket",
    "rootDomain": "the deployment's domain, for example example.net",
    "containerName": "text",
    "repository": "text",
}
_CHECKED_HERE: Final = frozenset(_TEXTS) - {"bucket"}
"""Without the bucket: `registration.read_payload` checks it."""

_SIZES: Final = ("cpu", "memory")
_ALLOWED: Final = "allowInImage"
_KEYS: Final = (*_TEXTS, *_SIZES, _ALLOWED)


def read(project: Mapping[str, Any]) -> AwsSetup:
    """Read a project's awsSetup; ignore values that are not valid."""
    setup = project.get("awsSetup")
    given: Mapping[str, Any] = setup if isinstance(setup, Mapping) else {}
    texts = {key: value for key, value in given.items() if key in _TEXTS and isinstance(value, str) and value}
    cpu, memory = _number(given.get("cpu")), _number(given.get("memory"))
    size = DEFAULT_SIZE if cpu is None and memory is None else nearest_size((cpu or 0) * 1024, (memory or 0) * 1024)
    return AwsSetup(
        region=texts.get("region"),
        bucket=texts.get("bucket"),
        root_domain=texts.get("rootDomain"),
        repository=texts.get("repository"),
        cpu=size.cpu,
        memory=size.memory,
        allow_in_image=tuple(_names(given.get(_ALLOWED)) or ()),
    )


def judge(document: Document, project: Mapping[str, Any], *, registers_task: bool) -> Iterator[Finding]:
    """Yield the faults of awsSetup.

    Args:
        document: the config.yml.
        project: its `project` mapping.
        registers_task: `hippo` registers a task definition for the study, so the size matters.
    """
    setup = project.get("awsSetup")
    if setup is not None and not isinstance(setup, Mapping):
        fix = "Write `cpu: 1` and `memory: 2` below it, indented by two more spaces."
        yield Finding(Severity.ERROR, "not-allowed", document.place(WHERE), "awsSetup: found no keys", fix, where=WHERE)
        return
    given = setup or {}
    for key, value in given.items():
        where = below(WHERE, key)
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            what, fix = (
                f"{key!r} is not a known key, and is ignored",
                f"Rename it to `{near[0]}`." if near else "Delete it.",
            )
            known = ", ".join(_KEYS)
            yield Finding(Severity.WARNING, "unused-key", document.key_place(where), what, fix, known, where)
        elif key in _CHECKED_HERE and value is not None and not isinstance(value, str):
            what, fix = f"{key}: found {value!r}", "Put it in quotes, if this is the right name."
            yield Finding(Severity.ERROR, "not-allowed", document.place(where), what, fix, _TEXTS[key], where)
        elif key == _ALLOWED and value is not None and _names(value) is None:
            what, fix = f"{key}: found {value!r}", "Write a list, one file in each line: `- .env`."
            allowed = "paths of files, as the build context has them, without `*`"
            yield Finding(Severity.ERROR, "not-allowed", document.place(where), what, fix, allowed, where)
    region = given.get("region")
    if isinstance(region, str) and not re.fullmatch(r"[a-z]{2,4}(-[a-z]+)+-\d+", region):
        where, fix = below(WHERE, "region"), "Write the Region that your infra team named, for example ca-central-1."
        what = f"{region!r} does not look like an AWS Region"
        yield Finding(Severity.WARNING, "region", document.place(where), what, fix, _TEXTS["region"], where)
    if registers_task:
        yield from _of_size(document, given)


def _of_size(document: Document, given: Mapping[str, Any]) -> Iterator[Finding]:
    cpu, memory = _number(given.get("cpu")), _number(given.get("memory"))
    wrong = [key for key in _SIZES if given.get(key) is not None and _number(given[key]) is None]
    for key in wrong:
        where, unit = below(WHERE, key), {"cpu": "vCPU", "memory": "GB"}[key]
        example = plain({"cpu": DEFAULT_SIZE.cpu, "memory": DEFAULT_SIZE.memory}[key] / 1024)
        what, fix = f"{key}: found {given[key]!r}", f"Write, for example, `{key}: {example}`."
        yield Finding(Severity.ERROR, "not-allowed", document.place(where), what, fix, f"a number of {unit}", where)
    if wrong:
        return
    if cpu is None and memory is None:
        what = f"the server's size is not set, so it gets {_vcpu_and_gb(DEFAULT_SIZE)}"
        fix = f"Write {_as_keys(DEFAULT_SIZE)}, or the vCPUs and GB that it needs."
        yield Finding(Severity.WARNING, "size-not-set", document.key_place(WHERE), what, fix, where=WHERE)
        return
    where = below(WHERE, "memory" if memory is not None else "cpu")
    in_units = cpu in TASK_SIZES and (memory or 512) >= 512  # the units of ECS: 1024 units, 2048 MiB
    nearest = nearest_size(*((cpu or 0, memory or 0) if in_units else ((cpu or 0) * 1024, (memory or 0) * 1024)))
    asked = TaskSize(round((cpu or 0) * 1024), round((memory or 0) * 1024))
    if asked == nearest or ((cpu is None or memory is None) and not in_units):
        return
    what = f"Fargate has no size with {plain(cpu or 0)} vCPU and {plain(memory or 0)} GB"
    if in_units:
        what = "cpu is in vCPUs and memory is in GB"
    fix = f"Write {_as_keys(nearest)}."
    yield Finding(Severity.ERROR, "size", document.place(where), what, fix, _allowed(nearest.cpu), where)


def _allowed(cpu: int) -> str:
    amounts = [plain(amount / 1024) for amount in TASK_SIZES[cpu]]
    listed = ", ".join(amounts) if len(amounts) <= 8 else f"{amounts[0]}, {amounts[1]}, … {amounts[-1]}"
    return f"with {plain(cpu / 1024)} vCPU: {listed} GB"


def _as_keys(size: TaskSize) -> str:
    return f"`cpu: {plain(size.cpu / 1024)}` and `memory: {plain(size.memory / 1024)}`"


def _vcpu_and_gb(size: TaskSize) -> str:
    return f"{plain(size.cpu / 1024)} vCPU and {plain(size.memory / 1024)} GB"


def _names(value: Any) -> list[str] | None:
    """Read a list of file names; None for anything else."""
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        return None
    return None if any("*" in name for name in value) else value


def _number(value: Any) -> float | None:
    """Read a positive number, quoted or not; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if 0 < number < 1_000_000 else None
