"""The variables and outputs of the Terraform root, and those of each module in its README."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from references import hcl, markdown
from references.hcl import Block

_LONGEST: Final = 60
"""Longest type or default in a table, in characters; a longer one gets a separate block."""


def page(folder: Path) -> str:
    """Return docs/reference/terraform.md."""
    variables, outputs = _of(folder, "variable"), _of(folder, "output")
    parts = [
        markdown.notice("terraform/variables*.tf and terraform/outputs.tf"),
        "# Terraform: settings and outputs\n",
        "Settings go into `terraform/environments/<ENV>.tfvars`; "
        "[example.tfvars](../../terraform/environments/example.tfvars) shows those that people change, and "
        "[terraform/examples](../../terraform/examples/README.md) holds complete files to copy. "
        "[deploy.md](../deploy.md) explains how to combine them. "
        "`make outputs ENV=<ENV>` prints the outputs.\n",
        "## Settings\n",
        "| Setting | Required | Default |\n|---|---|---|\n" + "".join(_row(each) for each in variables),
        *(_detail(each) for each in variables),
        "## Outputs\n",
        _outputs(outputs),
        "## Modules\n",
        "Each module has a README with its purpose, a use, inputs and outputs.\n",
        "".join(f"- [{name}](../../terraform/modules/{name}/README.md)\n" for name in _modules(folder)),
    ]
    return "\n".join(parts)


def module_readmes(folder: Path) -> dict[Path, str]:
    """Return path -> text of each module's README, with its current use, inputs and outputs.

    A new README begins with the comment at the top of the module's main.tf.

    Raises:
        ValueError: a README lacks the markers.
    """
    made = {}
    for name in _modules(folder):
        path = folder / "modules" / name / "README.md"
        document = path.read_text(encoding="utf-8") if path.is_file() else _begun(path.parent)
        try:
            made[path] = markdown.with_section(document, "interface", _interface(folder, name))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
    return made


def _begun(folder: Path) -> str:
    comment = itertools.takewhile(
        lambda line: line.startswith("#"), (folder / "main.tf").read_text(encoding="utf-8").splitlines()
    )
    purpose = "\n".join(line.removeprefix("#").strip() for line in comment)
    return f"# {folder.name}\n\n{purpose}\n\n<!-- begin interface -->\n<!-- end interface -->\n"


def _interface(root: Path, name: str) -> str:
    folder = root / "modules" / name
    variables, outputs = _of(folder, "variable"), _of(folder, "output")
    file, use = _use(root, name)
    return "\n".join(
        (
            "<!-- Made from the .tf files by `make references`. -->",
            "## Use\n",
            f"As {file} uses it:\n",
            f"```hcl\n{use}\n```\n",
            "## Inputs\n",
            _inputs(variables) if variables else "None.\n",
            "## Outputs\n",
            _outputs(outputs) if outputs else "None.\n",
        )
    )


def _use(root: Path, name: str) -> tuple[str, str]:
    """Return the file in which a root uses a module, and the block.

    Raises:
        ValueError: no root uses it.
    """
    source = re.compile(r'^  source += "[^"]*/modules/' + re.escape(name) + '"$', re.MULTILINE)
    for path in sorted(root.glob("*.tf")) + sorted(root.glob("*/*.tf")):
        for block in re.findall(
            r'^module "\w+" \{\n.*?^\}$', path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        ):
            if source.search(block):
                return f"`terraform/{path.relative_to(root).as_posix()}`", block
    raise ValueError(f"no root uses the module {name}")


def _modules(folder: Path) -> list[str]:
    return sorted(path.parent.name for path in (folder / "modules").glob("*/main.tf"))


def _of(folder: Path, kind: str) -> list[Block]:
    return [block for path in sorted(folder.glob("*.tf")) for block in hcl.blocks(path) if block.kind == kind]


def _row(variable: Block) -> str:
    default = "" if variable.required else _short(variable.arguments["default"])
    return f"| [`{variable.name}`](#{variable.name}) | {'yes' if variable.required else 'no'} | {default} |\n"


def _detail(variable: Block) -> str:
    written = variable.arguments.get("type", "any")
    kind = f"Type: `{written}`" if "\n" not in written else f"Type:\n\n```hcl\n{written}\n```"
    default = "" if variable.required else variable.arguments["default"]
    shown = f"\n\nDefault:\n\n```hcl\n{default}\n```" if len(default) > _LONGEST or "\n" in default else ""
    return f"### {variable.name}\n\n{variable.description}\n\n{kind}{shown}\n"


def _inputs(variables: Iterable[Block]) -> str:
    return markdown.table(
        ("Name", "Description", "Type", "Default"),
        (
            (
                f"`{each.name}`",
                each.description,
                _short(each.arguments.get("type", "any")),
                "required" if each.required else _short(each.arguments["default"]),
            )
            for each in variables
        ),
    )


def _outputs(outputs: Iterable[Block]) -> str:
    return markdown.table(("Name", "Description"), ((f"`{each.name}`", each.description) for each in outputs))


def _short(written: str) -> str:
    """Return HCL for a table's cell: whole if it is short, else a reference to its place."""
    if "\n" not in written and len(written) <= _LONGEST:
        return f"`{written}`"
    return f"`{written.split('(')[0]}(…)`" if "(" in written.split("\n")[0] else "see variables*.tf"
