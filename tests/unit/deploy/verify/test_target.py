"""The target of a verification, from Terraform's outputs or from the description; emulators."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hippo_deploy.errors import DeployError
from hippo_deploy.verify import target
from tests.unit.deploy.verify.stage import API, BUCKET, FUNCTIONS, NAME, REGION, ROOT, SITE, TOPIC, Clients, Stage

ROLE = "arn:aws-cn:iam::123456789012:role/x"
OUTPUTS = {
    "name": NAME,
    "hosted_zone_id": "ZGIVEN",
    "website_url": SITE,
    "execute_api_url": f"https://abc.execute-api.{REGION}.amazonaws.com",
    "stop_server_topic_arn": "arn:aws:sns:x",
    "alarm_names": {"orphans": f"{NAME}_orphans"},
    "alarm_topic_arn": TOPIC,
}


def describe(clients: Clients, **changes: Any) -> None:
    described = {
        "version": 1,
        "name": NAME,
        "region": REGION,
        "accountId": "123456789012",
        "bucket": BUCKET,
        "rootDomain": ROOT,
        "apiUrl": API,
        "functions": FUNCTIONS,
        "executionRoleArn": ROLE,
        "taskRoleArn": ROLE,
        "sessionLogGroup": "/hippo-gym",
        "sharedCluster": None,
        "maxRuntimeMinutes": 60,
    }
    value = json.dumps(described | changes)
    clients.client("ssm").put_parameter(Name=f"/hippo-gym/{NAME}", Type="String", Value=value)


def zone(clients: Clients, name: str, **more: Any) -> str:
    made = clients.client("route53").create_hosted_zone(Name=name, CallerReference=name + str(more), **more)
    return str(made["HostedZone"]["Id"]).rsplit("/", 1)[-1]


def test_the_outputs_describe_a_deployment() -> None:
    describe(clients := Clients())
    found = target.find(clients, OUTPUTS, "another")
    assert found.complete
    assert (found.hosted_zone_id, found.website_url, found.alarm_topic_arn) == ("ZGIVEN", SITE, TOPIC)
    assert found.alarm_names == (f"{NAME}_orphans",)
    assert found.next_url == f"{API}/next"
    assert found.emulator is None


def test_the_description_alone_describes_a_deployment() -> None:
    describe(clients := Clients(), sharedCluster="HIPPO_Gym-shared", sessionCertificateSecretArn="arn:secret")
    zone(clients, "example.net")
    own = zone(clients, ROOT)
    zone(clients, f"other.{ROOT}")
    zone(clients, "notplay.example.net")
    found = target.find(clients, None, NAME)
    assert not found.complete
    assert found.hosted_zone_id == own
    assert found.stop_topic_arn == f"arn:aws-cn:sns:{REGION}:123456789012:{NAME}_stop_server"
    assert found.alarm_names is None
    assert (found.shared_cluster, found.certificate_arn) == ("HIPPO_Gym-shared", "arn:secret")


def test_a_missing_deployment_is_an_error() -> None:
    with pytest.raises(DeployError, match="There is no deployment HIPPO_Gym in ca-central-1"):
        target.find(Clients(), None, NAME)


def test_a_missing_zone_is_an_error() -> None:
    describe(clients := Clients())
    zone(clients, "example.org")
    with pytest.raises(DeployError, match="no hosted zone"):
        target.find(clients, None, NAME)


class Meta:
    def __init__(self, address: str) -> None:
        self.meta, self.endpoint_url = self, address


@pytest.mark.parametrize(
    ("address", "is_emulator"),
    [
        ("http://127.0.0.1:4566", True),
        ("http://localhost:4566", True),
        ("https://lambda.ca-central-1.amazonaws.com", False),
        ("https://vpce-1.lambda.ca-central-1.vpce.amazonaws.com", False),
        ("https://127.0.0.1:4566", False),
        ("http://10.0.0.1", False),
    ],
)
def test_only_plain_http_on_this_machine_is_an_emulator(address: str, is_emulator: bool) -> None:
    clients = Clients()
    clients.instead["lambda"] = Meta(address)
    assert (target.emulator(clients) is not None) == is_emulator


def test_an_emulator_s_api_url_has_path_style() -> None:
    stage = Stage(api_url="http://abc123.execute-api.127.0.0.1:4566", emulator="http://127.0.0.1:4566")
    assert stage.target.next_url == "http://127.0.0.1:4566/_aws/execute-api/abc123/$default/next"
