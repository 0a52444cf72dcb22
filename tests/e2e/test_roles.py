"""Each function has its own role, enforced in all tests here; no role allows more than needed."""

from __future__ import annotations

import json
from typing import Any

import pytest
import urllib3
from botocore.exceptions import ClientError

from hippo_gym.runtime.clock import SystemClock
from hippo_gym.sessions.store import SessionStore
from hippo_gym.sessions.uploads import UploadTickets
from hippo_gym.storage.bucket import Bucket
from local.cloud import Cloud
from tests.support.local_deployment import LocalDeployment

FUNCTIONS = (
    "next_step",
    "start_server",
    "stop_server",
    "send_start_server_message",
    "send_stop_server_message",
    "update_project_master_list",
    "issue_upload_ticket",
    "sweep_sessions",
)


def test_each_function_has_its_own_role(lab: LocalDeployment) -> None:
    functions = lab.cloud.client("lambda")
    names = lab.cloud.outputs["function_names"]
    assert set(names) == set(FUNCTIONS)
    roles = {functions.get_function(FunctionName=name)["Configuration"]["Role"] for name in names.values()}
    assert len(roles) == len(FUNCTIONS)


@pytest.mark.parametrize(
    ("function", "service", "call", "arguments"),
    [
        ("next_step", "ecs", "list_clusters", {}),
        ("next_step", "route53", "list_hosted_zones", {}),
        ("next_step", "s3", "delete_object", {"Key": "project_master_list.json"}),
        ("update_project_master_list", "s3", "put_object", {"Key": "grid_world/Users/a", "Body": b"{}"}),
        ("send_start_server_message", "s3", "get_object", {"Key": "project_master_list.json"}),
        ("stop_server", "ecs", "create_cluster", {"clusterName": "HIPPO_Gym-x"}),
        ("stop_server", "s3", "get_object", {"Key": "grid_world/Users/a"}),
        ("start_server", "ecs", "delete_cluster", {"cluster": "another-owners"}),
        ("sweep_sessions", "ecs", "stop_task", {"cluster": "another-owners", "task": "0" * 32}),
    ],
)
def test_a_role_refuses_what_its_function_does_not_need(
    lab: LocalDeployment, function: str, service: str, call: str, arguments: dict[str, Any]
) -> None:
    bucket = {"Bucket": lab.bucket} if service == "s3" else {}
    client = lab.cloud.client(service, lab.credentials_of(function))
    with pytest.raises(ClientError) as refused:
        getattr(client, call)(**bucket, **arguments)
    assert "AccessDenied" in refused.value.response["Error"]["Code"]


def test_start_server_runs_only_task_definitions_with_the_tag_of_the_deployment(lab: LocalDeployment) -> None:
    admin, start_server = lab.cloud.client("ecs"), lab.cloud.client("ecs", lab.credentials_of("start_server"))
    container = {"name": "game", "image": "local/x", "memory": 512}

    def answer(family: str, *tags: dict[str, str]) -> str:
        admin.register_task_definition(family=family, containerDefinitions=[container], tags=list(tags))
        with pytest.raises(ClientError) as refused:
            start_server.run_task(cluster="HIPPO_Gym-not-there", taskDefinition=family)
        return str(refused.value.response["Error"]["Code"])

    assert answer("untagged") == "AccessDeniedException"
    assert answer("of_another", {"key": "hippo-gym:deployment", "value": "Pilot"}) == "AccessDeniedException"
    assert answer("ours", {"key": "hippo-gym:deployment", "value": "HIPPO_Gym"}) == "ClusterNotFoundException"


def test_a_container_without_a_role_stores_with_a_ticket_and_only_where_it_allows(lab: LocalDeployment) -> None:
    """The signature, the policy's conditions and the signer's permissions are those that MiniStack checks."""
    assert "task_role_arn" not in lab.cloud.outputs
    s3 = lab.cloud.client("s3", lab.credentials_of("issue_upload_ticket"))
    tickets = UploadTickets(SessionStore(Bucket(s3, lab.bucket), SystemClock()), s3, lab.bucket, SystemClock(), 1)
    form = tickets._form("grid_world/Trials/a/20260101-0123456789abcdef/", 10, below=True)
    ours = f"{form['prefix']}a.jsonl"
    others = ("grid_world/Trials/a/other", "grid_world/Users/a", "project_master_list.json", "_versions/a/Trials/b")
    assert _post(form, ours, b"{}") == 204
    assert [_post(form, key, b"{}") for key in others] == [403] * len(others)
    assert _post(form, ours, b"x" * 11) == 400
    assert _post({**form, "fields": {**form["fields"], "policy": "e30="}}, ours, b"") == 403
    outside = tickets._form("grid_world/Users/a", 10, below=False)
    assert _post(outside, "grid_world/Users/a", b"{}") == 403, "its role may not, whatever it signs"


def _post(form: dict[str, Any], key: str, content: bytes) -> int:
    kind = "application/x-ndjson"
    fields = {**form["fields"], "key": key, "Content-Type": kind, "file": ("file", content, kind)}
    return int(urllib3.request("POST", form["url"], fields=fields).status)


def test_applying_twice_changes_nothing(cloud: Cloud) -> None:
    from local.deployment import terraform_run

    assert terraform_run(cloud).changes() == ""


def test_no_log_holds_what_a_participant_wrote(lab: LocalDeployment, user_id: str) -> None:
    client = lab.participant(user_id)
    client.get()
    client.post({"secret": "correct-horse-battery-staple"}, "1")
    logs = lab.cloud.client("logs")
    group = f"/aws/lambda/{lab.cloud.outputs['function_names']['next_step']}"
    lab.wait_for(lambda: user_id in json.dumps(logs.filter_log_events(logGroupName=group)["events"]), "the log")
    written = json.dumps(logs.filter_log_events(logGroupName=group)["events"])
    assert "correct-horse" not in written
    assert "user-agent" not in written.lower()
