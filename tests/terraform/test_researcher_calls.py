"""Compare every call of `hippo` with the researcher policy, both ways; test_calls.py explains how.

Docker sends its calls to the registry without botocore: `of_docker` lists them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

import update_project_master_list
from hippo_cli import deployment as deployments
from hippo_cli.main import run
from hippo_gym.runtime import aws_clients
from hippo_gym.runtime.logs import logger
from tests.support.moto_deployment import BUCKET, Clock, Folder, MotoDeployment
from tests.support.moto_sessions import MotoSessions, session
from tests.terraform.calls.needs import Facts, Need, in_repository, needs_of
from tests.terraform.calls.proof import refused, unused
from tests.terraform.calls.recorded import NAME, role
from tests.terraform.calls.recorder import Call, Recorder
from tests.terraform.planning import ACCOUNT_ID, REGION, Plan, Root
from tests.unit.cli.data.commands import run_hippo
from tests.unit.cli.data.field import STUDY, Field
from tests.unit.cli.publish.conftest import FAKE_DOCKER

pytestmark = pytest.mark.terraform

KEY = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
RESEARCHER = "researcher"
DESCRIPTION = {
    "version": 1,
    "name": NAME,
    "region": REGION,
    "accountId": ACCOUNT_ID,
    "bucket": BUCKET,
    "rootDomain": "example.net",
    "apiUrl": "https://api.example.net",
    "pageUrl": "https://study.example.net",
    "functions": {
        "update_project_master_list": f"{NAME}_update_project_master_list",
        "send_stop_server_message": f"{NAME}_send_stop_server_message",
    },
    "executionRoleArn": role("session_execution", "/"),
    "taskRoleArn": None,
    "sessionLogGroup": f"/ecs/{NAME}",
    "sharedCluster": "",
    "maxRuntimeMinutes": 60,
}


class Clients:
    """The command's clients: recorded, and for Lambda with the scenario's answers."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self.before: Callable[..., Any] = lambda **_: None
        self.after: Callable[..., Any] = lambda **_: None

    @cache  # noqa: B019 - as long as the tests
    def __call__(self, service: str) -> Any:
        made = boto3.client(service, region_name=REGION)  # type: ignore[call-overload]
        made.meta.events.register("before-call", lambda **call: self.before(**call))
        made.meta.events.register("after-call", lambda **call: self.after(**call))
        self._recorder.listen(made)
        return made


@contextmanager
def world(monkeypatch: pytest.MonkeyPatch, clients: Clients) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith(("AWS_ENDPOINT_URL", "AWS_PROFILE", "HIPPO_"))]:
        monkeypatch.delenv(name)
    for name, value in {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION, "BUCKET": BUCKET}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(deployments, "_client", lambda session, service, region: clients(service))
    clients.before = clients.after = lambda **_: None
    aws_clients._client.cache_clear()
    with mock_aws():
        yield
    aws_clients._client.cache_clear()


def describe() -> None:
    ssm = boto3.client("ssm", region_name=REGION)
    ssm.put_parameter(Name=f"/hippo-gym/{NAME}", Type="String", Value=json.dumps(DESCRIPTION), Overwrite=True)


