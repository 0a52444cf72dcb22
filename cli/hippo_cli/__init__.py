"""`hippo`, the researcher's command: studies written, checked, published, watched and read back.

    main          the program: one table of commands, each loaded when it is asked for
    commands      one thin module a command: read the options, call one function, show what came back
    console       all that is written to the terminal       options   what several commands have in common
    errors        what ends a command, told to a researcher
    study         a study on disk: its config.yml with line numbers, its pages, what is wrong with them
    preview       the local server that shows a study's pages
    deployment    where a deployment's parts are; publish, data and live do the work on AWS

The rules of studies, records and sessions are those of `hippo_gym`, the functions' own code: nothing is judged twice.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

__version__: Final = version("hippo-gym-aws")
"""The version in pyproject.toml, as the installed package records it."""
