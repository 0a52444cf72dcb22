"""The master list is changed by the function alone, and what the function says is told."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.response import StreamingBody

from hippo_cli.deployment import Deployment
from hippo_cli.publish import master_list
from hippo_common.errors import HippoError
from tests.unit.cli.publish.cloud import Cloud, Folder


@pytest.fixture
def live(cloud: Cloud, folder: Folder, docker: Path) -> Cloud:
    cloud.submit(folder)
    cloud.clock.advance()
    return cloud


def answers(monkeypatch: pytest.MonkeyPatch, cloud: Cloud, text: str, **more: Any) -> Deployment:
    """Let the function answer a text, whatever it is asked."""

    def invoke(**_: Any) -> Any:
        body = text.encode()
        return {"Payload": StreamingBody(io.BytesIO(body), len(body)), **more}

    target = cloud.deployment()
    target._clients["lambda"] = SimpleNamespace(invoke=invoke)
    return target


def write(target: Deployment, live: Cloud) -> str:
    with pytest.raises(HippoError) as caught:
        master_list.write(target, live.entry(), live.entry(), "ada")
    return f"{caught.value.message} {caught.value.fix}"


def test_an_entry_that_the_function_refuses_is_told_with_all_its_faults(live: Cloud) -> None:
    broken = {**live.entry(), "maxRuntime": 0, "port": 0}
    with pytest.raises(HippoError) as caught:
        master_list.write(live.deployment(), broken, live.entry(), "ada")
    assert "maxRuntime: found 0" in caught.value.message
    assert "port: found 0" in caught.value.message


def test_who_changed_it_meanwhile_is_told(live: Cloud) -> None:
    before = live.entry()
    master_list.write(live.deployment(), {**before, "name": "Bob's"}, before, "bob")
    with pytest.raises(HippoError, match="bob changed it at 2026-11-22T12:01:00"):
        master_list.write(live.deployment(), {**before, "name": "Ada's"}, before, "ada")


def test_a_study_that_was_taken_out_meanwhile_is_told(live: Cloud) -> None:
    before = live.entry()
    live.put_list()
    with pytest.raises(HippoError, match="not in the list any more"):
        master_list.write(live.deployment(), before, before, "ada")


def test_a_study_that_somebody_else_made_meanwhile_is_told(live: Cloud) -> None:
    with pytest.raises(HippoError, match="moto changed it"):
        master_list.write(live.deployment(), {**live.entry(), "name": "Mine"}, None, "ada")


def test_a_function_that_others_keep_from_writing_is_to_be_asked_again(
    live: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = json.dumps({"statusCode": 503, "body": "the list is being changed by others all the time"})
    told = write(answers(monkeypatch, live, busy), live)
    assert ("changed by others" in told, "Run the command again" in told, "refuses" in told) == (True, True, False)


def test_a_function_that_failed_is_told(live: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = json.dumps({"errorMessage": "Task timed out", "errorType": "Sandbox.Timedout"})
    told = write(answers(monkeypatch, live, failed, FunctionError="Unhandled"), live)
    assert "Task timed out" in told


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"statusCode": 200}', "\u2603"])
def test_an_answer_that_is_none_is_told(live: Cloud, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    assert "did not say why in words" in write(answers(monkeypatch, live, text), live)


def test_a_deployment_that_names_no_function_is_told(live: Cloud) -> None:
    found = live.deployment()
    nameless = Deployment(
        **{name: getattr(found, name) for name in found.__dataclass_fields__ if not name.startswith("_")}
        | {"functions": {}}
    )
    assert "make deploy" in write(nameless, live)


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::123456789012:user/ada", "ada"),
        ("arn:aws:iam::123456789012:user/lab/ada", "ada"),
        ("arn:aws:sts::123456789012:assumed-role/Researcher/ada@example.net", "ada@example.net"),
        ("arn:aws:iam::123456789012:root", "root"),
    ],
)
def test_whoever_runs_it_is_named_as_aws_knows_them(live: Cloud, arn: str, name: str) -> None:
    target = live.deployment()
    target._clients["sts"] = SimpleNamespace(get_caller_identity=lambda: {"Arn": arn})
    assert master_list.caller(target) == name


def test_a_missing_list_has_no_entries(cloud: Cloud) -> None:
    assert master_list.read(cloud.deployment()) == []
