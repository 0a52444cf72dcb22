"""Answers whether a value is valid by a JSON schema, many times faster than jsonschema does.

jsonschema makes an object for each part of a value and resolves each `$ref` again: most of the
processor time of a participant's step went there. A check here is made once from the schema, as
nested functions. It gives no reasons: for those, and for what it cannot decide, ask jsonschema.

Every answer is jsonschema's answer for JSON Schema 2020-12; tests compare the two.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Check = Callable[[Any], bool]


class Unsure(Exception):
    """The schema, or a value, has something that this module does not decide."""


@dataclass(frozen=True)
class Place:
    """A schema in its document; resolves references as `referencing` does, which imports take longer.

    It knows the forms of reference in this project's schemas: `#/$defs/x` within a document, and a
    document's `$id`, alone or with such a pointer.

    Attributes:
        contents: the schema.
        documents: schemas by their `$id`.
        document: the `$id` that a reference without one refers to.
    """

    contents: Any
    documents: Mapping[str, Any]
    document: str = ""

    @property
    def resolver(self) -> Place:
        """Resolves references as this schema's document has them."""
        return self

    def lookup(self, reference: str) -> Place:
        """Return the schema that a reference names.

        Raises:
            KeyError: there is none.
        """
        name, _, pointer = reference.partition("#")
        document = name or self.document
        found = self.documents[document]
        for part in pointer.split("/")[1:]:
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return Place(found, self.documents, document)


def check(schema: Mapping[str, Any], resolver: Any) -> Check:
    """Make the check of a schema.

    Args:
        schema: a parsed schema; its patterns are Python's.
        resolver: for the schema's `$ref`s: a `Place`, or a resolver of `referencing`.

    Returns:
        A function that raises Unsure for a value that it cannot decide.

    Raises:
        Unsure: the schema has a keyword that is not supported.
    """
    return _Maker().make(schema, resolver, is_root=True)


_NOTES: Final = frozenset({"title", "description", "examples", "default", "$comment", "$defs", "$schema", "$id"})
"""Keywords that restrict nothing. `format` is not among them: whether it does depends on the validator."""

_TYPES: Final[dict[str, Check]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "number": lambda value: _is_number(value),
    "integer": lambda value: _is_number(value) and (isinstance(value, int) or float(value).is_integer()),
}


