"""`hippo`, the researcher's command: checks, publishes and watches studies, and reads their data.

    main           the program: one table of commands, each loaded when it is used
    commands       one thin module per command: read the options, call one function, show the result
    options        arguments and options that several commands share
    deployment     where a deployment's parts are
    memory_bucket  a bucket in memory, for the preview
    study          a study on disk: its config.yml with line numbers, its pages, its faults
    preview        the local server that shows a study's pages
    publish        a study on a deployment: published, changed, rolled back
    servers        participants' servers
    data           a study's data

The rules of studies, records and sessions are those of `hippo_gym`, the functions' own code; none is written twice.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

__version__: Final = version("hippo-gym-aws")
"""The version in pyproject.toml, as the installed package records it."""
