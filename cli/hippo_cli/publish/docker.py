"""Builds and pushes images with the `docker` program on this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Final

from hippo_cli.publish.build_context import BuildContext
from hippo_cli.publish.registry import Login
from hippo_common import console
from hippo_common.errors import HippoError

_WITHOUT: Final = (
    "Or publish without Docker: --image URI uses an image that is already in a registry, --keep-image the one that "
    "the study already has."
)
_LOOK_SECONDS: Final = 30.0  # the longest wait for an answer of `docker version`


def require() -> None:
    """Check that Docker works on this machine.

    Raises:
        HippoError: the program is missing, or its engine does not answer.
    """
    try:
        found = subprocess.run(
            ["docker", "version", "--format", "{{.Server.Version}}"],
            capture_output=True,
            text=True,
            timeout=_LOOK_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise HippoError(
            "The study's container has to be built, and this machine does not have the program `docker`.",
            f"Install Docker (https://docs.docker.com/get-docker/) and run the command again. {_WITHOUT}",
        ) from error
    except subprocess.TimeoutExpired as error:
        raise _no_engine(f"no answer within {_LOOK_SECONDS:.0f} seconds") from error
    if found.returncode != 0:
        raise _no_engine(_last_line(found.stderr))


def build(context: BuildContext, image: str) -> None:
    """Build an image. Docker's output goes to standard error.

    Raises:
        HippoError: the build failed.
    """
    status = _run(
        "build",
        *("--platform", context.platform),
        *("--tag", image),
        *("--file", str(context.dockerfile)),
        str(context.folder),
    )
    if status != 0:
        raise HippoError(
            f"Docker could not build {context.dockerfile} (exit status {status}); its output is above. The published "
            "study is unchanged.",
            f"Fix it until `docker build --platform {context.platform} {context.folder}` works, and run the command "
            "again.",
        )


def push(image: str, login: Login) -> None:
    """Log in to the registry and push an image. The password goes only to Docker's standard input.

    Raises:
        HippoError: the login or the push failed.
    """
    logged_in = subprocess.run(
        ["docker", "login", "--username", login.user, "--password-stdin", login.server],
        input=login.password,
        capture_output=True,
        text=True,
        check=False,
    )
    if logged_in.returncode != 0:
        raise HippoError(
            f"Docker could not log in to {login.server}: {_last_line(logged_in.stderr)}",
            "Run the command again. If Docker's credential store is the cause, check `credsStore` in "
            "~/.docker/config.json.",
        )
    status = _run("push", image)
    if status != 0:
        raise HippoError(
            f"Docker could not push {image} (exit status {status}); its output is above. The published study is "
            "unchanged.",
            "If the network failed, run the command again: Docker does not push finished layers twice. If the push was "
            "denied, the repository may not have the deployment's tag: ask your infra team.",
        )


def _run(*arguments: str) -> int:
    """Run Docker; show its output on standard error, line by line, as text: the study's build writes it."""
    with subprocess.Popen(
        ["docker", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as running:
        try:
            for line in running.stdout or ():
                console.note(line.rstrip())
        except BaseException:
            running.kill()
            raise
    return running.returncode


def _no_engine(cause: str) -> HippoError:
    return HippoError(
        f"The study's container has to be built, and Docker does not run: {cause}",
        f"Start Docker (Docker Desktop, or `systemctl start docker`) and run the command again. {_WITHOUT}",
    )


def _last_line(text: str) -> str:
    lines: Sequence[str] = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1].strip() if lines else "no reason given"
