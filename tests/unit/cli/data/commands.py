"""Runs the commands in this process, on a deployment whose S3 belongs to the test."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest.mock import patch

import boto3

from hippo_cli import deployment as deployments
from hippo_cli.main import run
from tests.support.moto_world import REGION
from tests.unit.cli.data.field import Field


@dataclass(frozen=True)
class Ran:
    """The result of a command line."""

    status: int
    output: str
    errors: str


@dataclass(frozen=True)
class Place:
    """The parts of a deployment that these commands use."""

    s3: Any
    bucket: str
    region: str = REGION
    name: str = "HIPPO_Gym"

    def client(self, service: str) -> Any:
        return self.s3 if service == "s3" else _client(service)


@cache
def _client(service: str) -> Any:
    """Return a cached client; moto starts empty in every test."""
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


def run_hippo(field: Field, *words: str, s3: Any = None) -> Ran:
    """Run a command line on the bucket of a field; `s3` replaces its client."""
    output, errors = io.StringIO(), io.StringIO()
    place = Place(s3 or field.s3, field.bucket)
    with (
        _connected(place),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(errors),
        patch("sys.stdin", io.StringIO()),
    ):
        status = run(words)
    return Ran(status, output.getvalue(), errors.getvalue())


@contextlib.contextmanager
def _connected(place: Place) -> Iterator[None]:
    with patch.object(deployments, "connect", lambda name=None, region=None: place):
        yield
