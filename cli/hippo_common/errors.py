"""What ends a command: told to a researcher, with what to do about it."""

from __future__ import annotations

from typing import Final

REFUSED: Final = 1
WRONG_USE: Final = 2
INTERRUPTED: Final = 130


class HippoError(Exception):
    """Something that the researcher has to know or to mend before the command can do its work.

    Attributes:
        message: what is wrong, and where.
        fix: what to do about it, a sentence or several; None if the message says it all.
        exit_status: what the program ends with: 1 refused or failed, 2 wrong use.
    """

    def __init__(self, message: str, fix: str | None = None, exit_status: int = REFUSED) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.exit_status = exit_status
