"""The bundle of a small project: its contents, and why a build fails."""

from __future__ import annotations

import importlib.metadata
import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import build

if TYPE_CHECKING:
    from tests.unit.build.conftest import Project


def names(bundle: build.Bundle) -> list[str]:
    with zipfile.ZipFile(bundle.path) as archive:
        return archive.namelist()


# ------------------------------------------------------------------------------------------------------ contents


def test_entries_package_schemas_and_dependencies_share_one_root(project: Project) -> None:
    assert {
        "next_step.py",
        "stop_server.py",
        "hippo_gym/__init__.py",
        "hippo_gym/participants/pages.py",
        "schemas/project.schema.json",
        "framework/__init__.py",
        "framework/data.json",
        "linguist/__init__.py",
    } <= set(names(project.build()))


def test_the_bundle_holds_no_build_files(project: Project) -> None:
    for stray in ("handlers/hippo_gym/__pycache__/pages.pyc", "handlers/hippo_gym/.pages.py.swp"):
        path = project.root / stray
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"stray")
    unwanted = re.compile(
        r"__pycache__|\.pyc$|\.swp$|RECORD|INSTALLER|REQUESTED|direct_url|WHEEL|^bin/|README|requirements"
    )
    assert [name for name in names(project.build()) if unwanted.search(name)] == []


def test_a_dependency_keeps_the_version_it_reports_and_its_licence(project: Project) -> None:
    bundle = project.build()
    found = importlib.metadata.distributions(path=[str(bundle.path)])
    assert {(each.name, each.version) for each in found} == {("framework", "2.0.0"), ("linguist", "1.5.0")}
    assert "framework-2.0.0.dist-info/licenses/LICENSE" in names(bundle)


def test_entries_are_sorted_and_do_not_depend_on_the_machine(project: Project) -> None:
    with zipfile.ZipFile(project.build().path) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {stat.S_IFREG | 0o644}
    assert {entry.create_system for entry in entries} == {3}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}


def test_the_result_describes_the_file(project: Project) -> None:
    bundle = project.build()
    assert bundle.path == project.root / "build" / "hippo_gym.zip"
    assert bundle.size == bundle.path.stat().st_size
    assert bundle.files == len(names(bundle))


def test_the_second_build_installs_nothing(project: Project) -> None:
    project.forget_dependencies()
    first = project.build()
    for wheel in project.registry.iterdir():
        wheel.unlink()
    assert project.build() == first


def test_a_changed_lock_is_installed(project: Project) -> None:
    project.build()
    project.add_to_lock("extra==1.0.0")
    assert "extra/__init__.py" in names(project.build())


# ------------------------------------------------------------------------------------------------------- errors


def damage_no_entries(project: Project) -> None:
    for entry in (project.root / "handlers").glob("*.py"):
        entry.unlink()


def damage_no_package(project: Project) -> None:
    (project.root / "handlers" / "hippo_gym" / "__init__.py").unlink()


def damage_no_schemas(project: Project) -> None:
    (project.root / "schemas" / "project.schema.json").unlink()


def damage_syntax(project: Project) -> None:
    (project.root / "handlers" / "hippo_gym" / "pages.py").write_text("one = 1\ndef two(:\n")


def damage_encoding(project: Project) -> None:
    (project.root / "handlers" / "next_step.py").write_bytes(b"name = '\xff'\n")


def damage_schema(project: Project) -> None:
    (project.root / "schemas" / "project.schema.json").write_text("{")


def damage_no_lock(project: Project) -> None:
    project.lock.unlink()


def damage_unpinned(project: Project) -> None:
    project.lock.with_suffix(".in").write_text("framework>=2\n")


def damage_required_version(project: Project) -> None:
    project.lock.with_suffix(".in").write_text("framework==2.1.0\n")


def damage_required_package(project: Project) -> None:
    project.lock.with_suffix(".in").write_text("framework==2.0.0\nLost_Package[all]==3\n")


def damage_superfluous_package(project: Project) -> None:
    project.lock.with_suffix(".in").write_text("# nothing\n")


def damage_no_hash(project: Project) -> None:
    project.lock.write_text(re.sub(r" \\\n +--hash\S+", "", project.lock.read_text(), count=1))


def damage_hash(project: Project) -> None:
    project.lock.write_text(re.sub(r"sha256:\w+", "sha256:" + "0" * 64, project.lock.read_text(), count=1))


def damage_missing_dependency(project: Project) -> None:
    project.lock.write_text(project.lock.read_text().partition("linguist")[0])


def damage_withdrawn_wheel(project: Project) -> None:
    project.forget_dependencies()
    next(project.registry.glob("linguist*")).unlink()


def damage_boto3(project: Project) -> None:
    project.add_to_lock("boto3==1.0.0")


def damage_shadow(project: Project) -> None:
    (project.root / "handlers" / "framework.py").write_text("")


