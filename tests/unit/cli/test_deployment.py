"""`connect` finds a deployment by its name; its errors help researchers who do not know AWS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from hippo_cli import deployment
from hippo_cli.deployment import Deployment, connect
from hippo_common.errors import HippoError

REGION = "ca-central-1"
ELSEWHERE = "eu-west-1"
DESCRIPTION: dict[str, Any] = {
    "version": 1,
    "name": "HIPPO_Gym",
    "region": REGION,
    "accountId": "123456789012",
    "bucket": "projects.example",
    "rootDomain": "example.net",
    "apiUrl": "https://api.example.net",
    "functions": {"update_project_master_list": "HIPPO_Gym_update_project_master_list"},
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "taskRoleArn": "arn:aws:iam::123456789012:role/task",
    "sessionLogGroup": "/hippo/sessions",
    "sharedCluster": "",
    "maxRuntimeMinutes": 60,
}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_ENDPOINT_URL", "HIPPO_DEPLOYMENT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield


def publish(without: str = "", **changes: Any) -> None:
    described = {key: value for key, value in (DESCRIPTION | changes).items() if key != without}
    ssm = boto3.client("ssm", region_name=described["region"])
    ssm.put_parameter(Name=f"/hippo-gym/{described['name']}", Type="String", Value=json.dumps(described))


def refusal(name: str | None = None, region: str | None = None) -> str:
    with pytest.raises(HippoError) as caught:
        connect(name, region)
    return f"{caught.value.message} {caught.value.fix}"


def refuses(monkeypatch: pytest.MonkeyPatch, code: str, operation: str) -> None:
    """Make AWS answer an operation of SSM with an error."""
    real = deployment._client

    def client(*arguments: Any) -> Any:
        made = real(*arguments)

        def answer(model: Any, **_: Any) -> None:
            if model.name == operation:
                raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

        made.meta.events.register("before-call.ssm", answer)
        return made

    monkeypatch.setattr(deployment, "_client", client)


# --- found ---


def test_a_deployment_is_found_by_its_default_name() -> None:
    publish()
    found = connect()
    assert (found.name, found.bucket, found.root_domain) == ("HIPPO_Gym", "projects.example", "example.net")


def test_functions_have_their_full_aws_names() -> None:
    publish()
    assert connect().functions["update_project_master_list"] == "HIPPO_Gym_update_project_master_list"


def test_a_deployment_without_a_shared_cluster_has_none() -> None:
    publish()
    assert connect().shared_cluster is None


def test_an_old_deployment_has_no_certificate() -> None:
    publish()
    assert connect().session_certificate_secret_arn is None


@pytest.mark.parametrize("arn", [None, "arn:aws:secretsmanager:ca-central-1:123456789012:secret:certificate-AbCdEf"])
def test_the_servers_certificate_is_read_from_the_description(arn: str | None) -> None:
    publish(sessionCertificateSecretArn=arn)
    assert connect().session_certificate_secret_arn == arn


def test_a_shared_cluster_is_read_from_the_description() -> None:
    publish(sharedCluster="HIPPO_Gym-sessions")
    assert connect().shared_cluster == "HIPPO_Gym-sessions"


def test_unknown_keys_of_a_description_are_ignored() -> None:
    publish(somethingNew=[1])
    assert connect().account_id == "123456789012"


def test_the_environment_variable_names_the_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    publish(name="Pilot")
    monkeypatch.setenv("HIPPO_DEPLOYMENT", "Pilot")
    assert connect().name == "Pilot"


def test_the_region_of_the_config_is_searched_first() -> None:
    publish(bucket="here")
    publish(region=ELSEWHERE, bucket="there")
    assert connect(region=ELSEWHERE).bucket == "there"


def test_the_environment_variable_aws_region_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    publish(region=ELSEWHERE)
    monkeypatch.setenv("AWS_REGION", ELSEWHERE)
    assert connect().region == ELSEWHERE


def test_a_config_with_another_region_still_finds_the_deployment_of_the_aws_configuration() -> None:
    publish()
    assert connect(region=ELSEWHERE).region == REGION


def test_clients_use_the_deployments_region() -> None:
    publish(region=ELSEWHERE)
    assert connect(region=ELSEWHERE).client("s3").meta.region_name == ELSEWHERE


def test_a_client_is_cached() -> None:
    publish()
    found = connect()
    assert found.client("s3") is found.client("s3")


def test_deployments_are_compared_by_value() -> None:
    publish()
    assert connect() == connect()


# --- errors ---


def test_the_error_for_a_missing_deployment_lists_the_existing_ones() -> None:
    publish()
    publish(name="Pilot")
    assert "Deployments found: HIPPO_Gym (ca-central-1), Pilot (ca-central-1)" in refusal("Plot")


def test_without_any_deployment_the_error_names_the_settings_to_check() -> None:
    message = refusal()
    assert "no deployment 'HIPPO_Gym' in ca-central-1" in message
    assert "AWS_PROFILE" in message


def test_a_denied_listing_of_deployments_still_gives_the_error(monkeypatch: pytest.MonkeyPatch) -> None:
    refuses(monkeypatch, "AccessDeniedException", "GetParametersByPath")
    assert "no deployment 'HIPPO_Gym'" in refusal()


def test_a_denied_deployment_may_be_a_misspelt_name(monkeypatch: pytest.MonkeyPatch) -> None:
    refuses(monkeypatch, "AccessDeniedException", "GetParameter")
    assert "You may not use the deployment 'Plot', or it does not exist" in refusal("Plot")


def test_the_error_names_every_searched_region() -> None:
    assert "in eu-west-1 or ca-central-1" in refusal(region=ELSEWHERE)


def test_a_missing_region_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    assert "AWS_REGION" in refusal()


def test_an_invalid_region_is_an_error() -> None:
    assert "awsSetup.region" in refusal(region="Kanada!")


def test_an_invalid_deployment_name_is_wrong_use() -> None:
    with pytest.raises(HippoError) as caught:
        connect("HIPPO Gym/")
    assert caught.value.exit_status == 2


def test_missing_credentials_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert "no AWS credentials" in refusal()


def test_a_missing_profile_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "missing")
    assert "list-profiles" in refusal()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("ExpiredTokenException", "has expired"),
        ("UnrecognizedClientException", "does not accept your credentials"),
        ("AccessDeniedException", "researcher policy"),
    ],
)
def test_an_aws_error_is_shown_with_its_fix(monkeypatch: pytest.MonkeyPatch, code: str, text: str) -> None:
    refuses(monkeypatch, code, "GetParameter")
    assert text in refusal()


@pytest.mark.parametrize("missing", ["bucket", "functions", "taskRoleArn", "version"])
def test_a_description_without_a_required_key_is_an_error(missing: str) -> None:
    publish(without=missing)
    assert f"it has no {missing}" in refusal()


@pytest.mark.parametrize("text", ["not JSON", "[]", "7"])
def test_a_description_that_is_not_a_json_object_is_an_error(text: str) -> None:
    boto3.client("ssm").put_parameter(Name="/hippo-gym/HIPPO_Gym", Type="String", Value=text)
    assert "make deploy" in refusal()


def test_a_newer_deployment_needs_a_newer_hippo() -> None:
    publish(version=2)
    assert "newer than this `hippo`" in refusal()


def test_a_deployment_can_be_created_without_aws() -> None:
    made = Deployment(
        name="HIPPO_Gym",
        region=REGION,
        account_id="123456789012",
        bucket="projects.example",
        root_domain="example.net",
        api_url="https://api.example.net",
        functions={},
        execution_role_arn="arn:aws:iam::123456789012:role/execution",
        task_role_arn="arn:aws:iam::123456789012:role/task",
        session_log_group="/hippo/sessions",
        shared_cluster=None,
    )
    assert made.client("sts").get_caller_identity()["Account"] == "123456789012"
