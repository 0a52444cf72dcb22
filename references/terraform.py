"""The variables and outputs of the Terraform root, and those of each module in its README."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from references import hcl, markdown
from references.hcl import Block

_LONGEST: Final = 60
"""Characters of a type or default that still stands in a table; a longer one gets a block of its own."""


def page(folder: Path) -> str:
    """Return docs/reference/terraform.md."""
    variables, outputs = _of(folder, "variable"), _of(folder, "output")
    parts = [
        markdown.notice("terraform/variables.tf and terraform/outputs.tf"),
        "# Terraform: settings and outputs\n",
        "Settings go into `terraform/environments/<ENV>.tfvars`; "
        "[example.tfvars](../../terraform/environments/example.tfvars) shows the ones that people change, and "
        "[terraform/examples](../../terraform/examples/README.md) holds complete files to copy. "
        "[deploy.md](../deploy.md) explains how they work together. "
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
    """Return path -> text of each module's README, with its inputs and outputs as they are now.

    Raises:
        ValueError: a module has no README, or its README lacks the markers.
    """
    made = {}
    for name in _modules(folder):
        path = folder / "modules" / name / "README.md"
        if not path.is_file():
            raise ValueError(f"{path} is missing: write the module's purpose, a use and the markers of the others")
        try:
            made[path] = markdown.with_section(path.read_text(encoding="utf-8"), "interface", _interface(path.parent))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
    return made


def _interface(folder: Path) -> str:
    variables, outputs = _of(folder, "variable"), _of(folder, "output")
    return "\n".join(
        (
            "<!-- Made from variables.tf and outputs.tf by `make references`. -->",
            "## Inputs\n",
            _inputs(variables) if variables else "None.\n",
            "## Outputs\n",
            _outputs(outputs) if outputs else "None.\n",
        )
    )


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
    """Return HCL for a table's cell: whole if it is short, else what it is."""
    if "\n" not in written and len(written) <= _LONGEST:
        return f"`{written}`"
    return f"`{written.split('(')[0]}(…)`" if "(" in written.split("\n")[0] else "see variables.tf"