DAMAGES: dict[Callable[[Project], None], str] = {
    damage_no_entries: r"handlers/ holds no entry file",
    damage_no_package: r"handlers/hippo_gym/__init__\.py is missing",
    damage_no_schemas: r"schemas/ holds no \*\.schema\.json",
    damage_syntax: r"handlers/hippo_gym/pages\.py, line 2: ",
    damage_encoding: r"handlers/next_step\.py, line 1: .*utf-8",
    damage_schema: r"schemas/project\.schema\.json: .*line 1 column 2",
    damage_no_lock: r"handlers/requirements\.txt is missing",
    damage_unpinned: r"handlers/requirements\.in: 'framework>=2' is not an exact version",
    damage_required_version: r"stale: framework 2\.1\.0 is required, 2\.0\.0 is locked\. Run: make lock",
    damage_required_package: r"stale: lost-package 3 is required, nothing is locked",
    damage_superfluous_package: r"stale: framework is locked and no longer required",
    damage_no_hash: r"framework has no hash",
    damage_hash: r"framework==2\.0\.0 has a hash that handlers/requirements\.txt does not list",
    damage_missing_dependency: r"stale: it lacks linguist\. Run: make lock",
    damage_withdrawn_wheel: r"linguist==1\.5\.0: the package registry .* has no wheel of it",
    damage_boto3: r"boto3 must not be in the bundle",
    damage_shadow: r"handlers/ and a dependency both contain framework",
}


@pytest.mark.parametrize(("damage", "reason"), DAMAGES.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_failed_build_says_why(project: Project, damage: Callable[[Project], None], reason: str) -> None:
    damage(project)
    with pytest.raises(build.BuildError, match=reason):
        project.build()


@pytest.mark.parametrize("limit", ["MAX_UNZIPPED", "MAX_UPLOAD"])
def test_a_bundle_that_lambda_would_refuse_is_not_written(
    project: Project, limit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, limit, 300)
    with pytest.raises(build.BuildError, match=r"bytes; Lambda allows 300 for an"):
        project.build()
    assert not (project.root / "build" / "hippo_gym.zip").exists()


def test_a_failed_build_leaves_the_former_zip_and_no_half_installed_cache(project: Project) -> None:
    former = project.build()
    project.add_to_lock("extra==1.0.0")
    next(project.registry.glob("extra*")).unlink()
    with pytest.raises(build.BuildError):
        project.build()
    assert former.path.stat().st_size == former.size
    assert len(list((project.root / "build" / "dependencies").iterdir())) == 1
    assert [path.name for path in (project.root / "build").iterdir() if path.is_file()] == ["hippo_gym.zip"]


def test_an_unreachable_registry_has_its_own_message(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.forget_dependencies()
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # the discard port: no program listens
    with pytest.raises(build.BuildError, match="no package registry can be reached"):
        project.build()


def test_settings_of_the_user_do_not_change_what_pip_installs(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"PIP_USER": "1", "PIP_PREFIX": str(tmp_path), "PIP_REQUIRE_VIRTUALENV": "1"}.items():
        monkeypatch.setenv(name, value)
    project.forget_dependencies()
    assert "framework/__init__.py" in names(project.build())


# ----------------------------------------------------------------------------------------------------- the command line


def test_the_command_prints_the_path_the_size_and_both_forms_of_the_digest(project: Project) -> None:
    done = project.run()
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        line
        for name, recipe in (("hippo_gym", build.FUNCTIONS), ("hippo_certificates", build.CERTIFICATES))
        for bundle in [build.build(project.root, build.lambda_target("arm64"), recipe=recipe)]
        for line in (
            f"build/{name}.zip: arm64-3.13, {bundle.files} files, {bundle.size:,} bytes",
            f"sha256 {bundle.sha256}",
            f"base64 {bundle.code_sha256}",
        )
    ]


def test_renew_certificate_has_a_bundle_of_its_own_with_the_part_of_hippo_gym_that_it_uses(project: Project) -> None:
    bundle = build.build(project.root, build.lambda_target("arm64"), recipe=build.CERTIFICATES)
    own = {name for name in names(bundle) if name.startswith("h") or name.endswith("_certificate.py")}
    assert own == {
        "hippo_certificates/__init__.py",
        "hippo_certificates/plan.py",
        "hippo_gym/__init__.py",
        "hippo_gym/runtime/settings.py",
        "renew_certificate.py",
    }
    assert "renew_certificate.py" not in names(project.build())


def test_the_command_writes_to_the_given_path(project: Project, tmp_path: Path) -> None:
    output = tmp_path / "elsewhere" / "bundle.zip"
    assert project.run("--architecture", "x86_64", "--output", str(output)).returncode == 0
    assert zipfile.is_zipfile(output)


def test_the_local_bundle_has_its_own_name(project: Project) -> None:
    assert project.run("--local").stdout.startswith("build/hippo_gym-local.zip: local-")


def test_the_command_fails_with_one_line(project: Project) -> None:
    damage_boto3(project)
    done = project.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "build.py: boto3 must not be in the bundle: the Lambda runtime contains it\n"
