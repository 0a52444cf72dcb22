"""`hippo init`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="The study's new folder.", show_default=False)
    ] = None,
    env: Annotated[str | None, typer.Option(metavar="ID", help="The game: the id of a gymnasium environment.")] = None,
    code: Annotated[
        bool | None,
        typer.Option("--code/--no-code", help="Write the game as Python code, to change it.", show_default=False),
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="TEXT", help="The study's name, as participants read it.")] = None,
    researcher: Annotated[str | None, typer.Option(metavar="TEXT", help="Your name, as participants read it.")] = None,
) -> None:
    r"""Begin a study: write its files.

    Writes config.yml and the pages of a study that can be played: consent, instructions, the game,
    a survey and thanks; with --code also game.py and requirements.txt. On a terminal it asks for
    what the command line does not say. It never overwrites a file.

    \b
    Examples:
      hippo init my_study --env CartPole-v1           the game is one line of config.yml
      hippo init my_study --env LunarLander-v3 --code   the game is game.py
      hippo init                                      asks for all of it
    """
    from hippo_cli.new_study import asking, writing
    from hippo_common import console

    new = asking.complete(asking.Given(folder, env, name, researcher, code))
    study_id = writing.id_of(new.folder)
    content = writing.files(study_id=study_id, env=new.env, name=new.name, researcher=new.researcher, code=new.code)
    writing.write(new.folder, content)
    console.say(f"{new.folder}: the study {study_id} with the game {new.env}.", "good")
    for file in content:
        console.say(f"  {file}")
    console.say()
    console.say("Next:", "strong")
    here = new.folder.resolve() == Path.cwd()
    if not here:
        console.say(f"  cd {new.folder}")
    console.say("  hippo preview           # play it in your browser; a saved file is shown immediately")
    console.say("  hippo validate --game   # try the game out, and list every fault")
    console.say("  hippo submit            # publish it")
