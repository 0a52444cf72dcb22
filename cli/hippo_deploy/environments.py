"""An environment: `ENV=prod` means terraform/environments/prod.tfvars and prod.s3.tfbackend.

Both belong in the team's repository: they hold settings and no secret. What is made for an environment (Terraform's
data, plans) is under build/, and can be made again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hippo_deploy.errors import DeployError

REPOSITORY: Final = Path(__file__).resolve().parents[2]
EXAMPLE: Final = "example"
"""Name of the tfvars file that is copied for a new environment, and is none itself."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_ASSIGNMENT: Final = re.compile(r'^(?P<key>[a-z_]+)[ \t]*=[ \t]*"(?P<value>[^"$%\\]*)"', re.MULTILINE)


@dataclass(frozen=True)
class Environment:
    """Where an environment's files are.

    Attributes:
        name: such as prod.
        repository: the checkout.
    """

    name: str
    repository: Path = REPOSITORY

    @property
    def root(self) -> Path:
        """The Terraform root."""
        return self.repository / "terraform"

    @property
    def tfvars(self) -> Path:
        """Its settings."""
        return self.root / "environments" / f"{self.name}.tfvars"

    @property
    def backend(self) -> Path:
        """Where its state is kept."""
        return self.root / "environments" / f"{self.name}.s3.tfbackend"

    @property
    def state_key(self) -> str:
        """Key of its state in the state bucket."""
        return f"hippo-gym/{self.name}/terraform.tfstate"

    @property
    def data(self) -> Path:
        """Terraform's data folder: one for each environment, so that no command meets another's state."""
        return self.repository / "build" / "environments" / self.name / ".terraform"

    @property
    def plans(self) -> Path:
        """Where `make plan` puts the plan, its JSON and its review."""
        return self.repository / "build" / "plans" / self.name

    @property
    def bundle(self) -> Path:
        """The bundle, as the tfvars name it: a path relative to the root."""
        named = self.setting("bundle_path")
        return (self.root / named).resolve() if named else self._built_bundle

    @property
    def builds_its_bundle(self) -> bool:
        """Whether the bundle is made from this checkout; false where the tfvars name another, such as a release's."""
        return self.bundle == self._built_bundle

    @property
    def _built_bundle(self) -> Path:
        """What build.py writes."""
        return (self.repository / "build" / "hippo_gym.zip").resolve()

    def relative(self, path: Path) -> str:
        """A path as a person in the checkout would type it."""
        return path.relative_to(self.repository).as_posix() if path.is_relative_to(self.repository) else str(path)

    def setting(self, name: str) -> str | None:
        """The text that the tfvars give a variable on the top level, as a plain string; None where they give none.

        For what has to be known before Terraform runs. Terraform has the last word: `make plan` compares.
        """
        if not self.tfvars.is_file():
            return None
        found = {match["key"]: match["value"] for match in _ASSIGNMENT.finditer(self.tfvars.read_text("utf-8"))}
        return found.get(name)

    @property
    def deployment(self) -> str:
        """Name of the deployment."""
        return self.setting("name") or "HIPPO_Gym"

    @property
    def architecture(self) -> str:
        """Processor that the bundle is built for."""
        return self.setting("architecture") or "arm64"


def named(name: str, repository: Path = REPOSITORY) -> Environment:
    """Return an environment by name, whether or not its files are there yet.

    Raises:
        DeployError: no name, or not one that can be a file's.
    """
    if not name:
        known = names(repository)
        raise DeployError(
            "Say which environment: ENV=<name>.",
            f"There {'is' if len(known) == 1 else 'are'} {', '.join(known)}: for example make plan ENV={known[0]}."
            if known
            else "There is none yet: make bootstrap ENV=prod makes one.",
            exit_status=2,
        )
    if _NAME.fullmatch(name) is None or name == EXAMPLE:
        raise DeployError(
            f"ENV={name} cannot be the name of an environment.",
            "Choose lower-case letters, digits and hyphens, at most 32, and not `example`: for example prod.",
            exit_status=2,
        )
    return Environment(name, repository)


def find(name: str, repository: Path = REPOSITORY) -> Environment:
    """Return an environment whose files are both there.

    Raises:
        DeployError: it has none, or an older layout's files are in its way.
    """
    environment = named(name, repository)
    missing = [environment.relative(path) for path in (environment.tfvars, environment.backend) if not path.is_file()]
    if missing:
        known = names(repository)
        raise DeployError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing.",
            f"make bootstrap ENV={name} makes what is missing of an environment."
            + (f" There {'is' if len(known) == 1 else 'are'} {', '.join(known)}." if known else ""),
        )
    _refuse_older_layout(environment)
    return environment


def names(repository: Path = REPOSITORY) -> list[str]:
    """Return the environments that have a tfvars file."""
    folder = repository / "terraform" / "environments"
    return sorted(path.stem for path in folder.glob("*.tfvars") if path.stem != EXAMPLE)


def _refuse_older_layout(environment: Environment) -> None:
    """Files that Terraform reads by itself would slip into every environment; a local state would be left behind."""
    root = environment.root
    taken = [*root.glob("terraform.tfvars"), *root.glob("terraform.tfvars.json"), *root.glob("*.auto.tfvars*")]
    if taken:
        raise DeployError(
            f"{environment.relative(taken[0])} is there: Terraform would read it for every environment.",
            f"Move what is in it to {environment.relative(environment.tfvars)} (docs/deploy.md, "
            '"Coming from a local state").',
        )
    state = root / "terraform.tfstate"
    if state.is_file() and '"resources": [\n' in state.read_text("utf-8"):
        raise DeployError(
            f"{environment.relative(state)} is there: a deployment's state from before environments had backends.",
            f"If it is {environment.name}'s, move it: "
            f"TF_DATA_DIR={environment.data} terraform -chdir=terraform init -migrate-state "
            f"-backend-config=environments/{environment.backend.name}; then delete {environment.relative(state)} and "
            'its backup (docs/deploy.md, "Coming from a local state").',
        )
