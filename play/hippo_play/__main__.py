"""Run a game: `python -m hippo_play game.py | ENV_ID | config.yml`.

Exit status: 0; 1 if `--check` or `--replay` finds a fault; 2 if the server cannot start.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from . import checking, filming, loading, serving
from .blocks import Block
from .environments import World
from .game import GameError
from .recording import replay as replaying
from .settings import conditions


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return the exit status."""
    parser = argparse.ArgumentParser(prog="hippo_play", description="Serve a game to a participant's browser.")
    parser.add_argument("target", metavar="TARGET", nargs="?", help="game.py, an id of gymnasium's, or config.yml")
    parser.add_argument("--port", type=int, help="port to listen on (HIPPO_LISTEN_PORT, HIPPO_PORT, PORT, or 5000)")
    parser.add_argument("--host", help="address to listen on (HIPPO_LISTEN_ADDRESS, or all)")
    parser.add_argument("--check", action="store_true", help="try the game out and say what is wrong")
    parser.add_argument("--json", action="store_true", help="with --check or --replay: one JSON object")
    parser.add_argument("--replay", metavar="RECORD", help="play a record again, and compare the observations")
    parser.add_argument("--to", metavar="FOLDER", type=Path, help="with --replay: write pictures and a time line there")
    parser.add_argument("--no-pictures", action="store_true", help="with --to: compare only")
    parser.add_argument("--episode", type=int, help="with --to: the episode of this number")
    parser.add_argument("--block", help="with --to: the block of this name")
    parser.add_argument("--tolerance", type=float, default=0.0, help="with --to: by how much numbers may differ")
    parser.add_argument("--classic", metavar="APP", help="serve an App folder of the original framework, unchanged")
    args = parser.parse_args(argv)
    if (args.target is None) == (args.classic is None):
        parser.error("name a game.py, an id of gymnasium's such as CartPole-v1, or a study's config.yml")
    if not args.check and args.replay is None:
        serving.set_up_log()
    try:
        blocks = _classic(args.classic) if args.classic else loading.load(args.target)
    except GameError as error:
        return _refuse(error, as_json=args.json and args.check)
    if args.check:
        report = checking.check(blocks, conditions())
        _print([json.dumps(report.as_json())] if args.json else report.lines())
        return 0 if report.ok else 1
    if args.replay is not None:
        if args.to is not None:
            wanted = filming.Wanted(args.episode, args.block, not args.no_pictures, args.tolerance)
            return _film(blocks, Path(args.replay), args.to, wanted)
        return _replay(blocks, Path(args.replay), as_json=args.json)
    return serving.serve_blocks(blocks, host=args.host, port=args.port)


def _print(lines: Iterable[str]) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _refuse(error: GameError, *, as_json: bool) -> int:
    """Print what is wrong with a target; with `--check --json` as its report."""
    if as_json:
        _print([json.dumps(checking.Report(list(error.problems)).as_json())])
        return 1
    sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
    return 2


def _classic(folder: str) -> Sequence[Block]:
    from . import classic  # most games do without

    return classic.load(Path(folder))


def _replay(blocks: Sequence[Block], path: Path, *, as_json: bool) -> int:
    """Play a record again, block by block; return the exit status."""
    try:
        events = replaying.read(path)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    results = {}
    for block in blocks:
        world = World(block.game)
        mine = [event for event in events if event.get("block", block.game.name) == block.game.name]
        try:
            results[block.game.name] = replaying.replay(mine, world)
        except Exception as error:  # noqa: BLE001 - of another environment, or another version
            sys.stderr.write(
                f"{block.game.name}: the record does not fit {world.name}: {type(error).__name__}: {error}\n"
            )
            return 1
        finally:
            world.close()
    if as_json:
        _print([json.dumps({name: vars(result) for name, result in results.items()})])
    for name, result in results.items() if not as_json else ():
        same = "the same as in the record" if not result.differences else f"{len(result.differences)} differences"
        _print([f"{name}: {result.episodes} episodes, {result.steps} steps, score {result.score}: {same}"])
        _print(result.differences[:10])
    return 1 if any(result.differences for result in results.values()) else 0


def _film(blocks: Sequence[Block], path: Path, folder: Path, wanted: filming.Wanted) -> int:
    """Play a record again with pictures; return the exit status. Prints how far it is: `step N of N`."""
    try:
        events = replaying.read(path)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2

    def progress(done: int, of: int) -> None:
        if done % 50 == 0 or done == of:
            _print([f"step {done} of {of}"])

    try:
        report = filming.film(events, blocks, folder, wanted, progress)
    except GameError as error:
        return _refuse(error, as_json=False)
    return 1 if any(each["difference"] or each["fault"] for each in report["episodes"]) else 0


if __name__ == "__main__":
    sys.exit(main())
