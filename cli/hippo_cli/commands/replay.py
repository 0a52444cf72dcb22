"""`hippo replay`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hippo_cli.options import DEFAULT_DEPLOYMENT, AsJson, DeploymentName, PythonOption, UserId

if TYPE_CHECKING:
    from hippo_cli.replay.finding import Named
    from hippo_cli.replay.playing import Film


def command(
    study: Annotated[str, typer.Argument(metavar="STUDY", help="The study's id, or its folder on this machine.")],
    user: UserId,
    episode: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Only the episode of this number. Default: all.", show_default=False),
    ] = None,
    block: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this block of the game.", show_default=False)
    ] = None,
    records: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Take the record from this folder, such as an export. Default: from the deployment.",
            show_default=False,
            exists=True,
            file_okay=False,
        ),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Take the record of `hippo preview` on this machine.")
    ] = False,
    config: Annotated[
        Path | None,
        typer.Option(metavar="CONFIG", help="The study's folder or config.yml, if STUDY is an id.", show_default=False),
    ] = None,
    video: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write the game as a video, such as ada.mp4.", show_default=False, dir_okay=False
        ),
    ] = None,
    steps: Annotated[
        str | None,
        typer.Option(metavar="FROM-TO", help="Only these steps of each episode are in the video.", show_default=False),
    ] = None,
    tolerance: Annotated[
        float,
        typer.Option(min=0.0, help="Take numbers as the same that differ by no more than this share, such as 1e-6."),
    ] = 0.0,
    open_browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Show the game in your browser, or only compare it.")
    ] = True,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to listen on; 0 takes a free one.")] = 0,
    python: PythonOption = None,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
    as_json: AsJson = False,
) -> None:
    r"""Play a participant's game again, and compare it with the record.

    Resets the environment with the recorded seeds, makes the recorded steps again, and compares each
    observation, reward and end. Names the first value that differs: its step, its place, and both
    values. Then it shows the game in your browser, with a time line of keys and judgements. Steps
    of a policy are made again from the record; the policy itself does not run.

    The game is that of the study's folder on this machine: STUDY, --config, this folder, or a folder
    in it. It runs in the Python of --python, else in the one of `.venv` there.

    Exit status: 0 if every episode is as recorded, 1 if one differs, 2 if it could not be played
    again. --json shows nothing in the browser.

    \b
    Examples:
      hippo replay grid_world ada                     the record of the deployment
      hippo replay grid_world ada --episode 2
      hippo replay grid_world ada --video ada.mp4 --no-browser
      hippo replay grid_world ada --episode 2 --video clip.mp4 --steps 40-90    a short clip, to compare
      hippo replay grid_world ada --records grid_world-export    offline, from an export with --games
      hippo replay . preview-1 --preview              a game that you played in the preview
    """
    from tempfile import TemporaryDirectory

    from hippo_cli.replay import finding, words
    from hippo_cli.replay import video as videos
    from hippo_common import console

    if steps is not None and video is None:
        raise typer.BadParameter("--steps are those of a video: add --video FILE.")
    span = None if steps is None else videos.steps_of(steps)
    if video is not None:
        videos.check(video)
    named = finding.study_of(study, config)
    shows = open_browser and not as_json
    with TemporaryDirectory(prefix="hippo-replay-") as folder:
        record = Path(folder) / "record"
        record.mkdir()
        _fetch(named, user, record, records, deployment, preview=preview)
        options = ["--tolerance", repr(tolerance)]
        options += [] if episode is None else ["--episode", str(episode)]
        options += [] if block is None else ["--block", block]
        options += [] if shows or video is not None else ["--no-pictures"]
        film = _play(named, record, Path(folder), options, python)
        if as_json:
            console.print_json(_as_json(film, named.project_id, user))
        else:
            for line in words.lines(film):
                console.say(line)
        for warning in words.warnings(film):
            console.warn(warning)
        if video is not None:
            seconds = videos.write(film, video, span)
            if not as_json:
                console.say(f"{video}  {seconds:.1f} seconds")
        if shows:
            _show(film, named.project_id, user, port)
    if not film.is_same:
        raise typer.Exit(1)


def _fetch(named: Named, user: str, record: Path, records: Path | None, deployment: str, *, preview: bool) -> None:
    from hippo_cli.replay import finding
    from hippo_common import console

    if preview:
        records = named.study.folder / finding.OF_PREVIEW
    if records is not None:
        finding.from_folder(records, user, record)
        return
    from hippo_cli.deployment import connect

    found = connect(deployment)
    finding.from_deployment(found.client("s3"), found.bucket, named.project_id, user, record, console.progress)


def _play(named: Named, record: Path, folder: Path, options: list[str], python: Path | None) -> Film:
    from hippo_cli.game.python import choose
    from hippo_cli.replay import playing
    from hippo_cli.replay.finding import COULD_NOT
    from hippo_common import console
    from hippo_common.errors import HippoError

    with console.progress("Playing again", 100) as advance:
        shown = 0

        def on_step(done: int, of: int) -> None:
            nonlocal shown
            share = done * 100 // max(of, 1)
            advance(share - shown)
            shown = share

        chosen = choose(named.study.folder, python)
        film = playing.play(named.study, chosen, record, folder, options, on_step)
    if not film.episodes:
        raise HippoError("The record has no such episode.", "Leave --episode and --block out to see all.", COULD_NOT)
    return film


def _show(film: Film, study: str, user: str, port: int) -> None:
    import webbrowser

    from hippo_cli.commands.preview import has_screen
    from hippo_cli.game.server import ending_on_sigterm
    from hippo_cli.replay.serving import Server
    from hippo_common import console

    with Server(film, study, user, port) as server:
        console.say(f"The game of {user} at {server.address}")
        console.note("Ctrl-C ends it.", "quiet")
        if has_screen():
            webbrowser.open(server.address)
        try:
            with ending_on_sigterm():
                server.serve_forever()
        except KeyboardInterrupt:
            console.note("", "quiet")


def _as_json(film: Film, study: str, user: str) -> dict[str, object]:
    from hippo_cli.replay.words import verdict

    kept = ("block", "episode", "attempt", "seed", "began", "ended", "compared", "difference", "fault")
    episodes = [
        {**{name: each[name] for name in kept}, "steps": max(0, len(each["moments"]) - 1), "verdict": verdict(each)}
        for each in film.episodes
    ]
    return {
        "study": study,
        "participant": user,
        "same": film.is_same,
        "versions": film.report["versions"],
        "episodes": episodes,
    }
