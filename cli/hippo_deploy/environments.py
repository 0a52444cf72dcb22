"""An environment: `ENV=prod` means terraform/environments/prod.tfvars and prod.s3.tfbackend.

Both files belong in the team's repository: they hold settings and no secret. Terraform's data folder and the plans of
an environment are under build/, and can be made again.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hippo_deploy.errors import DeployError

REPOSITORY: Final = Path(__file__).resolve().parents[2]
EXAMPLE: Final = "example"
"""Name of the tfvars file that `make bootstrap` copies; no environment can have this name."""
DEFAULT_DEPLOYMENT: Final = "HIPPO_Gym"
"""Name of the deployment whose tfvars set none: the default in terraform/variables.tf."""
MAX_DEPLOYMENT_CHARACTERS: Final = 32

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_ASSIGNMENT: Final = re.compile(r'^(?P<key>[a-z_]+)[ \t]*=[ \t]*"(?P<value>[^"$%\\]*)"', re.MULTILINE)


@dataclass(frozen=True)
class Environment:
    """The paths of an environment's files.

    Attributes:
        name: its name, such as prod.
        repository: root folder of the checkout.
    """

    name: str
    repository: Path = REPOSITORY

    @property
    def root(self) -> Path:
        """The Terraform root folder."""
        return self.repository / "terraform"

    @property
    def tfvars(self) -> Path:
        """The file of its settings."""
        return self.root / "environments" / f"{self.name}.tfvars"

    @property
    def backend(self) -> Path:
        """The file that names its state bucket."""
        return self.root / "environments" / f"{self.name}.s3.tfbackend"

    @property
    def state_key(self) -> str:
        """Key of its state in the state bucket."""
        return f"hippo-gym/{self.name}/terraform.tfstate"

    @property
    def data(self) -> Path:
        """Terraform's data folder: one per environment, so that no command uses another environment's state."""
        return self.repository / "build" / "environments" / self.name / ".terraform"

    @property
    def plans(self) -> Path:
        """The folder of the plan, its JSON and its review."""
        return self.repository / "build" / "plans" / self.name

    @property
    def bundle(self) -> Path:
        """The bundle's file: bundle_path in the tfvars, relative to the Terraform root, or the built bundle."""
        named = self.setting("bundle_path")
        return (self.root / named).resolve() if named else self._built_bundle

    @property
    def builds_its_bundle(self) -> bool:
        """Whether the bundle is built from this checkout; false if the tfvars name another, such as a release's."""
        return self.bundle == self._built_bundle

    @property
    def _built_bundle(self) -> Path:
        """The file that build.py writes."""
        return (self.repository / "build" / "hippo_gym.zip").resolve()

    @property
    def certificate_bundle(self) -> list[Path]:
        """The bundle of renew_certificate, if it exists: certificate_bundle_path, or what build.py writes."""
        named = self.setting("certificate_bundle_path")
        path = self.root / named if named else self.repository / "build" / "hippo_certificates.zip"
        return [path.resolve()] if path.is_file() else []

    def relative(self, path: Path) -> str:
        """Return a path relative to the checkout; a path outside it stays absolute."""
        return path.relative_to(self.repository).as_posix() if path.is_relative_to(self.repository) else str(path)

    def setting(self, name: str) -> str | None:
        """Return a top-level string of the tfvars; None if the variable is not set to a plain string.

        Used for settings that are needed before Terraform runs. `make plan` compares them with Terraform's values.
        """
        if not self.tfvars.is_file():
            return None
        found = {match["key"]: match["value"] for match in _ASSIGNMENT.finditer(self.tfvars.read_text("utf-8"))}
        return found.get(name)

    def assigns(self, name: str) -> bool:
        """Return whether the tfvars assign a top-level variable, whatever its value."""
        text = self.tfvars.read_text("utf-8") if self.tfvars.is_file() else ""
        return re.search(rf"^\s*{re.escape(name)}\s*=", text, flags=re.MULTILINE) is not None

    @property
    def deployment(self) -> str:
        """Name of the deployment."""
        return self.setting("name") or DEFAULT_DEPLOYMENT

    @property
    def name_of_its_own(self) -> str:
        """A name for its deployment that no other environment's has: HIPPO_Gym_staging for staging.

        terraform/variables.tf allows 32 letters, digits and underscores. Of a longer name the last six characters are
        from a digest of the environment's name.
        """
        made = f"{DEFAULT_DEPLOYMENT}_{self.name.replace('-', '_')}"
        if len(made) <= MAX_DEPLOYMENT_CHARACTERS:
            return made
        digest = hashlib.sha256(self.name.encode()).hexdigest()[:6]
        return f"{made[: MAX_DEPLOYMENT_CHARACTERS - 7].rstrip('_')}_{digest}"

    @property
    def architecture(self) -> str:
        """Processor architecture of the bundle: arm64 or x86_64."""
        return self.setting("architecture") or "arm64"


