"""The local cloud as one object: start it, deploy to it, talk to it, stop it.

    cloud = Cloud()                       # .local/ of this repository
    cloud.start()
    deployment.deploy(cloud, report)
    cloud.client("s3").list_buckets()
    cloud.stop()

`start` first removes what an earlier run left behind. A second cloud needs only another state
folder.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from local import kept_deployment, loopback, processes, state
from local.failures import LocalCloudError
from local.kept_deployment import Kept
from local.places import (
    ACCOUNT_ID,
    ADMIN_ACCESS_KEY_ID,
    ADMIN_SECRET_ACCESS_KEY,
    ASSETS_BUCKET,
    DEFAULT_STATE_DIR,
    ENVIRONMENT_FILE,
    LOOPBACK,
    REGION,
    aws_environment,
)
from local.state import State

_START_SECONDS = 180.0  # a few on a quiet machine
_PORT_TRIES = 5
_STAND_IN_SERVICES = ("ecs", "ec2")


class PortTakenError(LocalCloudError):
    """Another program took a port after it was found free and before our process bound it."""


class Cloud:
    """The local cloud of one state folder."""

    def __init__(self, state_dir: Path = DEFAULT_STATE_DIR, *, ephemeral: bool = False) -> None:
        """Name a cloud without starting it.

        Args:
            state_dir: folder of its state, logs and Terraform working files.
            ephemeral: on Linux, kill its processes when the process that starts them ends.
        """
        self.state_dir = state_dir.resolve()
        self._ephemeral = ephemeral

    @property
    def logs(self) -> Path:
        """Folder of the logs; `tasks/` in it holds one file per container."""
        return self.state_dir / "logs"

    @property
    def state(self) -> State:
        """What runs and what was deployed.

        Raises:
            LocalCloudError: no cloud was started here.
        """
        found = state.load(self.state_dir)
        if found is None:
            raise LocalCloudError("The local cloud is not running; start it with `make up`.")
        return found

    def remember(self, **changes: Any) -> None:
        """Change fields of the state and save it."""
        state.save(self.state_dir, replace(self.state, **changes))

    @property
    def outputs(self) -> dict[str, Any]:
        """Terraform's outputs; empty before the deployment."""
        return self.state.outputs

    @property
    def next_url(self) -> str:
        """URL of the route /next: the participant's API."""
        return f"{self.api_url}/next"

    @property
    def api_url(self) -> str:
        """URL of the HTTP API without trailing slash; path style, as the host name needs DNS."""
        api_id = self.outputs["api_url"].split("//")[1].partition(".")[0]
        return f"{self.state.gateway_url}/_aws/execute-api/{api_id}/$default"

    def is_running(self) -> bool:
        """Return whether every process that was started still runs."""
        found = state.load(self.state_dir)
        if found is None:
            return False
        return all(processes.is_running(p) for p in (found.gateway, found.fargate, found.page) if p)

    # --- start and stop ---

    def start(self, kept: Kept | None = None, bundle: Path | None = None) -> State:
        """Remove what an earlier run left behind, then start both processes.

        Args:
            kept: the deployment to copy; None starts with nothing deployed.
            bundle: path at which to put that deployment's bundle.

        Raises:
            LocalCloudError: a process does not start; the message names its log.
        """
        for _ in range(_PORT_TRIES - 1):
            with contextlib.suppress(PortTakenError):
                return self._start(kept, bundle)
        return self._start(kept, bundle)

    def _start(self, kept: Kept | None, bundle: Path | None) -> State:
        self.stop()
        _require_loopback_network()
        gateway_port, fargate_port = processes.free_ports(2)
        gateway_url, fargate_url = f"http://{LOOPBACK}:{gateway_port}", f"http://{LOOPBACK}:{fargate_port}"
        deployed: dict[str, Any] = {}
        if kept is not None and bundle is not None:
            outputs = kept.put(self.state_dir, bundle, _addresses(gateway_url, fargate_url))
            deployed = {"outputs": outputs, "hosted_zone_id": kept.hosted_zone_id, "copy_of": kept.applied_at}
        gateway = self._spawn(["-m", "local.gateway"], self._gateway_settings(gateway_port), "ministack.log")
        fargate = self._spawn(
            [
                *("-m", "local.fargate", "--port", str(fargate_port)),
                *("--gateway", gateway_url, "--logs", str(self.logs / "tasks")),
                *("--state", str(kept_deployment.fargate_state(self.state_dir))),
            ],
            aws_environment(gateway_url) | {"MOTO_EC2_LOAD_DEFAULT_AMIS": "false"},  # no task has an image of EC2's
            "fargate.log",
        )
        started = State(gateway, gateway_url, fargate, fargate_url, **deployed)
        state.save(self.state_dir, started)
        self._wait_for(f"{gateway_url}/_ministack/health", gateway, "ministack.log")
        self._wait_for(f"{fargate_url}/_fargate/health", fargate, "fargate.log")
        return started

    def keep(self, name: str, bundle: Path) -> None:
        """Keep the deployment under a fingerprint, so that further clouds can start from a copy.

        Raises:
            LocalCloudError: an emulator cannot save its whole state.
        """
        found = self.state
        for url in (f"{found.gateway_url}/_hippo/keep", f"{found.fargate_url}/_fargate/keep"):
            refusal = loopback.post(url, {}, timeout=60).get("error")
            if refusal:
                raise LocalCloudError(f"This deployment cannot be kept: {refusal}.")
        kept_deployment.keep(
            name,
            state_dir=self.state_dir,
            bundle=bundle,
            addresses=_addresses(found.gateway_url, found.fargate_url),
            outputs=found.outputs,
            hosted_zone_id=found.hosted_zone_id,
        )

    def stop(self) -> int:
        """End every process of this cloud and delete its state; return the number of processes.

        Logs stay until the next start.
        """
        ended = processes.end_all(self.state_dir)
        state.forget(self.state_dir)
        for name in ("terraform", "data"):
            shutil.rmtree(self.state_dir / name, ignore_errors=True)
        (self.state_dir / ENVIRONMENT_FILE).unlink(missing_ok=True)
        return ended

    def serve_page(self) -> str:
        """Start the participant page of this deployment, at `State.page_url` if that is set; return its URL.

        Raises:
            LocalCloudError: it does not start; the message names its log.
        """
        url, log = self.state.page_url or f"http://{LOOPBACK}:{processes.free_ports(1)[0]}", "page.log"
        port = urlsplit(url).port
        page = self._spawn(
            ["-m", "local.page_server", "--state-dir", str(self.state_dir), "--port", str(port)], {}, log
        )
        self.remember(page=page, page_url=url)
        self.client("s3").create_bucket(Bucket=ASSETS_BUCKET)
        environment = self.state_dir / ENVIRONMENT_FILE
        if environment.is_file():  # so that `hippo` prints participants' links
            with environment.open("a", encoding="utf-8") as file:
                file.write(f"export HIPPO_PAGE_URL={url}\nexport HIPPO_ASSETS_BUCKET={ASSETS_BUCKET}\n")
        self._wait_for(f"{url}/settings.json", page, log)
        return url

    def _gateway_settings(self, port: int) -> dict[str, str]:
        """Return MiniStack's settings, which it reads while it is imported."""
        data = self.state_dir / "data"
        (data / "tmp").mkdir(parents=True, exist_ok=True)
        return {
            # Lambda workers inherit these; MiniStack replaces the credentials by their role's.
            "AWS_ACCESS_KEY_ID": ADMIN_ACCESS_KEY_ID,
            "AWS_SECRET_ACCESS_KEY": ADMIN_SECRET_ACCESS_KEY,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "BIND_HOST": LOOPBACK,
            "GATEWAY_PORT": str(port),
            "MINISTACK_HOST": LOOPBACK,
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
            "AUTH": "true",
            "TMPDIR": str(data / "tmp"),
            "PERSIST_STATE": "1",  # read STATE_DIR at the start
            "STATE_DIR": str(kept_deployment.ministack_state(self.state_dir)),
            "S3_DATA_DIR": str(data / "s3"),
            "DOCKER_HOST": "unix:///nonexistent",  # no containers, even where Docker is installed
            "LOG_LEVEL": "INFO",
        }

    def _spawn(self, arguments: list[str], environment: Mapping[str, str], log: str) -> processes.Process:
        path = self.logs / log
        path.unlink(missing_ok=True)
        return processes.spawn(arguments, environment, self.state_dir, path, ephemeral=self._ephemeral)

    def _wait_for(self, url: str, process: processes.Process, log: str) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and processes.is_running(process):
            try:
                loopback.get(url, timeout=5)
            except OSError:
                time.sleep(0.1)
            else:
                return
        fate = "does not answer" if processes.is_running(process) else "ended at its start"
        self.stop()
        taken = "address already in use" in (self.logs / log).read_text(errors="replace").lower()
        failure = PortTakenError if taken else LocalCloudError
        raise failure(f"A process of the local cloud {fate}; see {self.logs / log}.")

    # --- talk to it ---

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that point terraform, or any AWS SDK, at this cloud."""
        found = self.state
        return aws_environment(found.gateway_url, found.fargate_url, found.fargate_url)

    def session(self, credentials: Mapping[str, str] | None = None) -> boto3.Session:
        """Return a boto3 session as administrator, or with `credentials` (aws_access_key_id, …)."""
        keys = credentials or {}
        return boto3.Session(
            region_name=REGION,
            aws_access_key_id=keys.get("aws_access_key_id", ADMIN_ACCESS_KEY_ID),
            aws_secret_access_key=keys.get("aws_secret_access_key", ADMIN_SECRET_ACCESS_KEY),
            aws_session_token=keys.get("aws_session_token"),
        )

    def client(self, service: str, credentials: Mapping[str, str] | None = None, **config: Any) -> Any:
        """Return a boto3 client of this cloud; `config` goes to botocore's Config."""
        found = self.state
        endpoint = found.fargate_url if service in _STAND_IN_SERVICES else found.gateway_url
        settings = {"retries": {"mode": "standard"}, "s3": {"addressing_style": "path"}, **config}
        session: Any = self.session(credentials)  # typed per service name; ours comes at run time
        return session.client(service, endpoint_url=endpoint, config=Config(**settings))

    @cached_property
    def fargate(self) -> FargateControl:
        """Test controls of the Fargate stand-in."""
        return FargateControl(self)