def publishing(clients: Clients, recorder: Recorder, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Submit twice, roll back, open, close, show; and the same with a study created by a script."""
    clock = Clock()
    monkeypatch.setattr("moto.s3.models.utcnow", lambda: clock.now().replace(tzinfo=None))
    monkeypatch.setattr(update_project_master_list, "SystemClock", lambda: clock)
    cloud = MotoDeployment(clock)
    cloud.docker_log = docker(folder, monkeypatch)
    describe()
    clients.before, clients.after = cloud.before_call, cloud.after_call
    study = Folder(folder / "study").write()
    with recorder.by(RESEARCHER):
        assert run(["submit", str(study.path), "--yes"]) == 0
    first = cloud.entry()["version"]
    clock.advance()
    study.page("2_rules-1.html", None).page("1_consent.html", "new").page("server/game.py", "print(1)")
    with recorder.by(RESEARCHER):
        for words in (
            ["submit", str(study.path), "--yes"],
            ["rollback", "grid", first, "--yes"],
            ["close", "grid"],
            ["open", "grid"],
            ["list"],
            ["show", "grid"],
            ["history", "grid"],
        ):
            clock.advance()
            assert run(words) == 0, words
    clock.advance()
    signed = study.configure(access="signed")
    with recorder.by(RESEARCHER):
        assert run(["submit", str(signed.path), "--yes"]) == 0
        assert run(["links", "grid", "ada"]) == 0
        assert run(["links", "grid", "ben"]) == 0
    clock.advance()
    by_script = study.configure(id="by_script")
    cloud.aws("ecr").create_repository(repositoryName="by_script")
    cloud.register_task("by_script")
    then = f"at-{clock.now():%Y%m%dT%H%M%SZ}"
    cloud.script(by_script)
    clock.advance()
    with recorder.by(RESEARCHER):
        assert run(["submit", str(by_script.page("1_consent.html", "newer").path), "--yes"]) == 0
        assert run(["rollback", "by_script", then, "--yes"]) == 0


def docker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    program, log = folder / "docker", folder / "docker.log"
    program.write_text(FAKE_DOCKER)
    program.chmod(0o755)
    log.touch()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("FAKE_DOCKER_LOG", str(log))
    return log


def running(clients: Clients, recorder: Recorder) -> None:
    """Show the servers, stop one, read a log."""
    deployed = MotoSessions()
    describe()
    os.environ["STOP_SERVER_TOPIC_ARN"] = deployed.topic
    clients.before = deployed.answer
    deployed.participant()
    deployed.starts(session())
    deployed.writes("hello")
    with recorder.by(RESEARCHER):
        for words in (["sessions"], ["logs", "p1"], ["stop", "p1", "--yes", "--no-wait"]):
            assert run(words) == 0, words


def data(clients: Clients, recorder: Recorder, folder: Path) -> None:
    """Export, report, forget: with versions of records, an ended session, a server's trials, and a roster."""
    field = Field(mostParticipants=9)
    for user in ("ada", "ben"):
        field.get(user)
        field.post(user)
        field.server_is("ready", user)
        field.server_is("gone", user)
        field.put(f"{STUDY}/Trials/{user}/1.json", "{}")
        field.put(f"{STUDY}/Trials/{user}/s/20261122T120000.000Z-00000.jsonl", "")
    with recorder.by(RESEARCHER):
        for words in (
            ["export", STUDY, "--games", "--output", str(folder / "data")],
            ["report", STUDY, "--output", str(folder / "report.html")],
            ["forget", STUDY, "ada", "--yes"],
        ):
            ran = run_hippo(field, *words, s3=clients("s3"))
            assert ran.status == 0, ran.errors


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[Call]:
    """The recorded calls of the command."""
    recorder = Recorder()
    clients = Clients(recorder)
    level = logger.log_level
    logger.setLevel("CRITICAL")
    with pytest.MonkeyPatch.context() as patched, world(patched, clients):
        publishing(clients, recorder, tmp_path_factory.mktemp("publishing"), patched)
    with pytest.MonkeyPatch.context() as patched, world(patched, clients):
        patched.setenv("STOP_SERVER_TOPIC_ARN", "")
        running(clients, recorder)
    with pytest.MonkeyPatch.context() as patched, world(patched, clients):
        data(clients, recorder, tmp_path_factory.mktemp("data"))
    logger.setLevel(level)
    return recorder.calls


def of_docker() -> Iterator[Need]:
    """Yield the needs of a push that reuses layers (Amazon ECR user guide, "IAM permissions for pushing an image")."""
    for action in (
        *("BatchCheckLayerAvailability", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage"),
        *("BatchGetImage", "GetDownloadUrlForLayer"),
    ):
        yield in_repository(f"ecr:{action}", "grid", NAME)


@pytest.fixture(scope="module", params=[None, KEY], ids=["plain", "with a key"])
def held(request: pytest.FixtureRequest, root: Root, calls: list[Call]) -> tuple[dict[str, Any], set[Need]]:
    """The researcher policy, and the needs of the command."""
    key: str | None = request.param
    variables = {
        "name": NAME,
        "region": REGION,
        "bucket_name": BUCKET,
        "root_domain": "example.net",
        "kms_key_arn": key,
    }
    plan: Plan = root.plan(**variables, subnet_ids=["subnet-0a1"], security_group_ids=["sg-0b2"])
    facts = Facts(key=key, bucket=BUCKET)
    return plan.researcher_policy, {*(each for call in calls for each in needs_of(call, facts)), *of_docker()}


def test_a_researcher_may_send_every_call_of_hippo(held: tuple[dict[str, Any], set[Need]]) -> None:
    assert refused(*held) == []


#: Allowed although no recorded call of hippo needs it, with the reason.
KEPT = {
    ("ForgetParticipants", "s3:DeleteObject"): (
        "hippo deletes versions only, for which IAM requires s3:DeleteObjectVersion (Service Authorization Reference); "
        "but the API reference of DeleteObjects always requires s3:DeleteObject"
    )
}


def test_the_researcher_policy_has_no_unused_permission(held: tuple[dict[str, Any], set[Need]]) -> None:
    assert [str(part) for part in unused(*held) if (part.sid, part.action) not in KEPT] == []
