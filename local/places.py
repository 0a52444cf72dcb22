"""Paths of the local cloud, and the names that both emulators share."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parent.parent
DEFAULT_STATE_DIR: Final = REPOSITORY / ".local"

LOOPBACK: Final = "127.0.0.1"
REGION: Final = "us-east-1"
#: moto's default account. MiniStack is configured to use it too, so that ARNs agree.
ACCOUNT_ID: Final = "123456789012"
#: The emulators' administrator: MiniStack treats this key as the account's root.
ADMIN_ACCESS_KEY_ID: Final = "test"
ADMIN_SECRET_ACCESS_KEY: Final = "test"  # noqa: S105 - opens nothing but the emulators

#: EventBridge refuses sources that begin with `aws.`, so task-state events have this source.
TASK_EVENT_SOURCE: Final = "hippo.local.ecs"
#: Holds the files of studies, which the page's server serves; on AWS the page's own bucket.
ASSETS_BUCKET: Final = "hippo-page"
#: In the state folder: what a shell reads to use `hippo` on the local cloud.
ENVIRONMENT_FILE: Final = "hippo.env"
#: Images named `local/<folder>` are folders of this repository, run with this interpreter.
LOCAL_IMAGE_PREFIX: Final = "local/"
#: In the environment of every process that we start; Lambda workers and tasks inherit it.
MARKER: Final = "HIPPO_LOCAL_CLOUD"

_INHERITED = re.compile(r"^(PATH|HOME|USER|LANG|LC_.*|TZ|TERM|SSL_CERT_.*)$")


def aws_environment(endpoint: str, ecs_endpoint: str = "", ec2_endpoint: str = "") -> dict[str, str]:
    """Return variables that point an AWS SDK or terraform at the local cloud, as administrator.

    Without `ecs_endpoint` and `ec2_endpoint` those services go to `endpoint` too.
    """
    environment = {
        "AWS_ACCESS_KEY_ID": ADMIN_ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": ADMIN_SECRET_ACCESS_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        # Keeps a developer's own profiles out of the local cloud.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    if ecs_endpoint:
        environment["AWS_ENDPOINT_URL_ECS"] = ecs_endpoint
    if ec2_endpoint:
        environment["AWS_ENDPOINT_URL_EC2"] = ec2_endpoint
    return environment


def clean_environment() -> dict[str, str]:
    """Return the variables that our processes inherit: no AWS settings, proxies or Python path."""
    return {name: value for name, value in os.environ.items() if _INHERITED.match(name)}