class FargateControl:
    """Triggers events that a test cannot trigger on AWS (see local/fargate/control.py)."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def tasks(self) -> list[dict[str, Any]]:
        """Return all tasks: state, public address, process ids, containers' environments."""
        return list(loopback.get(f"{self._cloud.state.fargate_url}/_fargate/tasks"))

    def refuse_capacity(self, capacity_provider: str, count: int = 1) -> None:
        """Let the next `count` launches on this capacity provider find no capacity."""
        self._post("capacity", capacityProvider=capacity_provider, count=count)

    def fail(self, operation: str, code: str, message: str, count: int = 1) -> None:
        """Let the next `count` calls of an ECS operation fail with this error."""
        self._post("errors", operation=operation, code=code, message=message, count=count)

    def kill(self, task_arn: str) -> None:
        """Kill the task's processes."""
        self._post(f"tasks/{_id(task_arn)}/kill")

    def suspend(self, task_arn: str) -> None:
        """Suspend the task's processes: a server that hangs, which only SIGKILL ends."""
        self._post(f"tasks/{_id(task_arn)}/kill", signal=int(signal.SIGSTOP))

    def interrupt(self, task_arn: str) -> None:
        """Interrupt the task as Spot does."""
        self._post(f"tasks/{_id(task_arn)}/interrupt")

    def reset(self) -> None:
        """Clear all shortages, errors and changed timings."""
        self._post("reset")

    def _post(self, path: str, **body: Any) -> None:
        loopback.post(f"{self._cloud.state.fargate_url}/_fargate/{path}", body)


def _addresses(gateway_url: str, fargate_url: str) -> dict[str, str]:
    return {"gateway": urlsplit(gateway_url).netloc, "fargate": urlsplit(fargate_url).netloc}


def _id(task_arn: str) -> str:
    return task_arn.rsplit("/", 1)[-1]


def _require_loopback_network() -> None:
    """Check that tasks can listen on separate addresses in 127.0.0.0/8, as Linux allows by default.

    Raises:
        LocalCloudError: this system does not have these addresses.
    """
    try:
        with socket.socket() as probe:
            probe.bind(("127.1.2.3", 0))
    except OSError as error:
        raise LocalCloudError(
            "The local cloud needs Linux, where every address of 127.0.0.0/8 belongs to this machine: each "
            "participant's server listens on a separate one."
        ) from error
