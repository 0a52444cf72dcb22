"""`hippo`, the researcher's program: checks, publishes and watches studies, and reads their data.

    main           the program: a table of commands, each imported when it is used
    commands       one thin module per command: read the options, call one function, show the result
    options        arguments and options that several commands share
    deployment     finds a deployment and the names of its AWS resources
    memory_bucket  a projects bucket in memory, for the preview
    carried        the copy of hippo_play that `hippo` carries
    participant_page  the participant page, and the list of what it keeps of a study's HTML
    new_study      writes the files of a new study
    study          reads a study on disk: config.yml with line numbers, pages, faults
    rehearsal      sends simulated participants through a study
    preview        serves a study on this machine, with its game
    game           runs a study's game, and packs it for an image
    replay         plays a participant's game again, and compares it with its record
    publish        publishes, changes and rolls back a study on a deployment
    servers        lists and stops participants' servers, and shows their logs
    data           exports, reports on and removes a study's data

The rules of studies, records and sessions come from `hippo_gym`, the code of the Lambda functions.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

__version__: Final = version("hippo-gym-aws")
"""The version in pyproject.toml, as the installed package records it."""
