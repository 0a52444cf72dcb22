"""Every fault of an environment's settings at once, above Terraform's own text."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Final

from hippo_deploy.environments import EXAMPLE, Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.settings import elsewhere, evaluating, fitting, names, tfvars
from hippo_deploy.settings.evaluating import Message
from hippo_deploy.settings.faults import Fault, Kind
from hippo_deploy.settings.tfvars import Tfvars
from hippo_deploy.settings.variables import Variable, declared

FIX: Final = f"Correct the file; {names.EXAMPLE} describes every setting."


def check(environment: Environment, environ: Mapping[str, str] | None = None) -> None:
    """Judge an environment's tfvars file; return if it has no fault.

    Args:
        environment: the environment; its file must exist.
        environ: the shell's variables; None means this process's.

    Raises:
        DeployError: the settings have faults: all of them, one sentence each, above Terraform's own text.
    """
    variables = declared(environment.root)
    try:
        text = environment.tfvars.read_text("utf-8")
    except UnicodeDecodeError as error:
        message = f"{environment.relative(environment.tfvars)} is not in UTF-8 (byte {error.start})."
        raise DeployError(message, "Save the file in UTF-8.") from error
    read = tfvars.read(text, variables)
    reported = evaluating.messages(environment, text)
    found = _own(read, variables)
    if not _errors(reported):
        found = [fault for fault in found if fault.kind is Kind.OURS]
    reported += _rest(environment, text, found, read, reported)
    found += _of_terraform(_errors(reported), found, read, environment)
    found.sort(key=lambda fault: (fault.line is None, fault.line or 0))
    given = {setting.name for setting in read.settings}
    found += elsewhere.in_shell(os.environ if environ is None else environ, variables, given)
    found += elsewhere.in_files(environment)
    if found:
        raise DeployError(_text(environment, found, reported), FIX)


def _own(read: Tfvars, variables: Mapping[str, Variable]) -> list[Fault]:
    """Return the faults that the file's values and the variables' types show."""
    unreadable = {fault.setting for fault in read.faults}
    found = [
        *read.faults,
        *names.unknown(read.settings, variables, parsed_whole=not read.faults),
        *names.repeated(read.settings),
    ]
    if "" not in unreadable:
        found += names.missing(read.settings, variables, unreadable)
    for setting in read.settings:
        if setting.name in variables:
            found += fitting.check(setting, variables[setting.name])
    return found


def _errors(reported: Sequence[Message]) -> list[Message]:
    return [message for message in reported if message.severity == "error"]


def _rest(
    environment: Environment, text: str, found: Sequence[Fault], read: Tfvars, reported: Sequence[Message]
) -> list[Message]:
    """Return the broken rules that terraform does not check because of the errors that it reported.

    It checks no rule that depends on a setting with an error, and none at all if it cannot read a value. So it runs
    again without these settings, until it reports nothing new. The example's values take their place; a rule that also
    depends on one of them shows nothing.
    """
    example = environment.tfvars.with_name(f"{EXAMPLE}.tfvars")
    substitutes = example if example.is_file() else None
    without = {fault.setting for fault in found if fault.stops} | _settings_of(reported, read, environment)
    more: list[Message] = []
    for _ in read.settings:
        rest = _without(text, without, read)
        again = evaluating.messages(environment, rest, substitutes) if rest != text else []
        new = [
            message
            for message in again
            if message.breaks_rule
            and message not in reported
            and not any(f"var.{name} " in line for name in without for line in message.snippet)
        ]
        more += new
        if not new:
            break
        without |= _settings_of(new, read, environment)
    return more


def _settings_of(messages: Sequence[Message], read: Tfvars, environment: Environment) -> set[str]:
    """Return the settings of the file that errors are about."""
    file = str(environment.tfvars)
    found = {_setting(message, read) if message.file == file else message.variable for message in _errors(messages)}
    return found - {""}


def _without(text: str, stopped: set[str], read: Tfvars) -> str:
    """Return the file with empty lines in the place of some settings."""
    empty = [(each.line, each.end) for each in read.settings if each.name in stopped]
    empty += read.unread
    if not empty:
        return text
    lines = enumerate(text.splitlines(), 1)
    return "".join(
        "\n" if any(first <= number <= last for first, last in empty) else f"{line}\n" for number, line in lines
    )


def _of_terraform(
    errors: Sequence[Message], own: Sequence[Fault], read: Tfvars, environment: Environment
) -> list[Fault]:
    """Return a fault for each error of terraform that no other fault explains."""
    stopped = {fault.setting for fault in own if fault.stops}
    unreadable = any(fault.kind is Kind.TERRAFORMS for fault in read.faults)
    found = []
    for message in errors:
        in_file = message.file == str(environment.tfvars)
        setting = _setting(message, read) if in_file else message.variable
        if setting in stopped or (unreadable and not message.breaks_rule):
            continue
        line = message.line if in_file else _line(setting, read)
        place = "" if in_file or line or setting else environment.relative(environment.root / message.file)
        found.append(Fault(line, message.sentence, setting=setting, place=place))
    return found


def _setting(message: Message, read: Tfvars) -> str:
    """Return the setting on the line of a message."""
    return next((each.name for each in read.settings if each.line <= message.line <= each.end), "")


def _line(setting: str, read: Tfvars) -> int | None:
    return next((each.line for each in read.settings if each.name == setting), None)


def _text(environment: Environment, found: Sequence[Fault], reported: Sequence[Message]) -> str:
    file = environment.relative(environment.tfvars)
    count = "1 fault" if len(found) == 1 else f"{len(found)} faults"
    lines = [f"{file} cannot be used, because the settings have {count}:"]
    lines += [f"  {fault.sentence(file)}" for fault in found]
    if reported:
        lines += ["", "Terraform's own text:"]
        lines += [f"\n{message.whole(environment)}" for message in reported]
    return "\n".join(lines)
