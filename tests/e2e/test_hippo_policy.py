"""The researcher policy, enforced: IAM refuses every call that `hippo` never makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.places import ACCOUNT_ID
from tests.e2e.researcher import Researcher
from tests.support.local_deployment import LocalDeployment

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
def others(whole_lab: LocalDeployment) -> None:
    """A bucket and a repository of another owner in the same account."""
    whole_lab.cloud.client("s3").create_bucket(Bucket="another-owners")
    whole_lab.cloud.client("ecr").create_repository(repositoryName="theirs", tags=[THEIRS])


def refused(call: Callable[..., Any], **arguments: Any) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return code in ("AccessDenied", "AccessDeniedException", "AuthorizationError")  # SNS's is last
    return False


@pytest.mark.parametrize(
    ("call", "key"),
    [
        ("put_object", "project_master_list.json"),
        ("delete_object", "project_master_list.json"),
        ("put_object", "grid_world/Users/a1"),
        ("put_object", "grid_world/Trials/a1/1.json"),
        ("put_object", "_sessions/live/a1.json"),
        ("delete_object", "_sessions/live/a1.json"),
        ("put_object", "_sessions/places.json"),
        ("delete_object", "_versions/grid_world/0123456789abcdef/project.json"),
        ("put_object_acl", "grid_world/1_consent.html"),
    ],
)
def test_the_functions_objects_are_read_only(researcher: Researcher, lab: LocalDeployment, call: str, key: str) -> None:
    arguments: dict[str, dict[str, Any]] = {"put_object": {"Body": b"{}"}, "put_object_acl": {"ACL": "public-read"}}
    assert refused(getattr(researcher.client("s3"), call), Bucket=lab.bucket, Key=key, **arguments.get(call, {}))


def test_no_version_of_the_list_or_of_a_page_can_be_deleted(researcher: Researcher, lab: LocalDeployment) -> None:
    s3 = researcher.client("s3")
    for key in ("project_master_list.json", "grid_world/1_consent.html"):
        version = s3.list_object_versions(Bucket=lab.bucket, Prefix=key)["Versions"][0]["VersionId"]
        assert refused(s3.delete_object, Bucket=lab.bucket, Key=key, VersionId=version)


def test_another_bucket_is_refused(researcher: Researcher, others: None) -> None:
    s3 = researcher.client("s3")
    assert refused(s3.list_objects_v2, Bucket="another-owners")
    assert refused(s3.put_object, Bucket="another-owners", Key="study/1_consent.html", Body=b"")
    assert refused(s3.delete_object, Bucket="another-owners", Key="study/Users/a1")


def test_a_repository_of_another_deployment_is_refused(researcher: Researcher, others: None) -> None:
    ecr = researcher.client("ecr")
    arn = ecr.describe_repositories(repositoryNames=["theirs"])["repositories"][0]["repositoryArn"]
    ours = [{"Key": OURS["key"], "Value": OURS["value"]}]
    assert refused(ecr.initiate_layer_upload, repositoryName="theirs")
    assert refused(ecr.put_image, repositoryName="theirs", imageManifest="{}", imageTag="1")
    assert refused(ecr.tag_resource, resourceArn=arn, tags=ours)
    assert refused(ecr.delete_repository, repositoryName="theirs")


def test_a_researcher_may_only_make_and_fill_a_repository_with_the_deployment_s_tag(researcher: Researcher) -> None:
    ecr = researcher.client("ecr")
    assert refused(ecr.create_repository, repositoryName="ours")
    assert refused(ecr.create_repository, repositoryName="ours", tags=[THEIRS])
    ecr.create_repository(repositoryName="ours", tags=[{"Key": OURS["key"], "Value": OURS["value"]}])
    ecr.put_image(repositoryName="ours", imageManifest='{"schemaVersion": 2}', imageTag="1")
    assert refused(ecr.delete_repository, repositoryName="ours", force=True)


def test_a_researcher_may_tag_and_fill_an_untagged_repository(researcher: Researcher, lab: LocalDeployment) -> None:
    made = lab.cloud.client("ecr").create_repository(repositoryName="by-script")["repository"]
    ecr = researcher.client("ecr")
    assert refused(ecr.put_image, repositoryName="by-script", imageManifest="{}", imageTag="1")
    ecr.tag_resource(resourceArn=made["repositoryArn"], tags=[{"Key": OURS["key"], "Value": OURS["value"]}])
    ecr.put_image(repositoryName="by-script", imageManifest='{"schemaVersion": 2}', imageTag="1")


def test_a_task_definition_needs_the_tag_and_only_the_execution_role(
    researcher: Researcher, lab: LocalDeployment
) -> None:
    register = researcher.client("ecs").register_task_definition
    assert refused(register, **DEFINITION)
    for name in ("HIPPO_Gym_start_server", "HIPPO_Gym_scheduler", "HIPPO_Gym_session_task"):
        assert refused(register, **DEFINITION, tags=[OURS], taskRoleArn=f"{ROLE}/{name}")
    execution = f"{ROLE}/HIPPO_Gym_session_execution"
    register(**DEFINITION | {"family": "policy_test"}, tags=[OURS], executionRoleArn=execution)


def test_a_researcher_may_not_run_or_stop_tasks(researcher: Researcher) -> None:
    ecs = researcher.client("ecs")
    assert refused(ecs.run_task, taskDefinition="grid_world", cluster="HIPPO_Gym-shared")
    assert refused(ecs.stop_task, task="0" * 32, cluster="HIPPO_Gym-shared")
    assert refused(ecs.delete_cluster, cluster="HIPPO_Gym-shared")
    assert refused(ecs.deregister_task_definition, taskDefinition="grid_world:1")


def test_a_researcher_may_invoke_only_two_functions_and_change_none(
    researcher: Researcher, lab: LocalDeployment
) -> None:
    functions, names = researcher.client("lambda"), lab.cloud.outputs["function_names"]
    allowed = {"update_project_master_list", "send_stop_server_message"}
    for file, name in names.items():
        assert refused(functions.invoke, FunctionName=name, Payload=b"{}") == (file not in allowed), name
    assert refused(functions.update_function_configuration, FunctionName=REGISTER, Timeout=3)
    topic = lab.cloud.outputs["stop_server_topic_arn"]
    assert refused(researcher.client("sns").publish, TopicArn=topic, Message="{}")


def test_a_researcher_may_read_only_the_servers_log(researcher: Researcher, lab: LocalDeployment) -> None:
    logs = researcher.client("logs")
    group = f"/aws/lambda/{lab.cloud.outputs['function_names']['next_step']}"
    assert refused(logs.get_log_events, logGroupName=group, logStreamName="a")
    assert refused(logs.filter_log_events, logGroupName=lab.cloud.outputs["session_log_group"])
    with pytest.raises(logs.exceptions.ResourceNotFoundException):
        logs.get_log_events(logGroupName=lab.cloud.outputs["session_log_group"], logStreamName="a")


def test_a_researcher_may_not_change_the_description_or_the_policy(
    researcher: Researcher, lab: LocalDeployment
) -> None:
    ssm, iam = researcher.client("ssm"), researcher.client("iam")
    name = lab.cloud.outputs["description_parameter"]
    assert refused(ssm.put_parameter, Name=name, Value="{}", Type="String", Overwrite=True)
    assert refused(ssm.get_parameter, Name="/hippo-gym/another")
    everything = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert refused(iam.attach_user_policy, UserName="e2e", PolicyArn=everything)


def test_without_the_policy_hippo_says_which_policy_is_missing(lab: LocalDeployment) -> None:
    iam = lab.cloud.client("iam")
    without = Researcher(lab.cloud, "without-policy")
    iam.detach_user_policy(UserName="without-policy", PolicyArn=lab.cloud.outputs["researcher_policy_arn"])
    result = without.hippo("list", fails=True)
    assert "attach the deployment's researcher policy" in result.err
    assert "Traceback" not in result.err
