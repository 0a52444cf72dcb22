"""Reads a study on disk: its config.yml, its pages, and all their faults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from hippo_cli.study import (
    assets,
    aws_setup,
    boundary,
    compare,
    compare_pages,
    consistency,
    container,
    dockerfile,
    document,
    exits,
    game,
    pages,
    project,
)
from hippo_cli.study.assets import Asset
from hippo_cli.study.container import AwsSetup
from hippo_cli.study.document import Document, below
from hippo_cli.study.findings import Finding, Place, Severity, in_order
from hippo_cli.study.payload import payload_of, wants_server
from hippo_cli.study.step_file import StepFile
from hippo_common.errors import HippoError
from hippo_gym.studies import registration
from hippo_gym.studies.projects import DEFAULT_PORT, FINAL_STEP, GAME, from_entry

CONFIG_NAMES: Final = ("config.yml", "config.yaml")


@dataclass(frozen=True)
class Study:
    """A study in a folder.

    Attributes:
        config: path of its config.yml.
        folder: the folder of config.yml and the pages.
        project: the payload for the function that writes the master list, of JSON's types.
        entry: the entry that the function would write; empty if it would refuse the payload.
        pages: the pages of all steps, variants and exits, by their names in the project's folder.
        assets: the files in its folder `assets`, by their names.
        aws_setup: the deployment and the server's size in config.yml.
        needs_server: the study has a game, or starts a server.
        own_task: config.yml names a task definition that `hippo` does not manage.
        dockerfile: its server's Dockerfile, if it has one.
        game: the game that hippo_play serves, a mapping or a list of blocks; None without one.
        findings: its faults, in the order to show.
    """

    config: Path
    folder: Path
    project: Mapping[str, Any]
    entry: Mapping[str, Any]
    pages: Mapping[str, bytes]
    assets: Mapping[str, Asset]
    aws_setup: AwsSetup
    needs_server: bool
    own_task: bool
    dockerfile: Path | None
    game: Any
    findings: tuple[Finding, ...]

    @property
    def id(self) -> str:
        """The study's id; "" if it has no valid one."""
        return str(self.entry.get("id", ""))

    @property
    def repository(self) -> str:
        """The name of the ECR repository of its server's images."""
        return container.repository_name(self.id)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep it from being submitted."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that are allowed, but probably mistakes."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.WARNING)

    @property
    def is_valid(self) -> bool:
        """Return whether it can be submitted."""
        return not self.errors


def read(path: Path, *, has_image: bool = False, now: datetime | None = None) -> Study:
    """Read a study.

    Args:
        path: its config.yml, or the folder with it.
        has_image: the command line names an image for its server, so it needs no Dockerfile.
        now: the time; None reads the clock.

    Raises:
        HippoError: the file does not exist, or cannot be read.
    """
    config = _find(path)
    target = boundary.outside(config, config.parent)
    if target is not None:
        raise HippoError(f"{config} leads out of the study's folder, to {target}.", boundary.FIX)
    found = document.parse(_content(config), config.name)
    raw = found.value.get(project.PROJECT) if isinstance(found.value, Mapping) else None
    given: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
    payload = payload_of(raw)
    judged = registration.read_payload(payload)
    folder = config.parent
    files, file_findings = assets.read(folder)
    steps = list(_step_files(found, given, judged))
    page_files, page_findings = pages.read(folder, steps, _conditions(judged), files)
    page_files = dict(sorted({**page_files, **compare_pages.pages(given)}.items()))
    dockerfiles = container.dockerfiles(folder)
    needs_server, own_task = wants_server(given), isinstance(given.get("ecsTask"), str)
    findings = [
        *(finding for finding in found.findings if not (finding.where or "").startswith("trial")),
        *(project.judge(found, judged) if found.value is not None or not found.findings else ()),
        *aws_setup.judge(found, given, registers_task=needs_server and not own_task),
        *_of_links(dockerfiles, folder),
        *_of_container(found, given, folder, dockerfiles, has_image=has_image),
        *game.judge(found, given, folder),
        *compare.judge(found, given, folder, files),
        *(() if judged.faults else game.judge_policies(found, given, _conditions(judged))),
        *(() if judged.faults else _of_game(found, judged.entry)),
        *(() if judged.faults else exits.judge(found, judged.entry, page_files)),
        *(() if judged.faults else consistency.judge(found, judged.entry, page_files, now or datetime.now(UTC))),
        *(() if judged.faults else _of_style(found, judged.entry, files)),
        *page_findings,
        *file_findings,
    ]
    return Study(
        config=config,
        folder=folder,
        project=payload if isinstance(payload, Mapping) else {},
        entry={} if judged.faults else _with_assets(judged.entry, files),
        pages=page_files,
        assets=files,
        aws_setup=aws_setup.read(given),
        needs_server=needs_server,
        own_task=own_task,
        dockerfile=dockerfiles[0] if dockerfiles else None,
        game=game.read(given),
        findings=in_order(findings, config.name),
    )


def _find(path: Path) -> Path:
    if not path.is_dir():
        if path.is_file():
            return path
        raise HippoError(
            f"{path} does not exist.",
            "Name the study's config.yml, or its folder: hippo validate path/to/study. "
            "To begin a study: hippo init my_study.",
        )
    for name in CONFIG_NAMES:
        if (path / name).is_file():
            return path / name
    raise HippoError(
        f"{path} has no config.yml.",
        "Name the folder of a study. To begin a study: hippo init my_study.",
    )


def _content(config: Path) -> bytes:
    try:
        return config.read_bytes()
    except OSError as error:
        raise HippoError(f"{config} cannot be read: {error.strerror}.") from error


