"""The master list changes only through the function, and the function's errors are shown."""

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
from tests.support.moto_deployment import Folder, MotoDeployment


@pytest.fixture
def submitted(cloud: MotoDeployment, folder: Folder, docker: Path) -> MotoDeployment:
    cloud.submit(folder)
    cloud.clock.advance()
    return cloud


def answers(monkeypatch: pytest.MonkeyPatch, cloud: MotoDeployment, text: str, **more: Any) -> Deployment:
    """Make the function answer every call with a text."""

    def invoke(**_: Any) -> Any:
        body = text.encode()
        return {"Payload": StreamingBody(io.BytesIO(body), len(body)), **more}

    target = cloud.deployment()
    target._clients["lambda"] = SimpleNamespace(invoke=invoke)
    return target


def write(target: Deployment, submitted: MotoDeployment) -> str:
    with pytest.raises(HippoError) as caught:
        master_list.write(target, submitted.entry(), submitted.entry(), "ada")
    return f"{caught.value.message} {caught.value.fix}"


def test_the_error_lists_all_faults_of_a_refused_entry(submitted: MotoDeployment) -> None:
    broken = {**submitted.entry(), "maxRuntime": 0, "port": 0}
    with pytest.raises(HippoError) as caught:
        master_list.write(submitted.deployment(), broken, submitted.entry(), "ada")
    assert "maxRuntime: found 0" in caught.value.message
    assert "port: found 0" in caught.value.message


def test_the_error_names_who_changed_the_study_meanwhile(submitted: MotoDeployment) -> None:
    before = submitted.entry()
    master_list.write(submitted.deployment(), {**before, "name": "Bob's"}, before, "bob")
    with pytest.raises(HippoError, match="bob changed it at 2026-11-22T12:01:00"):
        master_list.write(submitted.deployment(), {**before, "name": "Ada's"}, before, "ada")


def test_a_study_that_was_removed_meanwhile_is_an_error(submitted: MotoDeployment) -> None:
    before = submitted.entry()
    submitted.put_list()
    with pytest.raises(HippoError, match="not in the list any more"):
        master_list.write(submitted.deployment(), before, before, "ada")


def test_a_study_that_another_writer_created_meanwhile_is_an_error(submitted: MotoDeployment) -> None:
    with pytest.raises(HippoError, match="moto changed it"):
        master_list.write(submitted.deployment(), {**submitted.entry(), "name": "Mine"}, None, "ada")


def test_a_busy_list_asks_to_run_the_command_again(submitted: MotoDeployment, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = json.dumps({"statusCode": 503, "body": "the list is being changed by others all the time"})
    error = write(answers(monkeypatch, submitted, busy), submitted)
    assert ("changed by others" in error, "Run the command again" in error, "refuses" in error) == (True, True, False)


def test_a_failure_of_the_function_is_an_error(submitted: MotoDeployment, monkeypatch: pytest.MonkeyPatch) -> None:
    failed = json.dumps({"errorMessage": "Task timed out", "errorType": "Sandbox.Timedout"})
    error = write(answers(monkeypatch, submitted, failed, FunctionError="Unhandled"), submitted)
    assert "Task timed out" in error


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"statusCode": 200}', "\u2603"])
def test_an_invalid_answer_of_the_function_is_an_error(
    submitted: MotoDeployment, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    assert "failed without an error message" in write(answers(monkeypatch, submitted, text), submitted)


def test_a_deployment_without_the_function_is_an_error(submitted: MotoDeployment) -> None:
    found = submitted.deployment()
    nameless = Deployment(
        **{name: getattr(found, name) for name in found.__dataclass_fields__ if not name.startswith("_")}
        | {"functions": {}}
    )
    assert "make deploy" in write(nameless, submitted)


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:iam::123456789012:user/ada", "ada"),
        ("arn:aws:iam::123456789012:user/lab/ada", "ada"),
        ("arn:aws:sts::123456789012:assumed-role/Researcher/ada@example.net", "ada@example.net"),
        ("arn:aws:iam::123456789012:root", "root"),
    ],
)
def test_the_callers_name_comes_from_aws(submitted: MotoDeployment, arn: str, name: str) -> None:
    target = submitted.deployment()
    target._clients["sts"] = SimpleNamespace(get_caller_identity=lambda: {"Arn": arn})
    assert master_list.caller(target) == name


def test_a_missing_list_has_no_entries(cloud: MotoDeployment) -> None:
    assert master_list.read(cloud.deployment()) == []


def test_a_retry_after_a_lost_answer_is_no_refusal(submitted: MotoDeployment) -> None:
    """botocore repeats a call without an answer, so the function runs twice."""
    before = submitted.entry()
    submitted.clock.advance()
    changed = {**before, "name": "Changed"}
    target = submitted.deployment()
    master_list.write(target, changed, before, "moto")
    master_list.write(target, changed, before, "moto")
    assert submitted.entry()["name"] == "Changed"
