"""A plan on the terminal, and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

from hippo_cli.deployment import Deployment
from hippo_cli.publish import words
from hippo_cli.publish.plans import Change, Plan
from hippo_cli.study.assets import FOLDER
from hippo_common import console
from hippo_common.console import Style
from hippo_common.words import count

_ORDER: Final = ("name", "researcher", "team_members", "live", "maxRuntime", "steps", "events")
_MARKS: Final[Mapping[str, Style]] = {"+": "good", "~": "warn", "-": "bad", " ": "quiet"}


def show(plan: Plan, deployment: Deployment) -> None:
    """Show what a plan will change."""
    console.say(f"{plan.id} on {deployment.name} ({deployment.region}): {_headline(plan)}", "strong")
    _show_entry(plan)
    _show_pages(plan)
    _show_assets(plan)
    _show_container(plan)
    if not plan.register and (plan.refresh or plan.remove or plan.keep):
        _heading("Left over from an earlier change")
        for file in plan.keep:
            _line("+", f"{file}, missing under version {plan.version}")
        _show_copies(plan)
    if plan.register and plan.current.entry is not None:
        console.say()
        console.say("Participants who have begun keep their version; new participants get the new one.", "quiet")


def _headline(plan: Plan) -> str:
    if plan.current.entry is None:
        return "a new study" + (f", version {plan.version}" if plan.version else "")
    if plan.is_empty:
        return f"version {plan.version}"
    before = f"version {plan.current.version}" if plan.current.version else "registered by a script, without a version"
    if plan.version is None:
        return f"{before} → a new version"
    return before if plan.version == plan.current.version else f"{before} → version {plan.version}"


def _show_entry(plan: Plan) -> None:
    changes = sorted((each for each in plan.entry_changes if each.key != "assets"), key=_sort_key)
    if plan.current.entry is None:
        changes = [change for change in changes if change.after is not None and change.key not in {"id", "bucket"}]
    if changes:
        _heading("Entry")
    for change in changes:
        _show_change(words.key(change.key), words.value, change)
    if any(change.key == "live" and change.before is False for change in plan.entry_changes):
        console.warn("The study is closed now. This change opens it to new participants again.")


def _sort_key(change: Change) -> tuple[int, str, int, str]:
    """Return a sort key for changes: the order of a config.yml, steps by their numbers."""
    first, _, rest = change.key.partition(".")
    order = _ORDER.index(first) if first in _ORDER else len(_ORDER)
    return order, first, int(rest) if rest.isdigit() else sys.maxsize, rest


def _show_change(name: str, write: Any, change: Change) -> None:
    if change.before is None:
        _line("+", f"{name}: {write(change.after)}")
    elif change.after is None:
        _line("-", f"{name}: {write(change.before)}")
    else:
        _line("~", f"{name}: {write(change.before)} → {write(change.after)}")


def _show_pages(plan: Plan) -> None:
    pages = plan.page_changes
    if not pages:
        return
    _heading("Pages" + (f" ({len(pages.unchanged)} unchanged)" if pages.unchanged else ""))
    for file in pages.new:
        _line("+", f"{file}  {words.size(len(plan.pages[file]))}")
    for file in pages.changed:
        _line("~", f"{file}  {words.sizes(len(plan.current.pages[file]), len(plan.pages[file]))}")
    for file in pages.removed:
        _line("-", file)


def _show_assets(plan: Plan) -> None:
    files = plan.asset_changes
    if not files and not plan.upload:
        return
    same = f" ({len(files.unchanged)} unchanged)" if files.unchanged else ""
    _heading(f"Files in {FOLDER}{same}")
    for mark, names in (("+", files.new), ("~", files.changed)):
        for file in names:
            size = f"  {words.size(plan.assets[file].size)}" if file in plan.assets else ""
            _line(mark, f"{file}{size}")
    for file in files.removed:
        _line("-", file)
    again = [file for file in plan.upload if file in files.unchanged]
    if again:
        sizes = sum(plan.assets[file].size for file in again)
        _line("~", f"{count(len(again), 'file')} to be uploaded again ({words.size(sizes)})")


def _show_container(plan: Plan) -> None:
    if not (plan.build or plan.repository or plan.adopt or plan.task_definition):
        return
    _heading("Container")
    if plan.repository:
        _line("+", f"ECR repository {plan.repository}")
    if plan.adopt:
        _line("~", f"ECR repository {plan.adopt}, to be tagged as this deployment's")
    if plan.build:
        files = count(plan.build.files, "file")
        _line("+", f"image {plan.image}, built from {plan.build.folder} ({files}) for {plan.build.platform}")
    elif plan.image:
        _line(" ", f"image {plan.image}")
    if plan.task_definition is None:
        return
    size = f"{words.vcpu(int(plan.task_definition['cpu']))}, {words.gigabytes(int(plan.task_definition['memory']))}"
    _line("+", f"task definition {plan.id}, a new revision ({size})")
    for change in plan.task_changes:
        name = words.setting(change.key, plan.id)
        _show_change(name, lambda found, key=change.key: words.setting_value(key, found), change)


def _show_copies(plan: Plan) -> None:
    for file in plan.refresh:
        _line("~", f"{plan.id}/{file}, to be copied from version {plan.version}")
    for file in plan.remove:
        _line("-", f"{plan.id}/{file}")


def _heading(text: str) -> None:
    console.say()
    console.say(text, "strong")


def _line(mark: str, text: str) -> None:
    console.say(("  ", (mark, _MARKS[mark]), f" {text}"))


def as_json(plan: Plan, deployment: Deployment) -> dict[str, Any]:
    """Return a plan as the object that --json prints."""
    pages, files = plan.page_changes, plan.asset_changes
    return {
        "project": plan.id,
        "deployment": {"name": deployment.name, "region": deployment.region},
        "new": plan.current.entry is None,
        "changes": not plan.is_empty,
        "version": {"before": plan.current.version, "after": plan.version},
        "entry": [_change_as_json(change) for change in plan.entry_changes],
        "pages": {
            "new": list(pages.new),
            "changed": list(pages.changed),
            "removed": list(pages.removed),
            "unchanged": list(pages.unchanged),
        },
        "assets": {
            "new": list(files.new),
            "changed": list(files.changed),
            "removed": list(files.removed),
            "unchanged": list(files.unchanged),
            "uploaded": list(plan.upload),
        },
        "container": {
            "image": plan.image,
            "build": plan.build is not None,
            "newRepository": plan.repository,
            "adoptedRepository": plan.adopt,
            "taskDefinition": plan.entry["ecsTask"],
            "newRevision": plan.task_definition is not None,
            "settings": [_change_as_json(change) for change in plan.task_changes],
        },
        "copies": {"refreshed": list(plan.refresh), "removed": list(plan.remove)},
    }


def _change_as_json(change: Change) -> dict[str, Any]:
    return {"key": change.key, "before": change.before, "after": change.after}