def _step_files(found: Document, given: Mapping[str, Any], judged: registration.Registration) -> Iterator[StepFile]:
    """Yield the steps and exits that name a page correctly, in their order."""
    wrong = {fault.path for fault in judged.faults}
    steps, ends = given.get("steps"), given.get("exits")
    named = {
        below("steps", key): (key, file) for key, file in _sorted(steps) if file not in (GAME, compare_pages.COMPARE)
    }
    exits = ends.items() if isinstance(ends, Mapping) else ()
    pages_of_exits = {outcome: exit_.get("page") for outcome, exit_ in exits if isinstance(exit_, Mapping)}
    named |= {f"{below('exits', outcome)}.page": (outcome, file) for outcome, file in pages_of_exits.items()}
    for path, (key, file) in named.items():
        if isinstance(file, str) and not any(path == fault or path.startswith(f"{fault}.") for fault in wrong):
            where = f"{project.PROJECT}.{path}"
            is_exit = path.startswith("exits.")
            name = f"the exit {key!r}" if is_exit else "the final step" if key == FINAL_STEP else f"step {key}"
            yield StepFile(name, file, found.place(where), where, is_exit or key == FINAL_STEP)


def _with_assets(entry: Mapping[str, Any], files: Mapping[str, Asset]) -> dict[str, Any]:
    named = {"assets": assets.digest_of(files)} if files else {}
    return {key: value for key, value in entry.items() if key != "assets"} | named


def _of_style(found: Document, entry: Mapping[str, Any], files: Mapping[str, Asset]) -> Iterator[Finding]:
    """Yield the style sheet of the study if it is one of the study's files, and is missing."""
    named = assets.named_by(str(entry.get("style", "")))
    fault = None if named is None else assets.missing(named, files)
    if fault is not None:
        where = below(project.PROJECT, "style")
        yield Finding(Severity.ERROR, "style-missing", found.place(where), *fault, where=where)


def _conditions(judged: registration.Registration) -> dict[str, list[str]]:
    """Return the conditions that are valid; a fault in one of them hides no page of the others."""
    found = judged.entry.get("conditions")
    wrong = {fault.path.partition("[")[0] for fault in judged.faults}
    named = found.items() if isinstance(found, Mapping) else ()
    return {name: values for name, values in sorted(named) if below("conditions", name) not in wrong}


def _sorted(steps: Any) -> list[tuple[str, Any]]:
    """Return steps in the order in which participants reach them."""
    listed = steps.items() if isinstance(steps, Mapping) else ()
    return sorted(listed, key=lambda step: (step[0] == FINAL_STEP, len(step[0]), step[0]))


def _of_links(dockerfiles: list[Path], folder: Path) -> Iterator[Finding]:
    """Yield the Dockerfiles that lead out of the study's folder."""
    for each in dockerfiles:
        target = boundary.outside(each, folder)
        if target is not None:
            place = Place(each.relative_to(folder).as_posix())
            what = f"this file leads out of the study's folder, to {target}"
            yield Finding(Severity.ERROR, "dockerfile-outside", place, what, boundary.FIX)


def _of_container(
    found: Document, given: Mapping[str, Any], folder: Path, dockerfiles: list[Path], *, has_image: bool
) -> Iterator[Finding]:
    """Yield the faults of the source of the server's image."""
    where = below(project.PROJECT, "ecsTask")
    if not wants_server(given):
        return
    if isinstance(given.get("ecsTask"), str):
        if dockerfiles:
            what = "config.yml names a task definition (ecsTask), so the Dockerfile is not used"
            fix = "Delete `ecsTask:`, if you want to build the server from the Dockerfile."
            yield Finding(Severity.WARNING, "dockerfile-not-used", found.key_place(where), what, fix, where=where)
        return
    if dockerfiles and not has_image:
        port = given.get("port")
        known = port if isinstance(port, int) and not isinstance(port, bool) else DEFAULT_PORT
        yield from dockerfile.judge(dockerfiles[0], folder, known)
    if dockerfiles or has_image or game.read(given) is not None:
        if len(dockerfiles) > 1 and not has_image:
            what = f"the folder has several Dockerfiles: {container.DOCKERFILES[0]} is used"
            yield Finding(Severity.WARNING, "dockerfiles", found.place(project.PROJECT), what, "Delete the other.")
        return
    fix = (
        "Describe the game under `game:`, add a Dockerfile beside config.yml or in server/, or name an image: --image …"
    )
    if given.get("awsSetup") is not None:
        what = "the study needs a server, and the folder has no Dockerfile to build it from"
        place = found.key_place(aws_setup.WHERE)
        yield Finding(Severity.WARNING, "no-dockerfile", place, what, fix, where=aws_setup.WHERE)
    else:
        what = "the study needs a server, and has no Dockerfile, no awsSetup and no ecsTask"
        where = below(project.PROJECT, "steps")
        yield Finding(Severity.ERROR, "no-server", found.key_place(where), what, fix, where=where)


def _of_game(found: Document, entry: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the faults of the server's start step and the game that the function does not check."""
    read_entry = from_entry(entry)
    start = read_entry.start_step
    where = f"{project.PROJECT}.events.startServerStep"
    games = [number for number in read_entry.steps if read_entry.is_game(number)]
    if start is not None and not games:
        what = "the study starts a server for each participant, but no step is the game"
        fix = "Write `game` as the step with the game, or delete startServerStep and stopServerStep."
        yield Finding(Severity.WARNING, "no-game", found.place(where), what, fix, where=where)
    elif games and start == games[0] and start != min(read_entry.steps):
        what = "the server starts at the game itself: participants wait a minute or two for it"
        fix = "Set it to a step or two before the game."
        yield Finding(Severity.WARNING, "start-at-game", found.place(where), what, fix, where=where)
