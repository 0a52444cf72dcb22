"""Fixtures: the plans that the tests of this folder check; each is planned once."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto.server import ThreadedMotoServer

from local.places import REPOSITORY
from tests.terraform.planning import REGION, Plan, Root

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

EXAMPLE = REPOSITORY / "terraform" / "environments" / "example.tfvars"
CERTIFICATE = f"arn:aws:secretsmanager:{REGION}:123456789012:secret:hippo-gym/certificate-AbCdEf"
"""A team's own secret."""
EXAMPLES = REPOSITORY / "terraform" / "examples"


@pytest.fixture(scope="session")
def emulator() -> Iterator[dict[str, str]]:
    """moto as a server; the variables that point terraform, or an SDK, at it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # Only used where no mirror of the provider is on this machine: it is some 700 MB.
    plugins = REPOSITORY / "build" / "terraform-plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    yield {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "TF_CLI_CONFIG_FILE": os.devnull,
        "TF_PLUGIN_CACHE_DIR": str(plugins),
    }
    server.stop()


@pytest.fixture(scope="module", autouse=True)
def settings(emulator: dict[str, str]) -> Iterator[None]:
    """Point boto3 at the emulator while a file's tests run; session fixtures are given a client."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            environment.delenv(name, raising=False)
        for name, value in emulator.items():
            if name.startswith("AWS_"):
                environment.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def root(emulator: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Root:
    """The root, initialised."""
    return Root(tmp_path_factory.mktemp("root"), emulator)


@pytest.fixture(scope="session")
def example(root: Root) -> Plan:
    """The plan of the example's variables: Terraform creates a network and a zone."""
    return root.plan(EXAMPLE)


@pytest.fixture(scope="session")
def spelled_out(root: Root, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The plan of the example with every default that it shows in a comment set."""
    settings = re.sub(r"^# (?=(?:  )*[a-z_]+ +=|(?:  )*[}\]]$)", "", EXAMPLE.read_text(), flags=re.MULTILINE)
    file = tmp_path_factory.mktemp("variables") / "spelled_out.tfvars"
    file.write_text(settings)
    return root.plan(file)


@pytest.fixture(scope="session")
def pilot(root: Root, emulator: dict[str, str]) -> Plan:
    """A second deployment, in a network and a zone that are given: its plan knows every policy in full."""
    zone = _route53(emulator).create_hosted_zone(Name="example.net", CallerReference="tests")["HostedZone"]["Id"]
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
        session_task_role="shared",
        admitted_task_families=["of_a_script"],
        study_owners={"maze-1": ["arn:aws:iam::123456789012:role/labs/ada", "arn:aws:iam::123456789012:user/it"]},
        admitted_image_repositories=["lab/of_a_script"],
        architecture="x86_64",
    )


@pytest.fixture(scope="session")
def make_zone(emulator: dict[str, str]) -> Callable[[str], str]:
    """Makes a hosted zone and returns its id: a zone's id is drawn, so the examples' own cannot be there."""

    def make(domain: str) -> str:
        zone = _route53(emulator).create_hosted_zone(Name=domain, CallerReference=f"examples {domain}")
        return zone["HostedZone"]["Id"].removeprefix("/hostedzone/")

    return make


@pytest.fixture(scope="session")
def edge(root: Root, make_zone: Callable[[str], str]) -> Plan:
    """A deployment on the edge route, which changes from the direct one with its own certificate."""
    return root.plan(
        name="pilot",
        region=REGION,
        root_domain="edge.example.org",
        hosted_zone_id=make_zone("edge.example.org"),
        website={"domain": "study.edge.example.org"},
        game_route="edge",
        session_ports=[5000, 5001],
        session_certificate_secret_arn=CERTIFICATE,
    )


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


def _route53(emulator: dict[str, str]) -> Route53Client:
    return boto3.client(
        "route53",
        region_name=REGION,  # botocore asks for one although the service is global
        endpoint_url=emulator["AWS_ENDPOINT_URL"],
        aws_access_key_id=emulator["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=emulator["AWS_SECRET_ACCESS_KEY"],
    )
