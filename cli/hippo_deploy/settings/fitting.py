"""Finds values that do not fit the type of their setting.

Terraform converts between string and number, and between string and bool, where the text allows it:
https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion. These are no faults.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from hippo_deploy.settings import names
from hippo_deploy.settings.faults import Fault, Kind
from hippo_deploy.settings.tfvars import Setting
from hippo_deploy.settings.types import BOOL, NUMBER, STRING, Anything, Collection, Object, Primitive, Type, in_words
from hippo_deploy.settings.values import Bare, Entries, Expression, Flag, Items, Null, Number, Text, Value
from hippo_deploy.settings.variables import Variable

_LONGEST: Final = 60
"""Characters of a value that a sentence shows."""


def check(setting: Setting, variable: Variable) -> Iterator[Fault]:
    """Find the faults of a setting's value: nulls, values of another type, unknown attributes, repeated elements."""
    if isinstance(setting.value, Null):
        if not variable.nullable:
            yield _null(setting.name, setting.value, setting.name, required=variable.required)
        return
    yield from _fits(setting.name, setting.value, variable.type, setting.name)


def _null(path: str, value: Null, setting: str, *, required: bool) -> Fault:
    advice = "set a value" if required else "remove the line to get the default"
    kind = Kind.TERRAFORMS if required else Kind.OURS
    return Fault(value.line, f"{path} must not be null, which has no meaning here; {advice}.", kind, setting, required)


def _fits(path: str, value: Value, kind: Type, setting: str) -> Iterator[Fault]:
    if isinstance(value, Expression):
        return
    if isinstance(value, Bare):
        yield _wrong(path, value, _quotes(path, value, kind), setting)
        return
    match (kind, value):
        case (Primitive(), _) if _is_primitive(value, kind):
            pass
        case (Collection("map", of), Entries()):
            yield from _map(path, value, of, setting)
        case (Collection("list" | "set" as collection, of), Items()):
            yield from _items(path, value, of, setting)
            if collection == "set":
                yield from _repeated(path, value, setting)
        case (Object(), Entries()):
            yield from _object(path, value, kind, setting)
        case (Anything(), _):
            pass
        case _:
            yield _wrong(path, value, f"{path} must be {in_words(kind)}; it is {_shown(value)}", setting)


def _wrong(path: str, value: Value, text: str, setting: str) -> Fault:
    return Fault(value.line, f"{text}.", Kind.TERRAFORMS, setting, stops=True)


def _quotes(path: str, value: Bare, kind: Type) -> str:
    if kind == STRING:
        return f'a text needs quotes: {path.rpartition(".")[2]} = "{value.source}"'
    if kind in {BOOL, NUMBER}:
        return f"{path} must be {in_words(kind)}; it is {value.source}"
    return f"{path} must be {in_words(kind)}; {value.source} has no quotes, and refers to nothing"


def _is_primitive(value: Value, kind: Primitive) -> bool:
    """Return whether a value can become a string, number or bool."""
    if isinstance(value, Text):
        if value.text is None or kind == STRING:
            return True
        if kind == BOOL:
            return value.text in {"true", "false", "1", "0"}
        return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", value.text) is not None
    if isinstance(value, Number):
        return kind != BOOL
    return isinstance(value, Flag) and kind != NUMBER


def _items(path: str, value: Items, of: Type, setting: str) -> Iterator[Fault]:
    for item in value.items:
        if isinstance(item, Null):
            yield Fault(item.line, f"{path} must not hold null; remove that element.", setting=setting, stops=True)
        else:
            yield from _fits(f"an element of {path}", item, of, setting)


def _repeated(path: str, value: Items, setting: str) -> Iterator[Fault]:
    """Find elements that a set holds twice: Terraform drops one silently. For lists, validation rules decide."""
    lines: dict[str, int] = {}
    for item in value.items:
        same = _same(item)
        if same is not None and same in lines:
            first = "" if lines[same] == item.line else f", first on line {lines[same]}"
            yield Fault(item.line, f"{path} holds {item.source} twice{first}; remove one.", setting=setting)
        elif same is not None:
            lines[same] = item.line


def _same(value: Value) -> str | None:
    """Return what makes an element equal to another: 5000 and "5000" are."""
    if isinstance(value, Text):
        return value.text
    return f"{value.number:g}" if isinstance(value, Number) else None


def _map(path: str, value: Entries, of: Type, setting: str) -> Iterator[Fault]:
    lines: dict[str, int] = {}
    for entry in value.entries:
        if entry.key is not None:
            if entry.key in lines:
                text = f"{path} has the key {entry.key} on line {lines[entry.key]} already; remove one of the two."
                yield Fault(entry.line, text, setting=setting)
            lines.setdefault(entry.key, entry.line)
        place = f"{path}.{entry.key}" if entry.key is not None else path
        if isinstance(entry.value, Null):
            yield Fault(
                entry.line, f"{place} must not be null; set a value, or remove the line.", setting=setting, stops=True
            )
        else:
            yield from _fits(place, entry.value, of, setting)


def _object(path: str, value: Entries, kind: Object, setting: str) -> Iterator[Fault]:
    yield from names.attributes(path, value, kind, setting)
    for entry in value.entries:
        attribute = kind.attributes.get(entry.key or "")
        if attribute is None:
            continue
        place = f"{path}.{entry.key}"
        if not isinstance(entry.value, Null):
            yield from _fits(place, entry.value, attribute.type, setting)
        elif not attribute.optional:
            text = f"{place} must not be null, which has no meaning here; set {in_words(attribute.type)}."
            yield Fault(entry.line, text, setting=setting, stops=True)
        elif attribute.has_default:
            yield _null(place, entry.value, setting, required=False)


def _shown(value: Value) -> str:
    """Return a value for a sentence, with its kind where its text alone does not show it."""
    match value:
        case Items():
            return "a list"
        case Entries():
            return "an object"
        case _ if len(value.source) > _LONGEST:
            return f"{value.source[:_LONGEST]}…"
    return value.source
