"""`hippo rehearse`."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hippo_cli.options import DEFAULT_CONFIG, AsJson, PythonOption, Yes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hippo_cli.rehearsal.places import Place
    from hippo_cli.rehearsal.walk import Walk

_GAME_SECONDS = 30.0


def command(
    study: Annotated[
        str | None,
        typer.Argument(
            metavar="STUDY|LINK",
            help="The study's config.yml or folder, or the link that participants get. Default: ./config.yml.",
            show_default=False,
        ),
    ] = None,
    number: Annotated[int, typer.Option("--number", "-n", min=1, max=1000, help="How many participants.")] = 20,
    at_once: Annotated[int, typer.Option(min=1, max=200, help="How many of them at the same time.")] = 4,
    game_seconds: Annotated[
        float, typer.Option(min=1, max=3600, help="After so many seconds a game is stopped.")
    ] = _GAME_SECONDS,
    python: PythonOption = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    r"""Send simulated participants through a study.

    Each participant reads every page, fills in its form by the types of its fields, waits for the
    game and plays it at random, to the last page. Then it shows what went wrong.

    Without a link, the study on this machine is rehearsed in a preview, with its game. With the
    link that `hippo show` prints, the published study is: each participant gets a real server,
    which costs, and leaves data under an id that begins with test-rehearse. The command asks
    before that, and shows the line that removes the data.

    Exit status: 0 if all went well, 1 if not.

    \b
    Examples:
      hippo rehearse                                the study in this folder, 20 participants
      hippo rehearse studies/pilot -n 5             another one
      hippo rehearse 'https://…/?projectId=pilot'   the published study
    """
    from hippo_cli.rehearsal import places, report, running
    from hippo_common import console
    from hippo_common.errors import WRONG_USE, HippoError

    participants = running.user_ids(number)
    if study is not None and "://" in study:
        place = places.of_link(study)
        if as_json and not yes:
            raise HippoError("--json needs --yes with a link.", "Add it.", WRONG_USE)
        question = f"Send {number} simulated participants to {place.project_id}, up to {at_once} servers at once?"
        if not console.confirm(question, yes=yes):
            console.note("Nothing was sent.")
            raise typer.Exit(1)
        try:
            walks = _send(place, participants, at_once, game_seconds)
        finally:  # also after Ctrl-C
            _show_removal(place.project_id, participants)
    else:
        with _preview(DEFAULT_CONFIG if study is None else Path(study), python) as place:
            walks = _send(place, participants, at_once, game_seconds)
    if as_json:
        console.print_json(report.as_json(walks))
    else:
        report.show(walks)
    if report.faults(walks):
        raise typer.Exit(1)


def _send(place: Place, participants: Sequence[str], at_once: int, game_seconds: float) -> list[Walk]:
    from hippo_cli.rehearsal import running
    from hippo_common import console

    with console.progress("Participants", len(participants)) as advance:
        return running.rehearse(
            place, participants, at_once=at_once, game_seconds=game_seconds, on_end=lambda walked: advance(1)
        )


@contextmanager
def _preview(config: Path, python: Path | None) -> Iterator[Place]:
    """Serve the study on this machine, with a game server for each participant."""
    import threading

    from hippo_cli.game import files
    from hippo_cli.game.python import choose
    from hippo_cli.game.server import ending_on_sigterm
    from hippo_cli.preview import server
    from hippo_cli.rehearsal.places import Place
    from hippo_cli.study import listing
    from hippo_common import console
    from hippo_common.errors import HippoError

    named = None if python is None else choose(config, python)
    log: list[str] = []
    with server.serve(config, python=named, on_line=log.append) as preview:
        study = preview.stage.study
        listing.show(study)
        if not study.is_valid:
            raise HippoError("The study has errors, so no participant was sent.", "Fix them first.")
        if study.needs_server and study.game is None:
            raise HippoError(
                "config.yml has no `game:`, so this machine cannot run the game.",
                "Publish the study, and rehearse it with the link that `hippo show` prints.",
            )
        thread = threading.Thread(target=preview.serve_forever, args=(0.05,), name="preview", daemon=True)
        thread.start()
        try:
            with ending_on_sigterm():
                yield Place(f"{preview.address}next", study.id)
        finally:
            preview.shutdown()
            thread.join()
            if log:
                written = files.private(study.folder) / "rehearsal.log"
                written.write_text("".join(f"{line}\n" for line in log), "utf-8")
                console.note(f"What the games printed: {written}", "quiet")


def _show_removal(project_id: str, participants: Sequence[str]) -> None:
    """Show how to remove the data that the participants left."""
    from hippo_common import console

    console.note()
    console.note("To remove the data of these participants:", "strong")
    names = " ".join(participants)
    console.note(f"  for user in {names}; do hippo forget {project_id} $user --yes; done")
    console.note()