class _Maker:
    """Makes checks; each `$ref` once, also if it refers to itself."""

    def __init__(self) -> None:
        self._of_ref: dict[int, list[Check]] = {}

    def make(self, schema: Any, resolver: Any, *, is_root: bool = False) -> Check:
        if isinstance(schema, bool):
            return lambda _: schema
        if "$id" in schema and not is_root:
            raise Unsure("references below it start there")
        checks = []
        for keyword, rule in schema.items():
            if keyword in _NOTES or keyword in ("then", "else"):
                continue
            maker = getattr(self, "_" + keyword.removeprefix("$"), None)
            if maker is None:
                raise Unsure(keyword)
            checks.append(maker(rule, schema, resolver))
        return _all(checks)

    def _makes(self, rules: list[Any], resolver: Any) -> list[Check]:
        return [self.make(rule, resolver) for rule in rules]

    def _ref(self, rule: str, _: Any, resolver: Any) -> Check:
        found = resolver.lookup(rule)
        made = self._of_ref.get(id(found.contents))
        if made is None:
            made = self._of_ref[id(found.contents)] = []
            made.append(self.make(found.contents, found.resolver, is_root=rule.partition("#")[2] == ""))
        return made[0] if made else lambda value: made[0](value)

    # --- any value ---

    def _type(self, rule: str | list[str], *_: Any) -> Check:
        names = [rule] if isinstance(rule, str) else rule
        return _any([_TYPES[name] for name in names])

    def _const(self, rule: Any, *_: Any) -> Check:
        return self._enum([rule])

    def _enum(self, rule: list[Any], *_: Any) -> Check:
        if any(isinstance(each, dict | list) for each in rule):
            raise Unsure("a constant that is an object or array")
        # In JSON true is not 1, in Python it is.
        return lambda value: any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in rule)

    def _allOf(self, rule: list[Any], _: Any, resolver: Any) -> Check:  # noqa: N802 - the keyword
        return _all(self._makes(rule, resolver))

    def _anyOf(self, rule: list[Any], _: Any, resolver: Any) -> Check:  # noqa: N802
        return _any(self._makes(rule, resolver))

    def _oneOf(self, rule: list[Any], _: Any, resolver: Any) -> Check:  # noqa: N802
        checks = self._makes(rule, resolver)
        return lambda value: sum(each(value) for each in checks) == 1

    def _not(self, rule: Any, _: Any, resolver: Any) -> Check:
        check = self.make(rule, resolver)
        return lambda value: not check(value)

    def _if(self, rule: Any, schema: Any, resolver: Any) -> Check:
        when, then, otherwise = self._makes([rule, schema.get("then", True), schema.get("else", True)], resolver)
        return lambda value: then(value) if when(value) else otherwise(value)

    # --- numbers and texts ---

    def _minimum(self, rule: float, *_: Any) -> Check:
        return lambda value: not _is_number(value) or not value < rule  # NaN is neither

    def _maximum(self, rule: float, *_: Any) -> Check:
        return lambda value: not _is_number(value) or not value > rule

    def _minLength(self, rule: int, *_: Any) -> Check:  # noqa: N802
        return lambda value: not isinstance(value, str) or len(value) >= rule

    def _maxLength(self, rule: int, *_: Any) -> Check:  # noqa: N802
        return lambda value: not isinstance(value, str) or len(value) <= rule

    def _pattern(self, rule: str, *_: Any) -> Check:
        found = re.compile(rule).search
        return lambda value: not isinstance(value, str) or found(value) is not None

    # --- arrays ---

    def _items(self, rule: Any, _: Any, resolver: Any) -> Check:
        check = self.make(rule, resolver)
        return lambda value: not isinstance(value, list) or all(map(check, value))

    def _minItems(self, rule: int, *_: Any) -> Check:  # noqa: N802
        return lambda value: not isinstance(value, list) or len(value) >= rule

    def _maxItems(self, rule: int, *_: Any) -> Check:  # noqa: N802
        return lambda value: not isinstance(value, list) or len(value) <= rule

    def _uniqueItems(self, rule: bool, *_: Any) -> Check:  # noqa: N802
        def unique(value: Any) -> bool:
            if not rule or not isinstance(value, list) or len(value) < 2:
                return True
            if not all(isinstance(each, str) for each in value):
                raise Unsure("equality of parts that are no texts")
            return len(set(value)) == len(value)

        return unique

    # --- objects ---

    def _required(self, rule: list[str], *_: Any) -> Check:
        names = frozenset(rule)
        return lambda value: not isinstance(value, dict) or names <= value.keys()

    def _minProperties(self, rule: int, *_: Any) -> Check:  # noqa: N802
        return lambda value: not isinstance(value, dict) or len(value) >= rule

    def _maxProperties(self, rule: int, *_: Any) -> Check:  # noqa: N802
        return lambda value: not isinstance(value, dict) or len(value) <= rule

    def _propertyNames(self, rule: Any, _: Any, resolver: Any) -> Check:  # noqa: N802
        check = self.make(rule, resolver)
        return lambda value: not isinstance(value, dict) or all(map(check, value))

    def _properties(self, rule: Mapping[str, Any], _: Any, resolver: Any) -> Check:
        checks = {name: self.make(part, resolver) for name, part in rule.items()}

        def right(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            return all(checks[name](part) for name, part in value.items() if name in checks)

        return right

    def _patternProperties(self, rule: Mapping[str, Any], _: Any, resolver: Any) -> Check:  # noqa: N802
        checks = [(re.compile(pattern).search, self.make(part, resolver)) for pattern, part in rule.items()]

        def right(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            return all(check(part) for found, check in checks for name, part in value.items() if found(name))

        return right

    def _additionalProperties(self, rule: Any, schema: Any, resolver: Any) -> Check:  # noqa: N802
        check, known = self.make(rule, resolver), frozenset(schema.get("properties", ()))
        patterns = [re.compile(pattern).search for pattern in schema.get("patternProperties", ())]

        def right(value: Any) -> bool:
            if not isinstance(value, dict):
                return True
            others = (name for name in value if name not in known and not any(found(name) for found in patterns))
            return all(check(value[name]) for name in others)

        return right


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _all(checks: list[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]
    return lambda value: all(check(value) for check in checks)


def _any(checks: list[Check]) -> Check:
    if len(checks) == 1:
        return checks[0]
    return lambda value: any(check(value) for check in checks)
