"""Serves ECS and EC2: `python -m local.fargate --port P --gateway URL --logs DIR --state FILE`."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from local.fargate import kept_state
from local.fargate.application import FargateApplication
from local.fargate.authorization import ask_gateway, role_credentials
from local.fargate.container_secrets import ContainerSecrets
from local.fargate.containers import Processes
from local.fargate.control import Control
from local.fargate.engine import Engine
from local.fargate.events import Publisher
from local.fargate.network import Network
from local.fargate.operations import Operations, Shortage
from local.fargate.task_logs import TaskLogs
from local.fargate.tasks import Task
from local.places import LOOPBACK, MARKER, REPOSITORY, aws_environment


class QuietHandler(MotoRequestHandler):
    """Logs no line per request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: a session polls every second."""


def task_environment(gateway: str) -> Callable[[Task], Mapping[str, str]]:
    """Return a function that makes a task's environment: listening address and role credentials."""

    def environment(task: Task) -> Mapping[str, str]:
        inherited = ("PATH", "HOME", "LANG", MARKER)
        variables = {name: os.environ[name] for name in inherited if name in os.environ}
        variables |= aws_environment(gateway)
        variables |= {"PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            del variables[name]  # a task without a role has no credentials
        if task.listens:
            variables["HIPPO_LISTEN_ADDRESS"] = task.listens
        if task.task_role_arn:
            variables |= role_credentials(gateway, task.task_role_arn, task.id)
        return variables

    return environment


def client_of(service: str, gateway: str) -> Callable[[str], Any]:
    """Return a function that makes a service's client with a role's credentials."""

    def client(role_arn: str) -> Any:
        found = role_credentials(gateway, role_arn, service)
        made: Any = boto3.client  # typed per service name; ours comes at run time
        return made(
            service,
            endpoint_url=gateway,
            aws_access_key_id=found["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=found["AWS_SESSION_TOKEN"],
        )

    return client


def main() -> None:
    """Serve until SIGTERM, then end every container."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--gateway", required=True, help="URL of the process with MiniStack")
    parser.add_argument("--logs", type=Path, required=True, help="folder for the containers' output")
    parser.add_argument("--state", type=Path, required=True, help="file to start from, if it is there")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")

    if options.state.is_file():
        kept_state.read(options.state)
    publisher = Publisher(boto3.client("events", endpoint_url=options.gateway), time.time)
    task_logs = TaskLogs(client_of("logs", options.gateway))
    secrets = ContainerSecrets(client_of("secretsmanager", options.gateway))
    processes, network, shortage = (
        Processes(REPOSITORY, options.logs, task_logs, options.gateway, secrets),
        Network(),
        Shortage(),
    )
    engine = Engine(processes, network, publisher.publish, task_environment(options.gateway), time.time)
    application = FargateApplication(
        Operations(engine, network, shortage),
        Control(engine, processes, shortage, partial(kept_state.write, options.state)),
        ask_gateway(options.gateway),
        DomainDispatcherApplication(create_backend_app),
    )
    server = make_server(LOOPBACK, options.port, application, threaded=True, request_handler=QuietHandler)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    publisher.start()
    # Containers die with the thread that starts them, so this thread lives until the process ends.
    mover = threading.Thread(target=engine.run, name="engine", daemon=True)
    mover.start()
    threading.Thread(target=task_logs.run, name="task-logs", daemon=True).start()
    server.serve_forever()
    engine.close()
    mover.join(timeout=5)
    processes.kill_all()


if __name__ == "__main__":
    main()
