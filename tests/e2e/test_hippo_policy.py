"""The researcher policy, enforced: what `hippo` never does is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.places import ACCOUNT_ID
from tests.e2e.researcher import Researcher
from tests.support.local_deployment import Lab

OURS = {"key": "hippo-gym:deployment", "value": "HIPPO_Gym"}
THEIRS = {"Key": "hippo-gym:deployment", "Value": "another"}
DEFINITION = {
    "family": "grid_world",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "256",
    "memory": "512",
    "containerDefinitions": [{"name": "grid_world", "image": "local/x"}],
}
ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role"
REGISTER = "HIPPO_Gym_update_project_master_list"


@pytest.fixture(scope="module")
def others(whole_lab: Lab) -> None:
    """A bucket and a repository of somebody else in the same account."""
    whole_lab.cloud.client("s3").create_bucket(Bucket="somebody-elses")
    whole_lab.cloud.client("ecr").create_repository(repositoryName="theirs", tags=[THEIRS])


def refused(call: Callable[..., Any], **arguments: Any) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return code in ("AccessDenied", "AccessDeniedException", "AuthorizationError")  # the last is SNS's
    return False


@pytest.mark.parametrize(
    ("call", "key"),
    [
        ("put_object", "project_master_list.json"),
        ("delete_object", "project_master_list.json"),
        ("put_object", "grid_world/Users/somebody"),
        ("put_object", "grid_world/Trials/somebody/1.json"),
        ("put_object", "_sessions/live/somebody.json"),
        ("delete_object", "_sessions/live/somebody.json"),
        ("put_object", "_sessions/places.json"),
        ("delete_object", "_versions/grid_world/0123456789abcdef/project.json"),
        ("put_object_acl", "grid_world/1_consent.html"),
    ],
)
def test_objects_that_only_the_functions_write(researcher: Researcher, lab: Lab, call: str, key: str) -> None:
    arguments: dict[str, dict[str, Any]] = {"put_object": {"Body": b"{}"}, "put_object_acl": {"ACL": "public-read"}}
    assert refused(getattr(researcher.client("s3"), call), Bucket=lab.bucket, Key=key, **arguments.get(call, {}))


def test_no_version_of_the_list_or_of_a_page_can_be_deleted(researcher: Researcher, lab: Lab) -> None:
    s3 = researcher.client("s3")
    for key in ("project_master_list.json", "grid_world/1_consent.html"):
        version = s3.list_object_versions(Bucket=lab.bucket, Prefix=key)["Versions"][0]["VersionId"]
        assert refused(s3.delete_object, Bucket=lab.bucket, Key=key, VersionId=version)


def test_another_bucket_is_out_of_reach(researcher: Researcher, others: None) -> None:
    s3 = researcher.client("s3")
    assert refused(s3.list_objects_v2, Bucket="somebody-elses")
    assert refused(s3.put_object, Bucket="somebody-elses", Key="study/1_consent.html", Body=b"")
    assert refused(s3.delete_object, Bucket="somebody-elses", Key="study/Users/somebody")


def test_a_repository_of_another_deployment_is_out_of_reach(researcher: Researcher, others: None) -> None:
    ecr = researcher.client("ecr")
    arn = ecr.describe_repositories(repositoryNames=["theirs"])["repositories"][0]["repositoryArn"]
    ours = [{"Key": OURS["key"], "Value": OURS["value"]}]
    assert refused(ecr.initiate_layer_upload, repositoryName="theirs")
    assert refused(ecr.put_image, repositoryName="theirs", imageManifest="{}", imageTag="1")
    assert refused(ecr.tag_resource, resourceArn=arn, tags=ours)
    assert refused(ecr.delete_repository, repositoryName="theirs")


def test_a_repository_is_made_with_the_deployments_tag_and_takes_images_then(researcher: Researcher) -> None:
    ecr = researcher.client("ecr")
    assert refused(ecr.create_repository, repositoryName="ours")
    assert refused(ecr.create_repository, repositoryName="ours", tags=[THEIRS])
    ecr.create_repository(repositoryName="ours", tags=[{"Key": OURS["key"], "Value": OURS["value"]}])
    ecr.put_image(repositoryName="ours", imageManifest='{"schemaVersion": 2}', imageTag="1")
    assert refused(ecr.delete_repository, repositoryName="ours", force=True)


def test_a_repository_that_a_script_has_made_can_be_taken_over(researcher: Researcher, lab: Lab) -> None:
    made = lab.cloud.client("ecr").create_repository(repositoryName="by-script")["repository"]
    ecr = researcher.client("ecr")
    assert refused(ecr.put_image, repositoryName="by-script", imageManifest="{}", imageTag="1")
    ecr.tag_resource(resourceArn=made["repositoryArn"], tags=[{"Key": OURS["key"], "Value": OURS["value"]}])
    ecr.put_image(repositoryName="by-script", imageManifest='{"schemaVersion": 2}', imageTag="1")


def test_a_task_definition_carries_the_tag_and_no_role_but_the_two(researcher: Researcher, lab: Lab) -> None:
    register = researcher.client("ecs").register_task_definition
    assert refused(register, **DEFINITION)
    for name in ("HIPPO_Gym_start_server", "HIPPO_Gym_scheduler"):
        assert refused(register, **DEFINITION, tags=[OURS], taskRoleArn=f"{ROLE}/{name}")
    roles = {"taskRoleArn": f"{ROLE}/HIPPO_Gym_session_task", "executionRoleArn": f"{ROLE}/HIPPO_Gym_session_execution"}
    register(**DEFINITION | {"family": "policy_test"}, tags=[OURS], **roles)


def test_nothing_is_run_or_stopped_by_hand(researcher: Researcher) -> None:
    ecs = researcher.client("ecs")
    assert refused(ecs.run_task, taskDefinition="grid_world", cluster="HIPPO_Gym-shared")
    assert refused(ecs.stop_task, task="0" * 32, cluster="HIPPO_Gym-shared")
    assert refused(ecs.delete_cluster, cluster="HIPPO_Gym-shared")
    assert refused(ecs.deregister_task_definition, taskDefinition="grid_world:1")


def test_only_two_functions_are_asked_and_none_is_changed(researcher: Researcher, lab: Lab) -> None:
    functions, names = researcher.client("lambda"), lab.cloud.outputs["function_names"]
    asked = {"update_project_master_list", "send_stop_server_message"}
    for file, name in names.items():
        assert refused(functions.invoke, FunctionName=name, Payload=b"{}") == (file not in asked), name
    assert refused(functions.update_function_configuration, FunctionName=REGISTER, Timeout=3)
    topic = lab.cloud.outputs["stop_server_topic_arn"]
    assert refused(researcher.client("sns").publish, TopicArn=topic, Message="{}")


def test_only_the_servers_log_is_read(researcher: Researcher, lab: Lab) -> None:
    logs = researcher.client("logs")
    group = f"/aws/lambda/{lab.cloud.outputs['function_names']['next_step']}"
    assert refused(logs.get_log_events, logGroupName=group, logStreamName="a")
    assert refused(logs.filter_log_events, logGroupName=lab.cloud.outputs["session_log_group"])
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.get_log_events(logGroupName=lab.cloud.outputs["session_log_group"], logStreamName="a")


def test_the_description_cannot_be_changed_nor_the_policy(researcher: Researcher, lab: Lab) -> None:
    ssm, iam = researcher.client("ssm"), researcher.client("iam")
    name = lab.cloud.outputs["description_parameter"]
    assert refused(ssm.put_parameter, Name=name, Value="{}", Type="String", Overwrite=True)
    assert refused(ssm.get_parameter, Name="/hippo-gym/another")
    everything = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert refused(iam.attach_user_policy, UserName="e2e", PolicyArn=everything)


def test_without_the_policy_the_command_says_whom_to_ask(lab: Lab) -> None:
    iam = lab.cloud.client("iam")
    nobody = Researcher(lab.cloud, "nobody")
    iam.detach_user_policy(UserName="nobody", PolicyArn=lab.cloud.outputs["researcher_policy_arn"])
    said = nobody.hippo("list", fails=True)
    assert "attach the deployment's researcher policy" in said.err
    assert "Traceback" not in said.err
