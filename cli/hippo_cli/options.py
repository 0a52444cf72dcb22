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
        help="The study: its config.yml, or the folder that holds one; ./config.yml if you name none.",
        show_default=False,
    ),
]
"""`config: Config = DEFAULT_CONFIG`"""

ProjectId = Annotated[str, typer.Argument(metavar="ID", help="The study's id, as its config.yml has it.")]

UserId = Annotated[str, typer.Argument(metavar="USER", help="The participant's id.")]

DeploymentName = Annotated[
    str,
    typer.Option(
        "--deployment",
        "-d",
        metavar="NAME",
        envvar="HIPPO_DEPLOYMENT",
        help="The deployment of HIPPO Gym to work with, if there are several.",
    ),
]
"""`deployment: DeploymentName = DEFAULT_DEPLOYMENT`"""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs to read.")]
"""`as_json: AsJson = False`"""

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask: the answer is yes.")]
"""`yes: Yes = False`"""
