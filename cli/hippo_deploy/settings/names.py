"""Finds settings and attributes that do not exist, are missing or are set twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hippo_deploy.settings.faults import Fault, Kind
from hippo_deploy.settings.nearest import nearest
from hippo_deploy.settings.tfvars import Setting
from hippo_deploy.settings.types import Object, in_words, listed
from hippo_deploy.settings.values import Entries
from hippo_deploy.settings.variables import Variable

EXAMPLE = "terraform/environments/example.tfvars"


def unknown(settings: Sequence[Setting], variables: Mapping[str, Variable], *, parsed_whole: bool) -> Iterator[Fault]:
    """Find settings that no variable has.

    Args:
        settings: the settings of the file.
        variables: the variables of the root.
        parsed_whole: false if the file was read in parts; then an attribute at the margin looks like a setting.
    """
    owners = {
        attribute: variable.name
        for variable in variables.values()
        if isinstance(variable.type, Object)
        for attribute in variable.type.attributes
    }
    for setting in settings:
        if setting.name in variables:
            continue
        owner = owners.get(setting.name)
        if owner is None:
            close = nearest(setting.name, variables)
            advice = f"the nearest is {close}" if close else f"{EXAMPLE} lists every setting"
        elif parsed_whole:
            advice = f"it is an attribute of {owner}: {owner} = {{ {setting.name} = … }}"
        else:
            continue
        yield Fault(setting.line, f"there is no setting {setting.name}; {advice}.", setting=setting.name)


def repeated(settings: Sequence[Setting]) -> Iterator[Fault]:
    """Find settings that the file sets twice."""
    lines: dict[str, int] = {}
    for setting in settings:
        first = lines.setdefault(setting.name, setting.line)
        if first != setting.line:
            yield Fault(
                setting.line,
                f"{setting.name} is set on line {first} already; remove one of the two.",
                Kind.TERRAFORMS,
                setting.name,
                stops=True,
            )


def missing(settings: Sequence[Setting], variables: Mapping[str, Variable], unreadable: set[str]) -> Iterator[Fault]:
    """Find variables without a default that the file does not set."""
    given = {setting.name for setting in settings} | unreadable
    for variable in variables.values():
        if variable.required and variable.name not in given:
            text = f"{variable.name} is missing; set it to {in_words(variable.type)} ({EXAMPLE} describes it)."
            yield Fault(None, text, Kind.TERRAFORMS, variable.name, stops=True)


def attributes(path: str, value: Entries, kind: Object, setting: str) -> Iterator[Fault]:
    """Find attributes of an object that its type does not have, that are missing or that are set twice.

    Args:
        path: the object's place, such as `monthly_budget`.
        value: the object.
        kind: its type.
        setting: the setting that holds it.
    """
    known = list(kind.attributes)
    lines: dict[str, int] = {}
    for entry in value.entries:
        if entry.key is None:
            return
        if entry.key in lines:
            text = f"{path}.{entry.key} is set on line {lines[entry.key]} already; remove one of the two."
            yield Fault(entry.line, text, setting=setting)
        lines.setdefault(entry.key, entry.line)
        if entry.key not in kind.attributes:
            close = nearest(entry.key, known)
            advice = f"the nearest is {close}; " if close else ""
            text = f"{path} has no attribute {entry.key}; {advice}it may have {listed(known)}."
            yield Fault(entry.line, text, setting=setting)
    for name, attribute in kind.attributes.items():
        if not attribute.optional and name not in lines:
            text = f"{path} needs {name}: {in_words(attribute.type)}."
            yield Fault(value.line, text, Kind.TERRAFORMS, setting, stops=True)
