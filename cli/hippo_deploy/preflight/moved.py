"""Checks that the deployment is in the Region that the settings name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from botocore.exceptions import ClientError

from hippo_deploy.preflight.findings import Finding, problem
from hippo_deploy.preflight.situation import Situation
from hippo_deploy.settings import region
from hippo_gym.runtime.aws_clients import code_of

SUBJECT: Final = "Region of the deployment"
_NONE: Final = frozenset({"NoSuchKey", "NoSuchBucket", "404", "301", "PermanentRedirect"})
"""There is no state; the check of the state bucket reports a bucket that is missing or elsewhere."""


def check(situation: Situation) -> Iterator[Finding]:
    """Check that Terraform's state holds no resources of another Region."""
    wanted = situation.wanted
    if wanted.state is None:
        return
    s3: Any = situation.cloud.client("s3", wanted.state.region)
    try:
        answer = s3.get_object(Bucket=wanted.state.bucket, Key=wanted.state.key)
    except ClientError as error:
        if code_of(error) in _NONE:
            return
        raise
    old = region.deployed(json.loads(answer["Body"].read()))
    if old is not None and old != wanted.region:
        yield problem(
            SUBJECT,
            f"it is in {old}, but the settings name {wanted.region}",
            "Terraform would create everything again, and leave what is there without a state.",
            region.way_out(wanted.environment, old, wanted.region),
        )
