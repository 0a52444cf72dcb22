"""Plans the publication of a study on disk."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from hippo_cli.deployment import Deployment
from hippo_cli.game import image as game_image
from hippo_cli.game import wheel
from hippo_cli.game.python import choose
from hippo_cli.publish import build_context, current, intended, plans, registry, retention
from hippo_cli.publish import task_definitions as definitions
from hippo_cli.publish.build_context import BuildContext
from hippo_cli.publish.plans import Plan
from hippo_cli.publish.task_definitions import Revisions
from hippo_cli.study import Study
from hippo_common import console
from hippo_common.errors import WRONG_USE, HippoError
from hippo_common.words import count
from hippo_gym.studies import task_limits


def prepare(
    deployment: Deployment,
    study: Study,
    *,
    image: str | None = None,
    keep_image: bool = False,
    python: Path | None = None,
) -> Plan:
    """Plan the publication of a valid study; change nothing, except in `.hippo` in its folder.

    Args:
        deployment: the deployment.
        study: a study without errors.
        image: the image to use, instead of building one.
        keep_image: use the image of the published study, instead of building one.
        python: whose packages an image without a Dockerfile gets; None: the study's own Python.

    Raises:
        HippoError: the study has no usable image or task definition, a server that is too large, or a port that
            no page could reach.
    """
    if image is not None and (study.own_task or not study.needs_server):
        why = "names its own task definition (ecsTask)" if study.own_task else "has no game and starts no server"
        raise HippoError(f"--image has no effect: the study {why}.", "Leave it out.", WRONG_USE)
    entry = current.entry_of(deployment, study.id)
    found = current.revisions(deployment, study.id, entry)
    own_task = _own_task(deployment, study)
    if study.needs_server:
        _check_port(deployment, study)
    if study.needs_server and own_task is None:
        _check_size(deployment, study, study.aws_setup.cpu, study.aws_setup.memory)
    chosen = (
        _image(study, found, image, python, keep_image=keep_image) if study.needs_server and own_task is None else None
    )
    repository = None
    if isinstance(chosen, BuildContext):
        repository = registry.find_repository(deployment, study.repository, chosen.tag)
    elif chosen is not None:
        chosen = registry.pinned(deployment, chosen)
    wanted = intended.of_study(study, deployment, chosen, found.architecture, own_task)
    return plans.make(wanted, current.read(deployment, study.id, entry, wanted.entry, found, repository, study.assets))


def warn_of_moving_image(image: str) -> None:
    """Warn if the image's name may point to another image later."""
    if registry.may_move(image):
        console.warn(
            f"{image} may point to another image later, for all versions of the study: use a fixed tag, or the "
            "image's digest."
        )


def warn_of_data_that_is_due(plan: Plan, deployment: Deployment, now: datetime) -> None:
    """Warn if the publication makes the data of participants due at once."""
    due = retention.newly_due(deployment, plan.current.entry, plan.entry, now)
    if due:
        days = retention.days_of(plan.entry, deployment)
        console.warn(
            f"retainDays is now {days:,}: the data of {count(due, 'participant')} is due at once, and the deployment "
            "removes it permanently within about a day. `hippo export` it first if you need it."
        )


def warn_of_other_places(study: Study, deployment: Deployment) -> None:
    """Warn if config.yml names the resources of another deployment: they are ignored."""
    setup = study.aws_setup
    others = [
        f"{key} {named} (not {used})"
        for key, named, used in (
            ("bucket", setup.bucket, deployment.bucket),
            ("region", setup.region, deployment.region),
            ("rootDomain", setup.root_domain, deployment.root_domain),
        )
        if named is not None and named != used
    ]
    if others:
        console.warn(f"awsSetup names {', '.join(others)}: `hippo` uses those of {deployment.name}.")


def _own_task(deployment: Deployment, study: Study) -> str | None:
    """Return `family:revision` of the task definition in config.yml; None if it names none.

    Raises:
        HippoError: the task definition is not registered.
    """
    named = study.entry.get("ecsTask")
    if not study.own_task or named is None:
        return None
    found = definitions.describe(deployment, named)
    if found is None or not found.active:
        raise HippoError(
            f"ecsTask in config.yml names the task definition {named}, which is not registered or not active.",
            "Register it, or remove ecsTask from config.yml: then `hippo` registers one for the study.",
        )
    if study.needs_server:
        _check_size(deployment, study, *task_limits.size_of(found.settings))
    return found.name


def _check_size(deployment: Deployment, study: Study, cpu: int | None, memory: int | None) -> None:
    found = deployment.limits.faults(cpu, memory)
    if found:
        raise HippoError(f"The server of the study {study.id} is too large: {'; '.join(found)}.", f"{task_limits.FIX}.")


def _check_port(deployment: Deployment, study: Study) -> None:
    port, opened = int(study.entry.get("port", intended.DEFAULT_PORT)), deployment.session_ports
    if opened is None or port in opened:
        return
    others = " or ".join(f"`port: {each}`" for each in opened[:3])
    raise HippoError(
        f"The study {study.id} has port {port}, which the deployment {deployment.name} does not open: "
        "no page would reach its servers.",
        f"Write {others} in config.yml, or ask your infra team to add {port} to session_ports.",
    )


def _image(
    study: Study, found: Revisions, image: str | None, python: Path | None, *, keep_image: bool
) -> str | BuildContext | None:
    if image is not None:
        return image
    if study.dockerfile is not None and not keep_image:
        wheel.write_for(study.dockerfile)
        return build_context.read(study.dockerfile, found.architecture, study.aws_setup.allow_in_image)
    if study.game is not None and not keep_image:
        port = int(study.entry.get("port", intended.DEFAULT_PORT))
        made = game_image.write(study.folder, study.game, choose(study.folder, python), port)
        allowed = [f"{game_image.STUDY}/{name}" for name in study.aws_setup.allow_in_image]
        return build_context.read(made, found.architecture, allowed)
    if keep_image and found.image is None:
        raise HippoError(
            f"The study {study.id} has no image on this deployment yet, so --keep-image cannot be used.",
            "Leave --keep-image out to build the image, or name one with --image URI.",
        )
    return None
