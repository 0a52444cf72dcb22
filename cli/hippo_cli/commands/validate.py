"""`hippo validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hippo_cli.options import DEFAULT_CONFIG, AsJson, Config, PythonOption
from hippo_common import console

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hippo_cli.study import Study


def command(
    config: Config = DEFAULT_CONFIG,
    game: Annotated[bool, typer.Option("--game", help="Try the game out, too.")] = False,
    python: PythonOption = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings, too.")] = False,
    as_json: AsJson = False,
) -> None:
    r"""Check a study on this machine.

    Checks its config.yml and its pages, and shows each fault with its line and with what to do
    about it. The check does not use AWS. A study with errors cannot be submitted; one with warnings
    can.

    With --game it also tries out the game that config.yml describes, in the study's own Python: it
    makes the environment, plays an episode at random and one with each policy, and measures the
    frames per second. A study with errors in its files is not tried out.

    Exit status: 0 if it can be submitted, 1 if not (with --strict, also if there are warnings).

    \b
    Examples:
      hippo validate                         the study in this folder
      hippo validate studies/pilot           another one
      hippo validate --game                  the game, too
      hippo validate --strict                in CI: fail on warnings, too
      hippo validate --json                  for a program
    """
    from hippo_cli.publish import warm_servers
    from hippo_cli.study import listing, read

    study = read(config)
    facts: Mapping[str, object] = {}
    if game:
        study, facts = _try_out(study, python)
    if as_json:
        warm_cost = warm_servers.as_json(warm_servers.of_study(study))
        warm = {} if warm_cost is None else {"warm": warm_cost}
        console.print_json(listing.as_json(study) | warm | ({"game": facts} if game else {}))
    else:
        listing.show(study)
        for name, value in facts.items():
            console.say(f"  {name}: {value}")
        if (found := warm_servers.of_study(study)) is not None:
            console.say(f"  warm servers: {found}")
        summary = listing.summary(study)
        if study.is_valid:
            console.say(f"{study.config}: {study.id} can be submitted ({summary}).", "good")
        else:
            console.say(f"{study.config}: this study cannot be submitted yet ({summary}).", "bad")
    if not study.is_valid or (strict and study.warnings):
        raise typer.Exit(1)


def _try_out(study: Study, python: Path | None) -> tuple[Study, Mapping[str, object]]:
    """Return the study with the faults of its game, and what was measured."""
    from hippo_cli.game.checking import check
    from hippo_cli.game.python import choose
    from hippo_common.errors import WRONG_USE, HippoError

    if study.game is None:
        raise HippoError(
            f"{study.config} has no `game:`, so there is nothing to try out.",
            "Leave --game out, or describe the game, such as `game: {env: CartPole-v1}`.",
            WRONG_USE,
        )
    if not study.is_valid:
        return study, {}
    checked = check(study, choose(study.folder, python))
    return checked.study, checked.facts
