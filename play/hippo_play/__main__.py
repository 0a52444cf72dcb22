"""Run a game: `python -m hippo_play game.py | ENV_ID | config.yml`.

Exit status: 0; 1 if `--check` or `--replay` finds a fault; 2 if the server cannot start.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from .game import GameError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return the exit status."""
    parser = argparse.ArgumentParser(prog="hippo_play", description="Serve a game to a participant's browser.")
    parser.add_argument("target", metavar="TARGET", nargs="?", help="game.py, an id of gymnasium's, or config.yml")
    parser.add_argument("--port", type=int, help="port to listen on (HIPPO_LISTEN_PORT, HIPPO_PORT, PORT, or 5000)")
    parser.add_argument("--host", help="address to listen on (HIPPO_LISTEN_ADDRESS, or all)")
    parser.add_argument("--check", action="store_true", help="try the game out and say what is wrong")
    parser.add_argument("--json", action="store_true", help="with --check or --replay: one JSON object")
    parser.add_argument("--replay", metavar="RECORD", help="play a record again, and compare the observations")
    args = parser.parse_args(argv)
    from . import loading, serving

    if args.target is None:
        parser.error("name a game.py, an id of gymnasium's such as CartPole-v1, or a study's config.yml")
    try:
        blocks = loading.load(args.target)
    except GameError as error:
        sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
        return 2
    return serving.serve_blocks(blocks, host=args.host, port=args.port)


if __name__ == "__main__":
    sys.exit(main())