def named(name: str, repository: Path = REPOSITORY) -> Environment:
    """Return the environment of a name, whether or not its files exist.

    Raises:
        DeployError: the name is empty or not valid.
    """
    if not name:
        known = names(repository)
        raise DeployError(
            "Name the environment: ENV=<name>.",
            f"{_known(known)} For example: make plan ENV={known[0]}."
            if known
            else "There is no environment yet: make bootstrap ENV=prod creates one.",
            exit_status=2,
        )
    if _NAME.fullmatch(name) is None or name == EXAMPLE:
        raise DeployError(
            f"ENV={name} is not a valid name of an environment.",
            "Use at most 32 lower-case letters, digits and hyphens, such as prod; `example` is reserved.",
            exit_status=2,
        )
    return Environment(name, repository)


def find(name: str, repository: Path = REPOSITORY) -> Environment:
    """Return an environment that has both of its files.

    Raises:
        DeployError: a file is missing, or a file of the older layout exists.
    """
    environment = named(name, repository)
    missing = [environment.relative(path) for path in (environment.tfvars, environment.backend) if not path.is_file()]
    if missing:
        known = names(repository)
        raise DeployError(
            f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing.",
            f"make bootstrap ENV={name} writes the environment's missing files."
            + (f" {_known(known)}" if known else ""),
        )
    _refuse_older_layout(environment)
    return environment


def names(repository: Path = REPOSITORY) -> list[str]:
    """Return the names of the environments that have a tfvars file."""
    folder = repository / "terraform" / "environments"
    return sorted(path.stem for path in folder.glob("*.tfvars") if path.stem != EXAMPLE)


def _known(known: list[str]) -> str:
    return f"Existing environment{'' if len(known) == 1 else 's'}: {', '.join(known)}."


def _refuse_older_layout(environment: Environment) -> None:
    """Raise an error for files that Terraform would load for every environment, and for a local state."""
    root = environment.root
    taken = [*root.glob("terraform.tfvars"), *root.glob("terraform.tfvars.json"), *root.glob("*.auto.tfvars*")]
    if taken:
        raise DeployError(
            f"{environment.relative(taken[0])} exists: Terraform would load it for every environment.",
            f"Move its settings to {environment.relative(environment.tfvars)} (docs/take-over.md, "
            '"Coming from a local state").',
        )
    state = root / "terraform.tfstate"
    if state.is_file() and '"resources": [\n' in state.read_text("utf-8"):
        raise DeployError(
            f"{environment.relative(state)} exists: a deployment's state from before environments had backends.",
            f"If it is the state of {environment.name}, move it: "
            f"TF_DATA_DIR={environment.data} terraform -chdir=terraform init -migrate-state "
            f"-backend-config=environments/{environment.backend.name}; then delete {environment.relative(state)} and "
            'its backup (docs/take-over.md, "Coming from a local state").',
        )
