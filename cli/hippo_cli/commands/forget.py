"""`hippo forget`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hippo_cli.options import DEFAULT_DEPLOYMENT, AsJson, DeploymentName, ProjectId, UserId, Yes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hippo_cli.data.forgetting import Found, Removed, Version


def command(
    project_id: ProjectId,
    user: UserId,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what there is, and remove nothing.")] = False,
    deployment: DeploymentName = DEFAULT_DEPLOYMENT,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    r"""Remove a participant's data for ever.

    Their record, what the study's container has recorded of them, and the records of their servers, with every past
    version; under whatever spelling of their id. It shows what there is, and asks. Other studies are not touched. Where
    the study takes only so many participants, it goes on counting them as somebody unknown.

    What was exported before is yours to remove: run `hippo export` again into the same folder, and they leave it.

    \b
    Examples:
      hippo forget grid_world a2xyz
      hippo forget grid_world a2xyz --dry-run     only show what there is
      hippo forget grid_world a2xyz --yes         without asking
    """
    from hippo_cli.data import forgetting
    from hippo_cli.data.studies import check_id, check_user
    from hippo_cli.deployment import connect
    from hippo_common import console
    from hippo_common.errors import WRONG_USE, HippoError

    check_id(project_id)
    check_user(user)
    if as_json and not (yes or dry_run):
        raise HippoError("--json cannot ask whether to go on.", "Add --yes, or --dry-run.", WRONG_USE)
    place = connect(deployment)
    s3 = place.client("s3")
    found = forgetting.find(s3, place.bucket, project_id, user, console.progress)
    if not as_json:
        _show(project_id, user, found)
    if not found.versions or dry_run:
        _end(project_id, user, found, as_json=as_json)
        return
    if found.is_live:
        raise HippoError(
            f"{user} has a server in {project_id} at this moment: it may still write data. Nothing was removed.",
            f"Run `hippo stop {user}`, and then this again.",
        )
    if not console.confirm(f"Remove all of this for ever? {user} cannot be brought back.", yes=yes):
        console.note("Nothing was removed.")
        raise typer.Exit(1)
    removed = forgetting.forget(s3, place.bucket, project_id, user, found, console.progress)
    came = () if removed.failures else forgetting.find_data(s3, place.bucket, project_id, user)
    if as_json:
        console.print_json(_as_json(project_id, user, found, removed))
    else:
        _show_removed(user, removed)
    _raise_if_left(user, removed, came)
    if not as_json:
        _show_rest(project_id, user)


def _end(project_id: str, user: str, found: Found, *, as_json: bool) -> None:
    """Say that nothing was removed, and why."""
    from hippo_common import console

    if as_json:
        console.print_json(_as_json(project_id, user, found, None))
    elif not found.versions:
        console.say(f"Nothing is kept of {user} in {project_id}. If there should be something, look at the spelling.")
    else:
        console.say()
        console.say("Nothing was removed: --dry-run.")
        if found.is_live:
            console.note(f"{user} has a server at this moment: before the removal, run `hippo stop {user}`.")


def _show(project_id: str, user: str, found: Found) -> None:
    from hippo_common import console

    if not found.versions:
        return
    console.say(f"What is kept of {user} in {project_id}:")
    kinds = (
        ("participant record", found.records),
        ("trials", found.trials),
        ("server records", found.sessions),
        ("mark on the roster", found.roster),
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


def _show_removed(user: str, removed: Removed) -> None:
    from hippo_common import console
    from hippo_common.words import count

    if removed.versions:
        keys = _keys(removed.versions)
        versions, objects = count(len(removed.versions), "version"), count(len(keys), "object")
        console.say(f"Removed {versions} of {objects} of {user}:", "good")
        for key in keys:
            console.say(f"  {key}")


def _raise_if_left(user: str, removed: Removed, came: Sequence[Version]) -> None:
    """Raise if something of the participant is still there."""
    from collections import Counter

    from hippo_common.errors import HippoError
    from hippo_common.words import count

    if removed.failures:
        reasons = Counter(why for _, why in removed.failures)
        told = "; ".join(f"{number:,} times {why}" for why, number in reasons.most_common(3))
        left = len(removed.failures) + len(removed.put_off)
        keys = _keys([version for version, _ in removed.failures])
        raise HippoError(
            f"{count(left, 'version')} could not be removed ({told}), of: {', '.join(keys[:5])}"
            f"{' and others' if len(keys) > 5 else ''}.",
            "Run it again: it goes on with what is left. If AWS refuses again, ask your infra team for the right to "
            "remove versions (s3:DeleteObjectVersion, in the deployment's researcher policy).",
        )
    if came:
        raise HippoError(
            f"{user} was at the study while this ran: something new was written to {', '.join(_keys(came))}.",
            "Wait until they have left, or close the study with `hippo close`, and run it again.",
        )


def _show_rest(project_id: str, user: str) -> None:
    from hippo_common import console

    console.note(f"Nothing is left of {user} in the data of {project_id}. What may still name them elsewhere:")
    console.note(
        f"  - what you exported before: run `hippo export {project_id}` again into the same folder, and they leave it; "
        "copies and analyses are yours to mend"
    )
    console.note(
        "  - logs, and past versions of the list of those who wait for a server: until they expire; your infra team "
        "knows when"
    )
    console.note(
        "If the study takes only so many participants, their place stays taken; it does not tell whose it was."
    )


def _as_json(project_id: str, user: str, found: Found, removed: Removed | None) -> dict[str, Any]:
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
        "removed": None if removed is None else _counted(gone),
        "failures": [{"key": version.key, "version": version.id, "reason": why} for version, why in left],
    }


def _counted(versions: Sequence[Version]) -> dict[str, Any]:
    return {"keys": _keys(versions), "versions": len(versions)}
