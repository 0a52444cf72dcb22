"""Findings on the terminal, and as JSON."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from hippo_cli.study.findings import Finding, Severity
from hippo_cli.study.study import Study
from hippo_common import console
from hippo_common.console import Cell, Style

JSON_VERSION: Final = 1  # `version` of the object that `hippo validate --json` prints
_STYLES: Final[Mapping[Severity, Style]] = {Severity.ERROR: "bad", Severity.WARNING: "warn"}
_WIDTH: Final = 110


def show(study: Study) -> None:
    """Write a study's faults to standard error, as `file:line:column:` for editors and CI."""
    for finding in study.findings:
        _show(finding, _from_here(study.folder))


def summary(study: Study) -> str:
    """Return the numbers of errors and warnings as a short text."""
    errors, warnings = len(study.errors), len(study.warnings)
    counted = ", ".join(
        f"{count} {word}{'s' * (count != 1)}" for count, word in ((errors, "error"), (warnings, "warning")) if count
    )
    return counted or "no faults"


def as_json(study: Study) -> dict[str, Any]:
    """Return a study's findings as the object that --json prints. Later versions only add keys.

    `version` (1), `id` (null if it cannot be read), `config`, `valid`, `errors`, `warnings`
    (numbers) and `findings`, each with `severity` (error or warning), `code`, `file` (below the
    study's folder), `line`, `column`, `where` (the key of config.yml, or null), `what`, `allowed`
    (or null) and `fix`.
    """
    return {
        "version": JSON_VERSION,
        "id": study.id or None,
        "config": str(study.config),
        "valid": study.is_valid,
        "errors": len(study.errors),
        "warnings": len(study.warnings),
        "findings": [finding_as_json(finding) for finding in study.findings],
    }


def finding_as_json(finding: Finding) -> dict[str, Any]:
    """Return one finding as the object that --json prints."""
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "where": finding.where,
        "what": finding.what,
        "allowed": finding.allowed,
        "fix": finding.fix,
    }


def _show(finding: Finding, folder: Path) -> None:
    file = folder / finding.file
    severity: Cell = (f"{finding.severity.value}:", _STYLES[finding.severity])
    console.note((f"{file}:{finding.line}:{finding.column}: ", severity, f" {finding.what} [{finding.code}]"))
    if finding.allowed:
        _indented("allowed: ", finding.allowed)
    _indented("to do:   ", finding.fix)


def _indented(label: str, text: str) -> None:
    wrapped = textwrap.wrap(text, _WIDTH, initial_indent=f"    {label}", subsequent_indent=" " * (4 + len(label)))
    for line in wrapped:
        console.note(line)


def _from_here(folder: Path) -> Path:
    """Return a folder relative to the working directory, if it is below it."""
    try:
        return folder.resolve().relative_to(Path.cwd())
    except ValueError:
        return folder if not folder.is_absolute() else Path(os.path.abspath(folder))  # noqa: PTH100
