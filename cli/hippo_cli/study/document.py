"""Reads config.yml with the line of each value.

PyYAML composes nodes with their places. This module turns them into plain values of JSON's types,
because the function gets JSON. Values that only YAML has (dates, infinities) stay text.

 parse      bytes → Document: the value, the place of each key and value, and the faults of the YAML
 _Reader    walks the nodes once, and finds repeated keys
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from hippo_cli.study.findings import Finding, Place, Severity
from hippo_common import reading
from hippo_common.reading import LARGEST_YAML, TooMuchYaml, YamlLoader

_KNOWN_TAGS: Final = "tag:yaml.org,2002:"
_UNKNOWN_TAG: Final = "could not determine a constructor for the tag"

_YAML_ERRORS: Final = (
    (r"character '\t'", "a tab where only spaces are allowed", "Indent with spaces; most editors can convert tabs."),
    (
        "mapping values are not allowed",
        "a second ':' in one line, or a line that is indented too far",
        "Put the text in quotes if it contains ': '; else check the indentation of this line and of the one above.",
    ),
    ("could not find expected ':'", "a key without its ':'", "Write `key: value`, with a space after the ':'."),
    ("another document", "a second document begins at '---'", "Keep one; delete the '---' and the other."),
    ("for merging", "'<<' merges a mapping, and this value is not one", "Write the keys out instead."),
    ("expected ',' or", "a quote or bracket without its closing one", "Close it."),
    (
        "but found",
        "a line that does not fit the lines above",
        "Check its indentation: keys of one level begin in the same column.",
    ),
    ("undefined alias", "a '*' begins a reference to something that does not exist", "Put the text in quotes."),
    ("cannot start any token", "a character that YAML text must not begin with", "Put the text in quotes."),
    ("found unexpected end of stream", "a quote or bracket without its closing one", "Close it."),
    (_UNKNOWN_TAG, "a '!' begins the name of an unknown type", "Put it in quotes."),
)


@dataclass
class Document:
    """A config.yml.

    Attributes:
        file: its name.
        value: its content, of JSON's types; keys are text. None if it cannot be read.
        keys, values: path → place of the key or value. Paths are those of
            `hippo_gym.runtime.schemas.Fault`.
        written: path → the source text of a value that was not read as text.
        findings: the faults of the YAML.
    """

    file: str
    value: Any = None
    keys: dict[str, Place] = field(default_factory=dict)
    values: dict[str, Place] = field(default_factory=dict)
    written: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def place(self, path: str) -> Place:
        """Return the place of a value.

        If the value is missing, return the place of the nearest value around it.
        """
        while path and path not in self.values:
            path = path.rpartition(".")[0]
        return self.values.get(path) or Place(self.file)

    def key_place(self, path: str) -> Place:
        """Return the place of a key; if the key is missing, that of the value around it."""
        return self.keys.get(path) or self.place(path)


_TEXTS: Final = "project.conditions."
"""Below this path every value is read as the text that the file has."""


def below(path: str, key: str) -> str:
    """Return the path of a key, as `hippo_gym.runtime.schemas` writes it."""
    name = key or '""'
    return f"{path}.{name}" if path else name


def parse(content: bytes, file: str) -> Document:
    """Read a config.yml.

    Args:
        content: the file's content.
        file: its name, for the places.
    """
    document = Document(file)
    if len(content) > LARGEST_YAML:
        what, fix = f"the file has {len(content):,} bytes", "Put texts into pages, and data into files of their own."
        allowed = f"at most {LARGEST_YAML:,} bytes"
        document.findings.append(Finding(Severity.ERROR, "yaml-too-large", Place(file), what, fix, allowed))
        return document
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what, fix = "this is not UTF-8 text", "Save the file as UTF-8 in your editor."
        document.findings.append(Finding(Severity.ERROR, "yaml-encoding", Place(file, line), what, fix))
        return document
    try:
        document.value = _Reader(YamlLoader(text), document).read()
    except yaml.MarkedYAMLError as error:
        document.findings.append(_of_yaml(error, file))
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = Place(file, before.count("\n") + 1, error.position - before.rfind("\n"))
        what = f"a character that YAML does not allow (number {error.character!r})"
        document.findings.append(Finding(Severity.ERROR, "yaml-character", place, what, "Delete it."))
    except (RecursionError, TooMuchYaml):
        what = "references ('*') that form a circle, or expand to too many values, or values nested too deeply"
        document.findings.append(
            Finding(Severity.ERROR, "yaml-circle", Place(file), what, "Write the values out instead.")
        )
    return document


def _of_yaml(error: yaml.MarkedYAMLError, file: str) -> Finding:
    text = error.problem or error.context or "this is not YAML"
    mark = error.problem_mark or error.context_mark
    unclosed = "end of stream" in text or "scanning a quoted" in (error.context or "") or "expected ',' or" in text
    if unclosed and error.context_mark is not None:
        mark = error.context_mark
    place = Place(file) if mark is None else Place(file, mark.line + 1, mark.column + 1)
    for words, what, fix in _YAML_ERRORS:
        if words in text:
            return Finding(Severity.ERROR, "yaml-syntax", place, what, fix)
    return Finding(Severity.ERROR, "yaml-syntax", place, text, "Check this line and the one above it.")


class _Reader:
    """Turns a document's nodes into plain values, and records their places."""

    def __init__(self, loader: YamlLoader, document: Document) -> None:
        self._loader = loader
        self._document = document
        self._left = reading.MAX_NODES

    def read(self) -> Any:
        node = self._loader.get_single_node()
        return None if node is None else self._value(node, "")

    def _value(self, node: yaml.Node, path: str) -> Any:
        self._left -= 1
        if self._left < 0:
            raise TooMuchYaml
        self._document.values[path] = self._place(node)
        if not node.tag.startswith(_KNOWN_TAGS):
            raise yaml.constructor.ConstructorError(None, None, _UNKNOWN_TAG, node.start_mark)
        if isinstance(node, yaml.MappingNode):
            return {key: self._value(value, below(path, key)) for key, value in self._items(node, path)}
        if isinstance(node, yaml.SequenceNode):
            return [self._value(value, f"{path}[{index}]") for index, value in enumerate(node.value)]
        value = reading.scalar(self._loader, node)
        if isinstance(value, bool | int | float) and path.startswith(_TEXTS):
            return str(node.value)  # YAML 1.1 reads on, off, yes and no as true and false
        if not isinstance(value, str):
            self._document.written[path] = node.value
        self._note_number(node, value, path, is_key=False)
        return value

    def _note_number(self, node: yaml.Node, value: Any, path: str, *, is_key: bool) -> None:
        """Report a number that YAML 1.1 does not read as people do: 060 is 48, and 1:30 is 90."""
        text = str(node.value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return
        octal = re.fullmatch(r"[-+]?0[0-7_]+", text) is not None and int(text.replace("_", "")) != value
        if not octal and ":" not in text:
            return
        name = "the key" if is_key else "this"
        plain = str(int(text.replace("_", ""))) if octal else None
        what = f"{name} is read as the number {value}: {text} is {'octal' if octal else 'in base 60'} in YAML"
        fix = f"Write {plain}." if plain else f"Write {value}, if you mean that number; else put it in quotes."
        self._document.findings.append(
            Finding(Severity.ERROR, "yaml-number", self._place(node), what, fix, where=path or None)
        )

    def _items(self, node: yaml.MappingNode, path: str) -> Iterator[tuple[str, yaml.Node]]:
        """Yield a mapping's keys and values.

        Yield only the last value of a repeated key, as YAML readers do.
        """
        self._note_repeated(node, path)
        self._loader.flatten_mapping(node)
        for key_node, value_node in {self._key(key): (key, value) for key, value in node.value}.values():
            key = self._key(key_node)
            self._document.keys[below(path, key)] = self._place(key_node)
            self._note_number(key_node, self._loaded(key_node), below(path, key), is_key=True)
            yield key, value_node

    def _note_repeated(self, node: yaml.MappingNode, path: str) -> None:
        first: dict[str, Place] = {}
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key, place = self._key(key_node), self._place(key_node)
            if key in first:
                what = f"{key!r} is repeated: line {first[key].line} has it, too, and only this line counts"
                fix = "Delete one of the two lines."
                where = below(path, key)
                self._document.findings.append(
                    Finding(Severity.WARNING, "key-twice", place, what, fix, "each key once", where)
                )
            first[key] = place

    def _key(self, node: yaml.Node) -> str:
        """Return a key as JSON has it: a number in its plain form, anything else unchanged."""
        if not isinstance(node, yaml.ScalarNode):
            raise yaml.constructor.ConstructorError(None, None, "a key must be plain text or a number", node.start_mark)
        value = reading.scalar(self._loader, node)
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else str(node.value)

    def _loaded(self, node: yaml.Node) -> Any:
        return reading.scalar(self._loader, node) if isinstance(node, yaml.ScalarNode) else None

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._document.file, node.start_mark.line + 1, node.start_mark.column + 1)
