"""Task definitions are compared by their settings, not by the form in which AWS returns them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hippo_cli.publish import task_definitions
from hippo_cli.publish.task_definitions import Revision, differences, with_image
from tests.support.moto_deployment import NOON, MotoDeployment


def wanted(cloud: MotoDeployment, **changes: Any) -> dict[str, Any]:
    size: dict[str, Any] = {"cpu": 256, "memory": 512, "port": 5000, "architecture": "X86_64"} | changes
    return with_image(task_definitions.wanted(cloud.deployment(), "grid", **size), "game:1")


def registered(cloud: MotoDeployment, **changes: Any) -> Revision:
    task_definitions.register(cloud.deployment(), wanted(cloud, **changes))
    found = task_definitions.describe(cloud.deployment(), "grid")
    assert found is not None
    return found


def as_aws_answers(**changes: Any) -> Revision:
    """Return a definition in AWS's full form (ECS, DescribeTaskDefinition), unlike moto's."""
    container = {
        "name": "grid",
        "image": "game:1",
        "cpu": 0,
        "links": [],
        "portMappings": [{"containerPort": 5000, "hostPort": 5000, "protocol": "tcp"}],
        "essential": True,
        "environment": [{"name": "HIPPO_UPLOAD_URL", "value": "https://api.example.net/trials"}],
        "mountPoints": [],
        "volumesFrom": [],
        "systemControls": [],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "/hippo/sessions",
                "awslogs-region": "ca-central-1",
                "awslogs-stream-prefix": "grid",
            },
            "secretOptions": [],
        },
    }
    return task_definitions._revision(
        {
            "taskDefinitionArn": "arn:aws:ecs:ca-central-1:123456789012:task-definition/grid:1",
            "family": "grid",
            "revision": 1,
            "status": "ACTIVE",
            "taskRoleArn": "arn:aws:iam::123456789012:role/task",
            "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
            "networkMode": "awsvpc",
            "volumes": [],
            "requiresAttributes": [{"name": "com.amazonaws.ecs.capability.ecr-auth"}],
            "placementConstraints": [],
            "compatibilities": ["EC2", "FARGATE"],
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "registeredAt": NOON,
            "registeredBy": "arn:aws:iam::123456789012:user/ada",
            "enableFaultInjection": False,
            "containerDefinitions": [{**container, **changes}],
        }
    )


def test_the_registered_settings_are_the_wanted_ones(cloud: MotoDeployment) -> None:
    assert differences(registered(cloud).settings, wanted(cloud)) == []


def test_defaults_that_aws_adds_are_no_difference(cloud: MotoDeployment) -> None:
    assert differences(as_aws_answers().settings, wanted(cloud)) == []


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"image": "game:0"}, "containerDefinitions.grid.image"),
        ({"environment": [{"name": "A", "value": "1"}]}, "containerDefinitions.grid.environment"),
        ({"portMappings": [{"containerPort": 80, "protocol": "tcp"}]}, "containerDefinitions.grid.portMappings"),
        ({"essential": False}, "containerDefinitions.grid.essential"),
        ({"stopTimeout": 5}, "containerDefinitions.grid.stopTimeout"),
    ],
)
def test_a_changed_setting_is_a_difference(cloud: MotoDeployment, changes: dict[str, Any], setting: str) -> None:
    assert [key for key, _, _ in differences(as_aws_answers(**changes).settings, wanted(cloud))] == [setting]


def test_another_container_is_a_difference(cloud: MotoDeployment) -> None:
    found = as_aws_answers(name="other")
    assert {key.split(".")[1] for key, _, _ in differences(found.settings, wanted(cloud))} == {"grid", "other"}


@pytest.mark.parametrize(("changes", "setting"), [({"cpu": 512}, "cpu"), ({"memory": 1024}, "memory")])
def test_another_size_is_a_difference(cloud: MotoDeployment, changes: dict[str, Any], setting: str) -> None:
    assert [key for key, _, _ in differences(registered(cloud).settings, wanted(cloud, **changes))] == [setting]


def test_a_task_definition_has_its_image_and_architecture(cloud: MotoDeployment) -> None:
    found = registered(cloud, architecture="ARM64")
    assert (found.name, found.image, found.architecture) == ("grid:1", "game:1", "ARM64")


def test_an_inactive_revision_is_not_active(cloud: MotoDeployment) -> None:
    registered(cloud)
    cloud.aws("ecs").deregister_task_definition(taskDefinition="grid:1")
    found = task_definitions.describe(cloud.deployment(), "grid:1")
    assert found is not None
    assert not found.active


# --- the servers' certificate ---

SECRET = "arn:aws:secretsmanager:ca-central-1:123456789012:secret:certificate-AbCdEf"


def test_without_a_certificate_the_container_has_no_secret(cloud: MotoDeployment) -> None:
    assert "secrets" not in wanted(cloud)["containerDefinitions"]["grid"]


def test_with_a_certificate_the_container_gets_it_and_its_key(cloud: MotoDeployment) -> None:
    cloud.describe(sessionCertificateSecretArn=SECRET)
    assert registered(cloud).container["secrets"] == [
        {"name": "SSL_FULLCHAIN_PEM", "valueFrom": f"{SECRET}:fullchain::"},
        {"name": "SSL_PRIVKEY_PEM", "valueFrom": f"{SECRET}:privkey::"},
    ]
    assert differences(registered(cloud).settings, wanted(cloud)) == []


def test_secrets_in_another_order_are_no_difference(cloud: MotoDeployment) -> None:
    cloud.describe(sessionCertificateSecretArn=SECRET)
    secrets = wanted(cloud)["containerDefinitions"]["grid"]["secrets"]
    assert differences(as_aws_answers(secrets=secrets[::-1]).settings, wanted(cloud)) == []


def test_a_new_certificate_is_a_difference(cloud: MotoDeployment) -> None:
    before = registered(cloud)
    cloud.describe(sessionCertificateSecretArn=SECRET)
    assert [key for key, _, _ in differences(before.settings, wanted(cloud))] == ["containerDefinitions.grid.secrets"]


def test_a_missing_task_definition_is_none(cloud: MotoDeployment) -> None:
    assert task_definitions.describe(cloud.deployment(), "grid") is None


def test_the_newest_revision_at_a_time_is_found(cloud: MotoDeployment) -> None:
    for _ in range(3):
        cloud.register_task()
        cloud.clock.advance()
    found = task_definitions.newest_at(cloud.deployment(), "grid", NOON + timedelta(seconds=90))
    assert found is not None
    assert found.name == "grid:2"


def test_before_the_first_revision_the_result_is_none(cloud: MotoDeployment) -> None:
    cloud.register_task()
    assert task_definitions.newest_at(cloud.deployment(), "grid", NOON - timedelta(days=1)) is None


def test_a_family_with_the_same_prefix_is_ignored(cloud: MotoDeployment) -> None:
    cloud.register_task("grid-pilot")
    assert task_definitions.newest_at(cloud.deployment(), "grid", NOON) is None


def test_a_server_that_is_no_root_may_listen_on_port_443(cloud: MotoDeployment) -> None:
    """Of Fargate's capabilities none allows it: the task's own network does, by a kernel parameter."""
    container = wanted(cloud, port=443)["containerDefinitions"]["grid"]
    assert container["systemControls"] == [{"namespace": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]
    assert "systemControls" not in wanted(cloud)["containerDefinitions"]["grid"]


def test_a_registered_port_443_shows_no_difference(cloud: MotoDeployment) -> None:
    assert differences(registered(cloud, port=443).settings, wanted(cloud, port=443)) == []
