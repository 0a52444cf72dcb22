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

NOT_ON_FARGATE: Final = dict.fromkeys(("gpu", "gpus"), "Delete it: servers run on Fargate, which has no GPUs.")
"""Keys that look like those for the size, and have no meaning → the fix."""

_UNITS: Final = 256
"""From this number on, `cpu` is meant in units of ECS (1024 to a vCPU): Fargate has at most 16 vCPU."""

_MIB: Final = 512
"""From this number on, `memory` is meant in MiB: Fargate has at most 120 GB."""

_WITH_UNIT: Final = re.compile(r"\s*([0-9]*\.?[0-9]+)\s*(vcpus?|cpus?|units?|gi?b?|mi?b?)\s*", re.IGNORECASE)

_SIZES: Final = ("cpu", "memory")
_ALLOWED: Final = "allowInImage"
_KEYS: Final = (*_TEXTS, *_SIZES, _ALLOWED)


def read(project: Mapping[str, Any]) -> AwsSetup:
    """Read a project's awsSetup; ignore values that are not valid."""
    setup = project.get("awsSetup")
    given: Mapping[str, Any] = setup if isinstance(setup, Mapping) else {}
    texts = {key: value for key, value in given.items() if key in _TEXTS and isinstance(value, str) and value}
    cpu, memory = _number(given.get("cpu")), _number(given.get("memory"))
    size = DEFAULT_SIZE if cpu is None and memory is None else nearest_size(_units(cpu or 0), _mib(memory or 0))
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
            near = [] if key.lower() in NOT_ON_FARGATE else difflib.get_close_matches(key, _KEYS, n=1)
            what, fix = (
                f"{key!r} is not a known key, and is ignored",
                f"Rename it to `{near[0]}`." if near else NOT_ON_FARGATE.get(key.lower(), "Delete it."),
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
        example = _meant(key, given[key]) or {"cpu": DEFAULT_SIZE.cpu, "memory": DEFAULT_SIZE.memory}[key] / 1024
        what, fix = f"{key}: found {given[key]!r}", f"Write, for example, `{key}: {plain(example)}`."
        yield Finding(Severity.ERROR, "not-allowed", document.place(where), what, fix, f"a number of {unit}", where)
    if wrong:
        return
    if cpu is None and memory is None:
        what = f"the server's size is not set, so it gets {_vcpu_and_gb(DEFAULT_SIZE)}"
        fix = f"Write {_as_keys(DEFAULT_SIZE)}, or the vCPUs and GB that it needs."
        yield Finding(Severity.WARNING, "size-not-set", document.key_place(WHERE), what, fix, where=WHERE)
        return
    where = below(WHERE, "memory" if memory is not None else "cpu")
    in_units = [*(["cpu"] if (cpu or 0) >= _UNITS else []), *(["memory"] if (memory or 0) >= _MIB else [])]
    nearest = nearest_size(_units(cpu or 0), _mib(memory or 0))
    asked = TaskSize(round(_units(cpu or 0)), round(_mib(memory or 0)))
    if not in_units and (asked == nearest or cpu is None or memory is None):
        return
    what = f"Fargate has no size with {plain(cpu or 0)} vCPU and {plain(memory or 0)} GB"
    if in_units:
        found = " and ".join(f"{key}: {plain((cpu if key == 'cpu' else memory) or 0)}" for key in in_units)
        what = f"cpu is in vCPUs and memory is in GB, and this has {found}"
    fix = f"Write {_as_keys(nearest)}."
    yield Finding(Severity.ERROR, "size", document.place(where), what, fix, _allowed(nearest.cpu), where)


def _units(cpu: float) -> float:
    """Return CPU units, of vCPUs, or of units that were written for them."""
    return cpu if cpu >= _UNITS else cpu * 1024


def _mib(memory: float) -> float:
    """Return MiB, of GB, or of MiB that were written for them."""
    return memory if memory >= _MIB else memory * 1024


def _meant(key: str, value: Any) -> float | None:
    """Return the vCPUs or GB of a text with a unit, such as "2 vCPU"; None for anything else."""
    found = _WITH_UNIT.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    number, unit = float(found[1]), found[2].lower()
    if unit.startswith("v" if key == "cpu" else "g"):
        return number or None
    return (_units(number) if key == "cpu" else number if unit.startswith("m") else _mib(number)) / 1024 or None


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
