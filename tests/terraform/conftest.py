"""Fixtures: the plans that the tests of this folder check; each is planned once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from local.places import REPOSITORY
from tests.terraform.planning import REGION, Plan, Root

EXAMPLE = REPOSITORY / "terraform" / "environments" / "example.tfvars"
EXAMPLES = REPOSITORY / "terraform" / "examples"


@pytest.fixture(scope="session")
def emulator() -> Iterator[None]:
    """Point the provider and boto3 at moto while the tests run."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            # Only used if this machine has no mirror of the provider, which has some 700 MB.
            "TF_PLUGIN_CACHE_DIR": str(REPOSITORY / "build" / "terraform-plugins"),
        }.items():
            environment.setenv(name, value)
        for name in (
            "AWS_PROFILE",
            "AWS_SESSION_TOKEN",
            "TF_DATA_DIR",
            "TF_WORKSPACE",
            "TF_CLI_ARGS",
            "TF_CLI_CONFIG_FILE",
        ):
            environment.delenv(name, raising=False)
        (REPOSITORY / "build" / "terraform-plugins").mkdir(parents=True, exist_ok=True)
        yield
    server.stop()


@pytest.fixture(scope="session")
def root(emulator: None, tmp_path_factory: pytest.TempPathFactory) -> Root:
    """The root, initialised."""
    return Root(tmp_path_factory.mktemp("root"))


@pytest.fixture(scope="session")
def example(root: Root) -> Plan:
    """The plan of the example's variables: Terraform creates a network and a zone."""
    return root.plan(EXAMPLE)


@pytest.fixture(scope="session")
def spelled_out(root: Root, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The plan of the example with every default that it shows in a comment set."""
    settings = re.sub(r"^# (?=[a-z_]+ +=|  [a-z_]+ +=|[}\]]$)", "", EXAMPLE.read_text(), flags=re.MULTILINE)
    file = tmp_path_factory.mktemp("variables") / "spelled_out.tfvars"
    file.write_text(settings)
    return root.plan(file)


@pytest.fixture(scope="session")
def pilot(root: Root) -> Plan:
    """A second deployment, in a given network and zone: its plan knows every policy in full."""
    route53 = boto3.client("route53", region_name=REGION)
    zone = route53.create_hosted_zone(Name="example.net", CallerReference="tests")["HostedZone"]["Id"]
    return root.plan(
        name="pilot",
        region=REGION,
        root_domain="play.example.net",
        hosted_zone_id=zone.removeprefix("/hostedzone/"),
        subnet_ids=["subnet-0a1", "subnet-0b2"],
        security_group_ids=["sg-0c3", "sg-0d4"],
        max_runtime_minutes=45,
        function_environment={"AWS_ENDPOINT_URL_ECS": "http://127.0.0.1:1"},
        extra_task_role_arns=["arn:aws:iam::123456789012:role/a_study"],
        architecture="x86_64",
    )


@pytest.fixture(scope="session")
def make_zone(emulator: None) -> Callable[[str], str]:
    """Create a hosted zone and return its id: moto generates ids, so the examples' ids cannot exist."""

    def make(domain: str) -> str:
        route53 = boto3.client("route53", region_name=REGION)
        zone = route53.create_hosted_zone(Name=domain, CallerReference=f"examples {domain}")
        return zone["HostedZone"]["Id"].removeprefix("/hostedzone/")

    return make


@pytest.fixture(scope="session")
def minimal(root: Root) -> Plan:
    """The plan of the example that sets only the variables without a default."""
    return root.plan(EXAMPLES / "minimal.tfvars")


@pytest.fixture(scope="session")
def complete(root: Root, make_zone: Callable[[str], str]) -> Plan:
    """The plan of the example that uses every feature."""
    return root.plan(EXAMPLES / "complete.tfvars", parent_zone_id=make_zone("example.net"))


@pytest.fixture(scope="session")
def existing_vpc(root: Root, make_zone: Callable[[str], str]) -> Plan:
    """The plan of the example in other teams' network and zone."""
    return root.plan(EXAMPLES / "existing_vpc.tfvars", hosted_zone_id=make_zone("lab.example.net"))


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    """Path of the state of a test that applies."""
    return tmp_path / "terraform.tfstate"
