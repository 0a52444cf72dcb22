"""Runs a command that dies with its parent: `python -I -S child.py <parent pid> <command…>`.

Linux's PR_SET_PDEATHSIG must be set in the child itself, and calling it from subprocess's
`preexec_fn` is not safe in a process with threads; so this small program sets it and becomes the
command. On other systems it only becomes the command, and the next start removes processes left
behind. Standard library only, because it runs isolated.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Request a SIGKILL at the parent's death, then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent ended before the request
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 - the command comes from our own stand-in


if __name__ == "__main__":
    main()
