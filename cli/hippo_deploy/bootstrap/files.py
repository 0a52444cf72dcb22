"""An environment's two files: the backend file (where its state is) and the tfvars (its settings)."""

from __future__ import annotations

import re

from hippo_deploy.bootstrap.state_bucket import StateBucket
from hippo_deploy.environments import DEFAULT_DEPLOYMENT, EXAMPLE, Environment
from hippo_deploy.errors import DeployError


def write_backend(environment: Environment, bucket: StateBucket) -> bool:
    """Write the environment's backend file, and return whether it is new.

    Raises:
        DeployError: the file exists and names another bucket, key or Region. It stays unchanged, because
            Terraform's state may be there.
    """
    wanted = backend(environment, bucket)
    if environment.backend.is_file():
        present = environment.backend.read_text("utf-8")
        if _settings(present).items() >= _settings(wanted).items():
            return False
        raise DeployError(
            f"{environment.relative(environment.backend)} exists, and names another state than {bucket.name}.",
            "To keep the file, name its bucket: make bootstrap … STATE_BUCKET=<name>. To start with a new, empty "
            "state, delete the file first; the other state stays in its bucket.",
        )
    environment.backend.parent.mkdir(parents=True, exist_ok=True)
    environment.backend.write_text(wanted, "utf-8")
    return True


def backend(environment: Environment, bucket: StateBucket) -> str:
    """Return the backend file's content: https://developer.hashicorp.com/terraform/language/backend/s3."""
    return (
        f"# Where the state of {environment.name} is: written by `make bootstrap ENV={environment.name}`. It holds no "
        "secret: commit it.\n"
        f'bucket       = "{bucket.name}"\n'
        f'key          = "{environment.state_key}"\n'
        f'region       = "{bucket.region}"\n'
        "encrypt      = true\n"
        "use_lockfile = true\n"
    )


def write_tfvars(environment: Environment, region: str, name: str = DEFAULT_DEPLOYMENT) -> bool:
    """Write the environment's tfvars from the example unless they exist, and return whether they are new.

    New environments open port 443, too; existing ones keep what their file says.

    Args:
        environment: the environment.
        region: its Region.
        name: the deployment's name; the default one stays a comment.
    """
    if environment.tfvars.is_file():
        return False
    example = (environment.root / "environments" / f"{EXAMPLE}.tfvars").read_text("utf-8")
    head, _, rest = example.partition("\n\n")
    title = f"# The settings of {environment.name}. It holds no secret: commit it."
    body = re.sub(r'^region = ".*"$', f'region = "{region}"', rest, flags=re.MULTILINE)
    # Open from the beginning: studies that `hippo init` writes use 443, those of earlier releases 5000.
    body = re.sub(r"^# session_ports = .*$", "session_ports = [443, 5000]", body, flags=re.MULTILINE)
    if name != DEFAULT_DEPLOYMENT:
        body = re.sub(r'^# name = ".*"$', f'name = "{name}"', body, flags=re.MULTILINE)
    explained = "\n".join(line for line in head.splitlines()[1:])
    environment.tfvars.write_text(f"{title}\n{explained}\n\n{body}" if explained else f"{title}\n\n{body}", "utf-8")
    return True


def backend_settings(environment: Environment) -> dict[str, str]:
    """Return the settings in the backend file, as text; none without the file."""
    return _settings(environment.backend.read_text("utf-8")) if environment.backend.is_file() else {}


def bucket_in(environment: Environment) -> str | None:
    """Return the bucket that the backend file names; None without one."""
    return backend_settings(environment).get("bucket")


def _settings(text: str) -> dict[str, str]:
    return {match[1]: match[3] for match in re.finditer(r'^\s*(\w+)\s*=\s*("?)(.*?)\2\s*(?:#.*)?$', text, re.MULTILINE)}
