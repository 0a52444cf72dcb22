"""`hippo submit`."""

from __future__ import annotations

from typing import Annotated

import typer

from hippo_cli.options import DEFAULT_CONFIG, DEFAULT_DEPLOYMENT, AsJson, Config, DeploymentName, PythonOption, Yes


def command(
    config: Config = DEFAULT_CONFIG,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    image: Annotated[
        str | None, typer.Option(metavar="URI", help="Use this container image instead of building one.")
    ] = None,
    keep_image: Annotated[
        bool, typer.Option("--keep-image", help="Use the container image that the study already has.")
    ] = False,
    python: PythonOption = None,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    r"""Publish a study, or a change to it.

    Checks the study, shows what will change compared with the published study, and asks. Then it
    builds and pushes the container image (unless it is in the registry already), uploads the pages,
    and finally writes the study to the list of studies. If it is interrupted, the published study
    is unchanged: run the command again. At the end it prints the link for participants.

    The image is built from the Dockerfile beside config.yml or in server/. Without one, but with a
    `game:` in config.yml, the command writes one into .hippo/image: with hippo_play, and with the
    packages that the game needs in the versions that the study's Python has.

    Participants who have begun keep the version that they began with.

    \b
    Examples:
      hippo submit                       publish the study in this folder
      hippo submit studies/pilot         publish another one
      hippo submit --dry-run             only show what would change
      hippo submit --keep-image          new pages, the same container
      hippo submit --image repo/game:3   an image that was built elsewhere
      hippo submit --yes --json          in a script
    """
    from datetime import UTC, datetime

    from hippo_cli.deployment import connect
    from hippo_cli.publish import approval, submitting
    from hippo_cli.study import read
    from hippo_cli.study.listing import show
    from hippo_common.errors import WRONG_USE, HippoError

    approval.check_options(dry_run=dry_run, yes=yes, as_json=as_json)
    if image is not None and keep_image:
        raise HippoError("--image and --keep-image exclude each other.", "Leave one of them out.", WRONG_USE)
    study = read(config, has_image=image is not None or keep_image)
    show(study)
    if not study.is_valid:
        raise HippoError(
            "The study has errors, so nothing was submitted.", "Fix them; `hippo validate` shows them again."
        )
    target = connect(deployment, study.aws_setup.region)
    submitting.warn_of_other_places(study, target)
    if image is not None:
        submitting.warn_of_moving_image(image)
    plan = submitting.prepare(target, study, image=image, keep_image=keep_image, python=python)
    submitting.warn_of_data_that_is_due(plan, target, datetime.now(UTC))
    question = f"Publish this on {target.name}?"
    if not approval.offer(plan, target, question, dry_run=dry_run, yes=yes, as_json=as_json):
        raise typer.Exit(1)
