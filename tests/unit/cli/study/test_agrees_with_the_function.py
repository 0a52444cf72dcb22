"""`hippo validate` and the function that writes the master list accept the same studies.

The function gets the payload that existing scripts send for the same file: they read it with
PyYAML, turn the keys of steps into text, and add `ecsTask` and `bucket`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from hippo_cli.study import read
from hippo_cli.study.payload import SET_BY_HIPPO
from hippo_gym.studies import registration
from tests.unit.cli.study.studies import PROJECT

_ODD: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers(-5, 10**6) | st.text(max_size=6) | st.just({}) | st.just([1])
)
_STEP = st.sampled_from(["1_consent.html", "game", "sub/3_survey.html", "../x.html", "Game", "x.htm", "", None]) | _ODD
_STEPS = st.dictionaries(st.integers(0, 5) | st.just("finalStep") | st.text(max_size=3), _STEP, max_size=5)
_EVENTS = st.dictionaries(
    st.sampled_from(["startServerStep", "stopServerStep", "stopDelay", "other"]),
    st.none() | st.integers(0, 12) | _ODD,
    max_size=3,
)
_EXIT = st.fixed_dictionaries(
    {},
    optional={
        "step": st.integers(0, 3) | _ODD,
        "field": st.just("consent") | _ODD,
        "values": st.lists(st.sampled_from(["no", "0"]) | _ODD, max_size=2) | _ODD,
        "page": st.sampled_from(["4_thanks.html", "gone.html"]) | _ODD,
    },
)
_COMPLETION = st.fixed_dictionaries(
    {},
    optional={
        "codes": st.dictionaries(st.sampled_from(["finished", "refused", "x"]), _ODD, max_size=2) | _ODD,
        "redirect": st.sampled_from(["https://a.example/?c={code}", "http://a.example"]) | _ODD,
    },
)
_TIME = (
    st.sampled_from(["2026-12-01T08:00:00+01:00", "2026-12-20T18:00:00+01:00", "2026-13-01T00:00:00Z", "soon"]) | _ODD
)
_CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["grid", "Study_1", "-x", "a b", ""]) | _ODD,
        "name": _ODD,
        "live": _ODD,
        "researcher": _ODD,
        "teamMembers": _ODD,
        "ecsTask": st.sampled_from(["ours", "ours:3", "ours:0"]) | _ODD,
        "bucket": _ODD,
        "steps": _STEPS | _ODD,
        "events": _EVENTS | _ODD,
        "maxRuntime": _ODD,
        "capacity": st.sampled_from(["spot", "on-demand", "Spot"]) | _ODD,
        "port": _ODD,
        "maxSessions": _ODD,
        "exits": st.dictionaries(st.sampled_from(["refused", "finished", "1"]), _EXIT | _ODD, max_size=2) | _ODD,
        "completion": _COMPLETION | _ODD,
        "opensAt": _TIME,
        "closesAt": _TIME,
        "mostParticipants": _ODD,
        "progress": st.dictionaries(st.sampled_from([1, 2, "finalStep", "x"]), st.just("Label") | _ODD) | _ODD,
        "useAWS": _ODD,
        "awsSetup": st.just({"bucket": "b", "cpu": 1, "memory": 2}) | st.just({"bucket": 5}) | _ODD,
        "ssl": _ODD,
        "anything": _ODD,
    },
)


def as_scripts_send_it(config: Path) -> Any:
    """Return the payload of existing scripts, without the keys that only `hippo` sets."""
    project = yaml.safe_load(config.read_text(encoding="utf-8"))["project"]
    needs_server = "game" in _values(project.get("steps")) or _at(project.get("events"), "startServerStep") is not None
    payload = {key: value for key, value in project.items() if key not in SET_BY_HIPPO}
    for name in ("steps", "progress"):
        if isinstance(payload.get(name), Mapping):
            payload[name] = {str(key): value for key, value in payload[name].items()}
    if payload.get("ecsTask") is None and needs_server:
        payload["ecsTask"] = payload.get("id")
    if payload.get("bucket") is None:
        payload["bucket"] = _at(payload.get("awsSetup"), "bucket")
    return json.loads(json.dumps(payload))


def _values(steps: Any) -> list[Any]:
    return list(steps.values()) if isinstance(steps, Mapping) else []


def _at(mapping: Any, key: str) -> Any:
    return mapping.get(key) if isinstance(mapping, Mapping) else None


@given(changes=_CHANGES, without=st.sets(st.sampled_from(sorted(PROJECT)), max_size=2))
@example(changes={}, without=set())
def test_the_study_is_accepted_exactly_if_the_function_accepts_it(changes: dict[str, Any], without: set[str]) -> None:
    project = {key: value for key, value in {**PROJECT, **changes}.items() if key not in without}
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.yml"
        config.write_text(yaml.safe_dump({"project": project}, allow_unicode=True), encoding="utf-8")
        study = read(config)
        judged = registration.read_payload(as_scripts_send_it(config))
    assert study.entry == ({} if judged.faults else judged.entry)
    assert study.errors or not judged.faults
    assert all(finding.fix and finding.line >= 1 for finding in study.findings)
