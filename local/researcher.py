"""A researcher on the local cloud: an IAM user with the researcher policy and no other.

The researcher's credentials, with the variables that point AWS's programs at the local cloud, are
in a file that a shell reads: IAM checks the commands typed there against the policy, as it does on
AWS.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from local.cloud import Cloud
from local.failures import LocalCloudError
from local.places import ASSETS_BUCKET, ENVIRONMENT_FILE, LOCAL_IMAGE_PREFIX, REPOSITORY, clean_environment

USER: Final = "researcher"
_PATH: Final = os.pathsep.join(str(REPOSITORY / folder) for folder in ("cli", "handlers"))


def make_researcher(cloud: Cloud, name: str = USER) -> dict[str, str]:
    """Make an IAM user with only the researcher policy; return credentials as boto3 takes them."""
    iam = cloud.client("iam")
    iam.create_user(UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=cloud.outputs["researcher_policy_arn"])
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def allow_files(cloud: Cloud, name: str = USER) -> None:
    """Let a researcher upload the files of studies: on AWS the researcher policy does, for the page's bucket."""
    statement = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:PutObject"],
        "Resource": f"arn:aws:s3:::{ASSETS_BUCKET}/assets/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("iam").put_user_policy(UserName=name, PolicyName="files_of_studies", PolicyDocument=policy)


def environment(cloud: Cloud, credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that make `hippo` work on the local cloud with a user's credentials."""
    return {
        **cloud.environment,
        **{name.upper(): value for name, value in credentials.items()},
        "HIPPO_DEPLOYMENT": cloud.outputs["name"],
    }


def run_hippo(variables: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `hippo` of this repository as a child process without a terminal: it cannot prompt."""
    return subprocess.run(
        [sys.executable, "-m", "hippo_cli.main", *arguments],
        env={**clean_environment(), "PYTHONPATH": _PATH, **variables},
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def image_of(folder: Path) -> str:
    """Return the image of a study of this repository: its folder `server/`, or itself if it has none."""
    server = folder / "server"
    return f"{LOCAL_IMAGE_PREFIX}{(server if server.is_dir() else folder).resolve().relative_to(REPOSITORY)}"


def submit(variables: Mapping[str, str], folder: Path) -> None:
    """Submit a study with `hippo`.

    Raises:
        LocalCloudError: `hippo` refuses the study, or fails; the message contains hippo's.
    """
    done = run_hippo(variables, "submit", str(folder), "--image", image_of(folder), "--yes")
    if done.returncode != 0:
        raise LocalCloudError(f"The study was not submitted: {done.stderr.strip()}")


def write_environment(cloud: Cloud, variables: Mapping[str, str]) -> Path:
    """Write the file for a researcher's shell; return its path."""
    path = cloud.state_dir / ENVIRONMENT_FILE
    program = f"PYTHONPATH={shlex.quote(_PATH)} {shlex.quote(sys.executable)} -m hippo_cli.main"
    lines = [
        "# Makes `hippo`, and AWS's own programs, work on the local cloud, as a researcher. For sh, bash and zsh.",
        "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN",
        *(f"export {name}={shlex.quote(value)}" for name, value in sorted(variables.items())),
        f'command -v hippo >/dev/null || hippo() {{ {program} "$@"; }}',
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path
