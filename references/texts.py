"""The texts that participants read: a page for researchers, and the list that registration checks `texts` by.

The sources are the English catalogues: `frontend/texts/` and `handlers/hippo_gym/participants/texts/`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from references import markdown

_PAGE: Final = ("first.js", "en.js", "en_later.js", "en_device.js")

_INTRO: Final = """\
# Texts

What participants read besides the study's own pages. `texts` in config.yml replaces a text by its
key ([write-a-study.md](../write-a-study.md#language-and-words)):

```yaml
project:
  language: de
  texts:
    submit: Weiter
    waitTitle: Das Spiel wird vorbereitet
```

A text is plain text: HTML is shown as it is written. `{name}` is a placeholder, which the page fills
in. A text with a `count` has several forms, by the plural categories of its language (`one` and
`other` in English and German); one text in their place is used for every count.
"""


def catalogue(root: Path) -> dict[str, str | dict[str, str]]:
    """Return the English texts by key, the page's first.

    Raises:
        ValueError: a catalogue cannot be read.
    """
    found: dict[str, str | dict[str, str]] = {}
    for name in _PAGE:
        text = (root / "frontend" / "texts" / name).read_text(encoding="utf-8")
        body = re.search(r"^(?:export const TEXTS|globalThis\.hippoTexts) = (\{.*?^\})", text, re.MULTILINE | re.DOTALL)
        if body is None:
            raise ValueError(f"frontend/texts/{name}: no JSON after the equals sign")
        read = json.loads(body[1])
        found |= read["en"] if name == "first.js" else read
    api = root / "handlers" / "hippo_gym" / "participants" / "texts" / "en.json"
    found |= json.loads(api.read_text(encoding="utf-8"))["texts"]
    return found


def listed(root: Path) -> str:
    """Return handlers/hippo_gym/studies/texts.json: the languages, and key → placeholders."""
    keys = {key: sorted(_placeholders(text)) for key, text in catalogue(root).items()}
    names = (path.stem for path in (root / "frontend" / "texts").glob("*.js"))
    languages = sorted(name for name in names if name != "first" and "_" not in name)
    lines = [f"    {json.dumps(key)}: {json.dumps(names)}" for key, names in keys.items()]
    return f'{{\n  "languages": {json.dumps(languages)},\n  "texts": {{\n' + ",\n".join(lines) + "\n  }\n}\n"


def page(root: Path) -> str:
    """Return docs/reference/texts.md."""
    found = catalogue(root)
    of_page = {key: text for key, text in found.items() if not key.startswith("notice.")}
    of_api = {key: text for key, text in found.items() if key.startswith("notice.")}
    return "\n".join(
        [
            markdown.notice("frontend/texts and handlers/hippo_gym/participants/texts"),
            _INTRO,
            "## Of the page\n",
            _table(of_page),
            "## Of the API's pages\n",
            "The page shows them, and so do the clients of the original system.\n",
            _table(of_api),
        ]
    )


def _placeholders(text: str | Mapping[str, str]) -> set[str]:
    forms = [text] if isinstance(text, str) else text.values()
    return {name for form in forms for name in re.findall(r"\{(\w+)\}", form)}


def _table(texts: Mapping[str, str | Mapping[str, str]]) -> str:
    rows = [[f"`{key}`", text if isinstance(text, str) else text["other"]] for key, text in texts.items()]
    return markdown.table(["Key", "English"], rows) + "\n"
