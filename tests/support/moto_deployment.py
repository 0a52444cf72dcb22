"""Support for the tests of publication: a deployment, a study's folder, and a clock.

MotoDeployment    the deployment: old scripts, calls that fail, and its contents afterwards
Folder   a study on disk
"""

from __future__ import annotations

import io
import json
import threading
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import yaml
from botocore.response import StreamingBody

import update_project_master_list
from hippo_cli.deployment import Deployment, connect
from hippo_cli.main import run
from hippo_cli.publish import execution, master_list, submitting
from hippo_cli.study import read
from hippo_gym.runtime.schemas import faults
from hippo_gym.studies import versions
from hippo_gym.studies.projects import MASTER_LIST_KEY
from tests.unit.handlers.entries import Context

REGION = "ca-central-1"
ACCOUNT = "123456789012"
BUCKET = "projects.example"
FUNCTION = "HIPPO_Gym_update_project_master_list"
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAGES = {
    "1_consent.html": "<p>Consent</p>",
    "2_rules.html": "<p>Rules</p>",
    "2_rules-1.html": "<p>Other rules</p>",
    "4_survey.html": "<input name=age>",
    "5_thanks.html": "<p>Thanks. You may exit now</p>",
}
CONFIG: dict[str, Any] = {
    "useAWS": True,
    "awsSetup": {"bucket": BUCKET, "region": REGION, "rootDomain": "example.net", "cpu": 1, "memory": 2},
    "events": {"startServerStep": 1, "stopServerStep": 4},
    "id": "grid",
    "live": True,
    "maxRuntime": 30,
    "name": "A study",
    "researcher": "A. Name",
    "teamMembers": None,
    "steps": {1: "1_consent.html", 2: "2_rules.html", 3: "game", 4: "4_survey.html", "finalStep": "5_thanks.html"},
}


@cache
def _unheard(service: str) -> Any:
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


class Died(BaseException):
    """The command was killed."""


class Clock:
    """A clock that moves only when a test moves it."""

    def __init__(self) -> None:
        self.moment = NOON

    def now(self) -> datetime:
        return self.moment

    def sleep(self, seconds: float) -> None:
        self.moment += timedelta(milliseconds=1)

    def advance(self, minutes: float = 1) -> None:
        self.moment += timedelta(minutes=minutes)


@dataclass
class Folder:
    """A study on disk."""

    path: Path

    def write(self, **changes: Any) -> Folder:
        """Write the study, with some keys of its project changed."""
        self.path.mkdir(parents=True, exist_ok=True)
        for name, text in PAGES.items():
            (self.path / name).write_text(text)
        (self.path / "server").mkdir(exist_ok=True)
        (self.path / "server" / "Dockerfile").write_text("FROM scratch\n")
        return self.configure(**changes)

    def configure(self, **changes: Any) -> Folder:
        """Write config.yml, with some keys of its project changed; `...` removes a key."""
        project = {key: value for key, value in (CONFIG | changes).items() if value is not ...}
        (self.path / "config.yml").write_text(yaml.safe_dump({"project": project}))
        return self

    def page(self, name: str, text: str | None) -> Folder:
        """Write a page, or remove it."""
        if text is None:
            (self.path / name).unlink()
        else:
            (self.path / name).parent.mkdir(exist_ok=True)
            (self.path / name).write_text(text)
        return self

    def without_server(self) -> Folder:
        """Remove the game and the server."""
        (self.path / "server" / "Dockerfile").unlink(missing_ok=True)
        return self


