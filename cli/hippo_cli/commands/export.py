"""`hippo export`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hippo_cli.options import DEFAULT_DEPLOYMENT, AsJson, DeploymentName, ProjectId

if TYPE_CHECKING:
    from hippo_cli.data.exporting import Exported, Wanted

Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FOLDER",
        help="The folder to write to. Default: ID-export.",
        show_default=False,
        file_okay=False,
    ),
]
Form = Annotated[
    Literal["csv", "excel", "jsonl", "parquet", "hippo", "minari", "d3rlpy", "imitation"],
    typer.Option(
        "--format",
        "-f",
        help=(
            "The file format; excel is CSV that Excel opens; hippo means one JSON file for each participant; minari, "
            "d3rlpy and imitation write the games as data sets of these libraries, and tables as CSV."
        ),
    ),
]
Every = Annotated[
    bool,
    typer.Option(
        "--all", help="Include answers that were sent twice, too late, or on the final step (accepted: false)."
    ),
]
WithHeaders = Annotated[
    bool,
    typer.Option(
        "--with-headers", help="Include data about participants' browsers and networks, such as IP addresses."
    ),
]


Games = Annotated[
    bool, typer.Option("--games", help="Write what happened in the games, too: steps, episodes and feedback.")
]


def command(
    project_id: ProjectId,
    output: Output = None,
    form: Form = "csv",
    every: Every = False,
    with_headers: WithHeaders = False,
    games: Games = False,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
    as_json: AsJson = False,
) -> None:
    r"""Export a study's answers and participants as files.

    Writes two tables: one row for each field of each answer, and one row for each participant. The
    file about.json beside them describes every column. A later run fetches only new and changed
    records, also after an interruption.

    A study with `compare` steps has a third table, preferences: one row for each pair of clips that a
    participant was shown.

    In CSV files, a text that a spreadsheet would run as a formula has a single quote before it;
    about.json gives the pattern to remove it. JSON Lines and Parquet hold every text unchanged.

    With --games, the tables steps, episodes and feedback hold what happened in the games, and the
    folder Trials keeps the records that were fetched. A row of steps is a whole transition:
    observation, action, who chose it, reward, and the next observation.

    -f minari, d3rlpy and imitation write the episodes whose record is whole, into a folder of that name,
    one data set for each block; they imply --games. The message says how many were left out, and why.

    Without --with-headers, the files hold no data about participants' browsers and networks. With
    it, the files of -f hippo are byte for byte the stored records.

    \b
    Examples:
      hippo export grid_world                       grid_world-export/answers.csv, participants.csv
      hippo export grid_world -f excel              CSV files that Excel opens
      hippo export grid_world -f parquet -o data    Parquet files in data/
      hippo export grid_world --games -f parquet    steps.parquet, episodes.parquet, feedback.parquet, too
      hippo export grid_world -f minari             data sets that minari.load_dataset opens, in minari/
      hippo export grid_world -f hippo              one JSON file for each participant, in Users/
    """
    from datetime import UTC, datetime

    from hippo_cli.data.exporting import Wanted, export
    from hippo_cli.data.files import Format
    from hippo_cli.data.studies import check_id
    from hippo_cli.deployment import connect
    from hippo_common import console

    check_id(project_id)
    if games and form == "hippo":
        raise typer.BadParameter("--games writes tables: use -f csv, excel, jsonl or parquet, not hippo.")
    wanted = Wanted(project_id, output or Path(f"{project_id}-export"), Format(form), every, with_headers, games)
    found = connect(deployment)
    try:
        done = export(found.client("s3"), found.bucket, wanted, datetime.now(UTC), console.progress)
    except KeyboardInterrupt:
        console.note(f"Interrupted. {wanted.folder} keeps the fetched records: run the command again to continue.")
        raise
    if as_json:
        _print(wanted, done)
    else:
        _show(wanted, done)


def _print(wanted: Wanted, done: Exported) -> None:
    from dataclasses import asdict

    from hippo_common import console

    console.print_json({"study": wanted.project_id, "folder": str(wanted.folder), **asdict(done)})


def _show(wanted: Wanted, done: Exported) -> None:
    from hippo_common import console
    from hippo_common.words import count

    for name, rows in done.files.items():
        what = "record" if name.endswith("/") else "row"
        console.say(f"{wanted.folder / name}  {count(rows, what)}")
    counts = [count(done.participants, "participant")]
    if not any(name.endswith("/") for name in done.files):
        counts.append(count(done.answers, "answer"))
    new = "no new or changed records" if done.fetched == 0 else f"{count(done.fetched, 'record')} fetched"
    console.note(f"{', '.join(counts)}; {new}.")
    if done.gone:
        are = "is" if done.gone == 1 else "are"
        gone = f"{count(done.gone, 'participant')} of the earlier export {are} no longer in the study"
        console.note(f"{gone} and in these files.")
    for problem in done.problems:
        console.warn(problem)
    for key, why in done.unreadable.items():
        console.warn(f"{key} was skipped: {why}. Show this to your infra team.")
