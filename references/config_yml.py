"""The keys of config.yml, from the schema of a project's entry and that of a game."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from references import markdown

_SET_BY_REGISTRATION: Final = ("version", "assets", "updatedAt", "updatedBy", "groupsBy")
_NAMES: Final = {"team_members": "teamMembers"}
"""Key of an entry -> key of config.yml, where they differ."""

_ELSEWHERE: Final = ("ecsTask", "bucket")
"""Keys of an entry that config.yml does not need, because `id` and `awsSetup` imply them."""

_AWS_SETUP: Final = """\
`project` may also have a [`game`](#game) and [`compare`](#compare), and the keys of older files, which
[compatibility-with-hippo-gym.md](../compatibility-with-hippo-gym.md#configyml) describes. New
studies need one of these:

- `awsSetup.cpu` and `awsSetup.memory`: size of the server in vCPU and GB, if `hippo submit` registers
  the task definition.
- `awsSetup.allowInImage`: list of files that look like secrets and may be in the image, by their
  paths in the build context. Without it, `hippo submit` refuses them.
- `ecsTask`: family of your own task definition, optionally with `:revision`. The default is the
  study's `id`.

A mapping `trial` beside `project` belongs to the study's container; this project does not read it.
"""


_GAME: Final = """\
## game

The game that hippo_play serves: a mapping with these keys, or a list of such mappings, each with a
`name`, which are the blocks of several game steps. It has either `env` or `file`. The image holds
it; the list of studies does not. The schema:
[game.schema.json](../../play/hippo_play/game.schema.json).
"""

_COMPARE: Final = """\
## compare

Pairs of clips that the steps `compare` show, with these keys.
[write-a-study.md](../write-a-study.md#comparing-clips) shows an example. `hippo` writes the pages of
these steps; the list of studies names only the pages.
"""


def page(folder: Path, game: Path) -> str:
    """Return docs/reference/config-yml.md.

    Args:
        folder: with the schemas of what is stored.
        game: hippo_play's schema of the key `game`.
    """
    schema = json.loads((folder / "project.schema.json").read_text(encoding="utf-8"))
    keys = {
        _NAMES.get(name, name): rule
        for name, rule in schema["properties"].items()
        if name not in (*_SET_BY_REGISTRATION, *_ELSEWHERE)
    }
    required = {_NAMES.get(name, name) for name in schema["required"]}
    shared = _shared(folder)
    parts = [
        markdown.notice("schemas/project.schema.json and play/hippo_play/game.schema.json"),
        "# config.yml\n",
        "The keys of the mapping `project`. [run-a-study.md](../run-a-study.md) explains them one after the other; "
        "`hippo validate` checks a file and names each error with its line. The schema: "
        "[project.schema.json](../../schemas/project.schema.json).\n",
        markdown.table(
            ("Key", "Type", "Required"),
            (
                (f"[`{name}`](#{name.lower()})", _kind(rule), "yes" if name in required else "no")
                for name, rule in keys.items()
            ),
        ),
        _AWS_SETUP,
        *_of_game(game),
        _COMPARE,
        markdown.table(
            ("Key within it", "Type", "Meaning"),
            (
                (f"`{name}`", _kind(rule), _meaning(rule, shared))
                for name, rule in schema["$defs"]["compare"]["properties"].items()
            ),
        ),
    ]
    for name, rule in keys.items():
        parts.append(f"## {name}\n")
        parts.append("\n".join(_described(rule, shared)))
    return "\n".join(parts).rstrip() + "\n"


def _of_game(path: Path) -> Iterator[str]:
    yield _GAME
    keys = json.loads(path.read_text(encoding="utf-8"))["$defs"]["block"]["properties"]
    rows = [(f"`{name}`", _kind(rule), _meaning(rule, {})) for name, rule in keys.items()]
    yield markdown.table(("Key within it", "Type", "Meaning"), rows)


def _shared(folder: Path) -> dict[str, Mapping[str, Any]]:
    """Return the definitions to which other schemas refer: URI -> rule."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(folder.glob("*.schema.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        found |= {f"{schema['$id']}#/$defs/{name}": rule for name, rule in schema.get("$defs", {}).items()}
    return found


def _described(rule: Mapping[str, Any], shared: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    whole = dict(shared.get(rule.get("$ref", ""), {})) | dict(rule)
    yield f"{_sentence(whole['description'])}\n"
    rows = [(f"`{name}`", _kind(each), _meaning(each, shared)) for name, each in whole.get("properties", {}).items()]
    inner = whole.get("additionalProperties")
    if isinstance(inner, dict) and "properties" in inner:
        rows += [
            (f"`<name>.{name}`", _kind(each), _meaning(each, shared)) for name, each in inner["properties"].items()
        ]
    if rows:
        yield markdown.table(("Key within it", "Type", "Meaning"), rows)
    if "default" in whole:
        yield f"Default: `{json.dumps(whole['default'])}`\n"
    examples = whole.get("examples", [])
    if examples:
        shown = ", ".join(f"`{json.dumps(example, ensure_ascii=False)}`" for example in examples)
        yield f"{'Examples' if len(examples) > 1 else 'Example'}: {shown}\n"


def _meaning(rule: Mapping[str, Any], shared: Mapping[str, Mapping[str, Any]]) -> str:
    found: str = (dict(shared.get(rule.get("$ref", ""), {})) | dict(rule)).get("description", "")
    return _sentence(found)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if not text or text.endswith(".") else ".")


def _kind(rule: Mapping[str, Any]) -> str:
    if "enum" in rule:
        return ", ".join(f"`{each}`" for each in rule["enum"])
    for choice in ("oneOf", "anyOf"):
        if choice in rule:
            return " or ".join(_kind(each) for each in rule[choice])
    kinds = rule.get("type", "string" if "$ref" in rule else "any")
    return " or ".join([kinds] if isinstance(kinds, str) else kinds)
