"""Arguments and options that several commands share: one name, one help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import typer

DEFAULT_DEPLOYMENT: Final = "HIPPO_Gym"
DEFAULT_CONFIG: Final = Path("config.yml")

Config = Annotated[
    Path,
    typer.Argument(
        metavar="CONFIG",
        help="The study: its config.yml, or the folder with it. Default: ./config.yml.",
        show_default=False,
    ),
]
"""`config: Config = DEFAULT_CONFIG`"""

ProjectId = Annotated[str, typer.Argument(metavar="ID", help="The study's id, as in its config.yml.")]

UserId = Annotated[str, typer.Argument(metavar="USER", help="The participant's id.")]

DeploymentName = Annotated[
    str,
    typer.Option(
        "--deployment",
        "-d",
        metavar="NAME",
        envvar="HIPPO_DEPLOYMENT",
        help="The deployment of HIPPO Gym to use.",
    ),
]
"""`deployment: DeploymentName = DEFAULT_DEPLOYMENT`"""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
"""`as_json: AsJson = False`"""

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Answer yes to the question, without asking.")]
"""`yes: Yes = False`"""

PythonOption = Annotated[
    Path | None,
    typer.Option(
        "--python",
        metavar="PATH",
        help="The Python that runs the game. Default: .venv in the study's folder, else hippo's own.",
        show_default=False,
    ),
]
"""`python: PythonOption = None`"""
