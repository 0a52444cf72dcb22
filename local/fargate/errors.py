"""ECS errors."""

from __future__ import annotations

from typing import Any


class EcsError(Exception):
    """An ECS error answer: code, message, and further members of the error's shape."""

    def __init__(self, code: str, message: str, **members: Any) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.members = members
