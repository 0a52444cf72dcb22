"""`hippo forget`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hippo_cli.options import DEFAULT_DEPLOYMENT, AsJson, DeploymentName, ProjectId, UserId, Yes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hippo_cli.data.exports import FoundInExport
    from hippo_cli.data.forgetting import Found, Removed, Version


def command(
    project_id: ProjectId,
    user: UserId,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List the data, and remove nothing.")] = False,
    export: Annotated[
        list[Path] | None,
        typer.Option(
            "--export",
            metavar="FOLDER",
            help="Also remove them from the files of this export, with its games; may be given several times.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    r"""Permanently remove a participant's data from a study.

    Removes the participant's record, the data that the study's container wrote about them, and the
    records of their servers, in every past version and every spelling of their id. It lists the
    data and asks before it removes anything, and looks again afterwards. Other objects of the study
    with the id in their name are shown and stay: they may be another participant's. Other studies
    are not changed. A study with a limit of participants still counts them, without their id.

    With --export, also removes them from the files of an earlier export on this computer. `hippo
    export` does the same when it runs again into the same folder.

    \b
    Examples:
      hippo forget grid_world a2xyz
      hippo forget grid_world a2xyz --dry-run     only list the data
      hippo forget grid_world a2xyz --yes         without asking
      hippo forget grid_world a2xyz --export grid_world-export
    """
    from hippo_cli.data import exports, forgetting
    from hippo_cli.data.studies import check_id, check_user
    from hippo_cli.deployment import connect
    from hippo_common import console
    from hippo_common.errors import WRONG_USE, HippoError

    check_id(project_id)
    check_user(user)
    if as_json and not (yes or dry_run):
        raise HippoError("--json needs --yes or --dry-run.", "Add one of them.", WRONG_USE)
    # First: an error in a folder's name must not come after the removal from the bucket.
    exported = [exports.find(folder, project_id, user) for folder in export or ()]
    target = connect(deployment)
    s3 = target.client("s3")
    found = forgetting.find(s3, target.bucket, project_id, user, console.progress)
    there = bool(found.versions) or any(each.rows for each in exported)
    if not as_json:
        _show(project_id, user, found)
        _show_exports(exported)
    if not there or dry_run:
        _end(project_id, user, found, exported, as_json=as_json)
        return
    if found.is_live:
        raise HippoError(
            f"{user} has a server in {project_id} now, which may still write data. Nothing was removed.",
            f"Run `hippo stop {user}`, and then this command again.",
        )
    if not console.confirm(f"Remove all of this permanently? The data of {user} cannot be restored.", yes=yes):
        console.note("Nothing was removed.")
        raise typer.Exit(1)
    removed = forgetting.forget(s3, target.bucket, project_id, user, found, console.progress)
    again = found if removed.failures else forgetting.find(s3, target.bucket, project_id, user, console.progress)
    gone = [exports.remove(each.folder, project_id, user) for each in exported]
    if as_json:
        console.print_json(_as_json(project_id, user, found, removed, gone))
    else:
        _show_removed(user, removed, gone)
    _raise_if_left(user, removed, again.versions)
    _raise_if_exports_hold(user, [exports.find(each.folder, project_id, user) for each in exported])
    if not as_json:
        _show_rest(project_id, user, again.alike, exported)


def _show_exports(exported: Sequence[FoundInExport]) -> None:
    from hippo_common import console

    for each in exported:
        if not each.rows:
            console.say(f"The export in {each.folder} holds nothing of them.")
            continue
        console.say(f"In the export {each.folder}:")
        rows = [(name, f"{count:,}") for name, count in each.rows.items()]
        console.table(("file", "rows or files"), rows, right=("rows or files",))


def _raise_if_exports_hold(user: str, exported: Sequence[FoundInExport]) -> None:
    from hippo_common.errors import HippoError

    left = [f"{each.folder}/{name}" for each in exported for name in each.rows]
    if left:
        raise HippoError(
            f"Another program wrote {user} into the export again: {', '.join(left)}.",
            "Wait until it has finished, and run the command again.",
        )


def _end(project_id: str, user: str, found: Found, exported: Sequence[FoundInExport], *, as_json: bool) -> None:
    """Show that nothing was removed, and why."""
    from hippo_common import console

    if as_json:
        console.print_json(_as_json(project_id, user, found, None, exported))
    elif not found.versions and not any(each.rows for each in exported):
        certainly = "that is certainly " if found.alike else ""
        console.say(f"{project_id} has no data {certainly}of {user}. If it should, check the spelling of the id.")
        _show_alike(user, found.alike)
    else:
        console.say()
        console.say("Nothing was removed: --dry-run.")
        _show_alike(user, found.alike)
        if found.is_live:
            console.note(f"{user} has a server now: run `hippo stop {user}` before you remove the data.")


def _show(project_id: str, user: str, found: Found) -> None:
    from hippo_common import console

    if not found.versions:
        return
    console.say(f"Data of {user} in {project_id}:")
    kinds = (
        ("participant record", found.records),
        ("trials", found.trials),
        ("server records", found.sessions),
        ("roster entry", found.roster),
    )
    rows = []
    for what, versions in kinds:
        keys = _keys(versions)
        markers = sum(version.is_marker for version in versions)
        rows.append((what, str(len(keys)), str(len(versions) - markers), str(markers), _listed(keys)))
    console.table(
        ("what", "objects", "versions", "delete markers", "keys"), rows, right=("objects", "versions", "delete markers")
    )


def _listed(keys: Sequence[str]) -> str:
    more = len(keys) - 5
    return "\n".join((*keys[:5], *([f"and {more} more"] if more > 0 else [])))


def _keys(versions: Sequence[Version]) -> list[str]:
    return sorted({version.key for version in versions})


def _show_removed(user: str, removed: Removed, exported: Sequence[FoundInExport]) -> None:
    from hippo_common import console
    from hippo_common.words import count

    if removed.versions:
        keys = _keys(removed.versions)
        versions, objects = count(len(removed.versions), "version"), count(len(keys), "object")
        console.say(f"Removed {versions} of {objects} of {user}:", "good")
        for key in keys:
            console.say(f"  {key}")
    for each in exported:
        if each.rows:
            console.say(f"Removed {user} from {', '.join(each.rows)} in {each.folder}.", "good")


def _raise_if_left(user: str, removed: Removed, new: Sequence[Version]) -> None:
    """Raise if the bucket still holds data of the participant."""
    from collections import Counter

    from hippo_common.errors import HippoError
    from hippo_common.words import count

    if removed.failures:
        reasons = Counter(why for _, why in removed.failures)
        causes = "; ".join(f"{number:,} times {why}" for why, number in reasons.most_common(3))
        left = len(removed.failures) + len(removed.put_off)
        keys = _keys([version for version, _ in removed.failures])
        raise HippoError(
            f"{count(left, 'version')} could not be removed ({causes}), of: {', '.join(keys[:5])}"
            f"{' and others' if len(keys) > 5 else ''}.",
            "Run the command again: it removes the rest. If AWS refuses again, ask your infra team for the permission "
            "to delete versions (s3:DeleteObjectVersion, in the deployment's researcher policy).",
        )
    if new:
        raise HippoError(
            f"{user} used the study while this command ran: new data was written to {', '.join(_keys(new))}.",
            "Wait until they have left, or close the study with `hippo close`, and run the command again.",
        )


def _show_alike(user: str, alike: Sequence[str]) -> None:
    from hippo_common import console

    if alike:
        console.note(f"Objects named like {user}, which may be pages or another participant's data, and stay:")
        for key in alike:
            console.note(f"  {key}")
        console.note("If one is theirs, ask your infra team to delete it with all its versions.")


def _show_rest(project_id: str, user: str, alike: Sequence[str], exported: Sequence[FoundInExport]) -> None:
    from hippo_common import console

    _show_alike(user, alike)
    left = "no more data" if not alike else "no more data that is certainly"
    console.note(f"{project_id} holds {left} of {user}. Their id may still be in:")
    console.note(
        f"  - {'other' if exported else 'earlier'} exports: repeat the command with --export FOLDER; check your copies "
        "and analyses yourself"
    )
    console.note("  - logs, and past versions of the queue for servers, until they expire; your infra team knows when")
    console.note("If the study has a limit of participants, it still counts this one, without their id.")


def _as_json(
    project_id: str, user: str, found: Found, removed: Removed | None, exported: Sequence[FoundInExport]
) -> dict[str, Any]:
    gone = () if removed is None else removed.versions
    left = () if removed is None else removed.failures
    return {
        "study": project_id,
        "participant": user,
        "hasServer": found.is_live,
        "records": _counted(found.records),
        "trials": _counted(found.trials),
        "servers": _counted(found.sessions),
        "roster": _counted(found.roster),
        "alike": list(found.alike),
        "exports": [{"folder": str(each.folder), "rows": each.rows} for each in exported],
        "removed": None if removed is None else _counted(gone),
        "failures": [{"key": version.key, "version": version.id, "reason": why} for version, why in left],
    }


def _counted(versions: Sequence[Version]) -> dict[str, Any]:
    return {"keys": _keys(versions), "versions": len(versions)}
