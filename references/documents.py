"""All generated documents, as the sources require them."""

from __future__ import annotations

from pathlib import Path

from references import commands, config_yml, cost, decisions, http_api, pictures, sdk_models, terraform, texts


def documents(root: Path) -> dict[Path, str]:
    """Return path -> text of every generated document below `root`.

    Returns a partly generated document whole: new text between its markers, the rest unchanged.

    Raises:
        ValueError: a source cannot be read, or a document lacks its markers.
    """
    reference = root / "docs" / "reference"
    made = {
        reference / "http-api.md": http_api.page(root / "schemas"),
        reference / "hippo-cli.md": commands.page(root / "Makefile"),
        reference / "config-yml.md": config_yml.page(
            root / "schemas", root / "play" / "hippo_play" / "game.schema.json"
        ),
        reference / "terraform.md": terraform.page(root / "terraform"),
        reference / "texts.md": texts.page(root),
        root / "handlers" / "hippo_gym" / "studies" / "texts.json": texts.listed(root),
        root / "docs" / "cost.md": cost.page(root),
        root / "docs" / "decisions" / "README.md": decisions.index(root / "docs" / "decisions"),
    }
    made |= sdk_models.files(root)
    return made | terraform.module_readmes(root / "terraform") | pictures.pages(root)