@dataclass
class MotoDeployment:
    """The deployment HIPPO_Gym.

    Attributes:
        dies_at: the number of the call, counted from 1, before which the command is killed.
        dies_after: the operation after which the command is killed, such as "s3.PutObject".
    """

    clock: Clock
    dies_at: int | None = None
    dies_after: str | None = None
    calls: list[str] = field(default_factory=list)
    docker_log: Path | None = None
    described: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _pushed: int = 0
    _registered: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.aws("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.aws("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self.described |= {
            "version": 1,
            "name": "HIPPO_Gym",
            "region": REGION,
            "accountId": ACCOUNT,
            "bucket": BUCKET,
            "rootDomain": "example.net",
            "apiUrl": "https://api.example.net",
            "functions": {"update_project_master_list": FUNCTION},
            "executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/execution",
            "taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/task",
            "sessionLogGroup": "/hippo/sessions",
            "sharedCluster": "",
            "maxRuntimeMinutes": 60,
            "maxTaskCpu": 4,
            "maxTaskMemory": 30,
            "sessionPorts": [443, 5000],
        }
        self.describe()

    def describe(self, **parts: Any) -> None:
        """Write the deployment's description, as `make deploy` does, with changed keys."""
        self.described |= parts
        text = json.dumps(self.described)
        self.aws("ssm").put_parameter(Name="/hippo-gym/HIPPO_Gym", Type="String", Value=text, Overwrite=True)

    def aws(self, service: str) -> Any:
        """Return a client whose calls are not counted."""
        return _unheard(service)

    def deployment(self) -> Deployment:
        """Find the deployment, as each run of the command does."""
        return connect(region=REGION)

    # --- the command's calls ---

    def before_call(self, model: Any, params: Any, **_: Any) -> Any:
        """Count a call, die at the chosen one, and answer Lambda calls with the real function."""
        service = model.service_model.service_name
        if (service, model.name) == ("ecr", "DescribeImages"):
            self._receive_pushes()
        with self._lock:
            self.calls.append(f"{service}.{model.name}")
            if self.dies_at is not None and len(self.calls) >= self.dies_at:
                raise Died
        if service == "lambda":
            return SimpleNamespace(status_code=200), self._invoke(params)
        return None

    def after_call(self, model: Any, parsed: Any, **_: Any) -> None:
        """Die after the chosen operation.

        Add the registration time of a task definition, which moto leaves out.
        """
        if f"{model.service_model.service_name}.{model.name}" == self.dies_after:
            raise Died
        if "taskDefinition" in parsed:
            definition = parsed["taskDefinition"]
            definition["registeredAt"] = self._registered.setdefault(definition["taskDefinitionArn"], self.clock.now())

    def _invoke(self, params: Any) -> dict[str, Any]:
        with redirect_stdout(io.StringIO()):  # a function's standard output goes to its log, not to the researcher
            answer = update_project_master_list.lambda_handler(json.loads(params["body"]), Context())
        text = json.dumps(answer).encode()
        return {"StatusCode": 200, "Payload": StreamingBody(io.BytesIO(text), len(text))}

    def _receive_pushes(self) -> None:
        """Add the images that the fake Docker has pushed to the registry."""
        for call in self.docker()[self._pushed :]:
            self._pushed += 1
            if call["arguments"][0] == "push":
                name, _, tag = call["arguments"][1].split("/", 1)[1].partition(":")
                kind = "application/vnd.docker.distribution.manifest.v2+json"
                manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "tag": tag})
                self.aws("ecr").put_image(repositoryName=name, imageTag=tag, imageManifest=manifest)

    # --- actions of a test ---

    def submit(self, folder: Folder, **options: Any) -> str:
        """Submit a study; return its version."""
        study = read(folder.path)
        target = self.deployment()
        plan = submitting.prepare(target, study, **options)
        return execution.carry_out(target, plan, master_list.caller(target)).version

    def hippo(self, *arguments: str) -> int:
        """Run the command."""
        return run([str(argument) for argument in arguments])

    def script(self, folder: Folder, **changes: Any) -> dict[str, Any]:
        """Act as an old script: upload the pages, then invoke the function."""
        project = yaml.safe_load((folder.path / "config.yml").read_text())["project"] | changes
        for page in folder.path.glob("*.html"):
            self.aws("s3").put_object(Bucket=BUCKET, Key=f"{project['id']}/{page.name}", Body=page.read_bytes())
        steps = {str(key): value for key, value in project["steps"].items()}
        event = {**project, "steps": steps, "ecsTask": project["id"], "bucket": BUCKET}
        return update_project_master_list.lambda_handler(event, Context())

    def register_task(self, family: str = "grid", image: str = "old/image:1") -> None:
        """Register a task definition as the old script did."""
        made = self.aws("ecs").register_task_definition(
            family=family,
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="1024",
            memory="2048",
            containerDefinitions=[{"name": family, "image": image, "essential": True}],
        )
        self._registered[made["taskDefinition"]["taskDefinitionArn"]] = self.clock.now()

    def put(self, key: str, text: str) -> None:
        self.aws("s3").put_object(Bucket=BUCKET, Key=key, Body=text.encode())

    def put_list(self, *entries: dict[str, Any]) -> None:
        self.put(MASTER_LIST_KEY, json.dumps({"projects": list(entries)}))

    # --- contents afterwards ---

    def docker(self) -> list[dict[str, Any]]:
        """Return the calls of the fake Docker."""
        if self.docker_log is None:
            return []
        lines = [line.split("\t") for line in self.docker_log.read_text().splitlines()]
        return [{"arguments": parts[:-1], "input": parts[-1]} for parts in lines]

    def keys(self, prefix: str = "") -> list[str]:
        listed = self.aws("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return [found["Key"] for found in listed]

    def text(self, key: str) -> str:
        body: bytes = self.aws("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body.decode()

    def pages(self, folder: str) -> dict[str, str]:
        """Return file → text of the pages of a folder of the bucket."""
        names = [key for key in self.keys(f"{folder}/") if key.endswith(".html")]
        return {key.removeprefix(f"{folder}/"): self.text(key) for key in names}

    def entries(self) -> list[dict[str, Any]]:
        if MASTER_LIST_KEY not in self.keys(MASTER_LIST_KEY):
            return []
        found: list[dict[str, Any]] = json.loads(self.text(MASTER_LIST_KEY))["projects"]
        return found

    def entry(self, project_id: str = "grid") -> dict[str, Any]:
        return {entry["id"]: entry for entry in self.entries()}[project_id]

    def revisions(self, family: str = "grid") -> list[str]:
        arns = self.aws("ecs").list_task_definitions(familyPrefix=family)["taskDefinitionArns"]
        return [arn.rsplit("/", 1)[-1] for arn in arns]

    def broken(self) -> list[str]:
        """Return the faults of everything that the master list names; empty if all is complete."""
        found = [str(fault) for fault in faults("urn:hippo-gym:master-list", {"projects": self.entries()})]
        for entry in self.entries():
            found += self._broken(entry)
        return found

    def _broken(self, entry: dict[str, Any]) -> list[str]:
        folder = versions.folder(entry["id"], entry.get("version"))
        pages = self.pages(folder)
        found = [
            f"{folder}/{file}" for file in entry["steps"].values() if file not in (None, "game") and file not in pages
        ]
        if entry.get("version"):
            contents = {file: text.encode() for file, text in pages.items()}
            if versions.version_of(entry, contents) != entry["version"]:
                found.append(f"{folder} does not match its version")
            if versions.entry_key(entry["id"], entry["version"]) not in self.keys(f"{folder}/"):
                found.append(f"{folder}/project.json")
        task = entry["ecsTask"]
        if task and task.partition(":")[0] not in {
            name.partition(":")[0] for name in self.revisions(task.partition(":")[0])
        }:
            found.append(task)
        if task and ":" in task and task not in self.revisions(task.partition(":")[0]):
            found.append(task)
        return found
