"""The tag of an image depends only on its build context."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from hippo_cli.publish import build_context
from hippo_cli.publish.build_context import BuildContext
from hippo_common.errors import HippoError


@pytest.fixture
def dockerfile(tmp_path: Path) -> Path:
    (tmp_path / "game").mkdir()
    (tmp_path / "game" / "main.py").write_text("print()")
    (tmp_path / "notes.txt").write_text("notes")
    file = tmp_path / "Dockerfile"
    file.write_text("FROM scratch\n")
    return file


def read(dockerfile: Path, architecture: str = "X86_64") -> BuildContext:
    return build_context.read(dockerfile, architecture)


def ignore(dockerfile: Path, *patterns: str) -> None:
    (dockerfile.parent / ".dockerignore").write_text("\n".join(patterns))


def counts(dockerfile: Path, *names: str) -> set[str]:
    """Create files, and return those whose content changes the tag."""
    for name in names:
        path = dockerfile.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("before")
    found = set()
    for name in names:
        before = read(dockerfile).tag
        (dockerfile.parent / name).write_text("after")
        if read(dockerfile).tag != before:
            found.add(name)
    return found


def test_the_same_context_has_the_same_tag(dockerfile: Path) -> None:
    assert read(dockerfile) == read(dockerfile)


def test_a_tag_is_valid_for_docker(dockerfile: Path) -> None:
    assert read(dockerfile).tag.startswith("context-")


def test_a_files_time_does_not_change_the_tag(dockerfile: Path) -> None:
    before = read(dockerfile).tag
    os.utime(dockerfile, (0, 0))
    assert read(dockerfile).tag == before


def test_every_file_changes_the_tag(dockerfile: Path) -> None:
    assert counts(dockerfile, "Dockerfile", "game/main.py", "notes.txt") == {"Dockerfile", "game/main.py", "notes.txt"}


def test_a_new_file_changes_the_tag(dockerfile: Path) -> None:
    before = read(dockerfile)
    (dockerfile.parent / "new.py").touch()
    assert (read(dockerfile).tag != before.tag, read(dockerfile).files) == (True, before.files + 1)


def test_a_moved_file_changes_the_tag(dockerfile: Path) -> None:
    before = read(dockerfile).tag
    (dockerfile.parent / "notes.txt").rename(dockerfile.parent / "notes.md")
    assert read(dockerfile).tag != before


def test_the_executable_bit_changes_the_tag(dockerfile: Path) -> None:
    before = read(dockerfile).tag
    (dockerfile.parent / "game" / "main.py").chmod(0o755)
    assert read(dockerfile).tag != before


def test_the_target_of_a_link_changes_the_tag(dockerfile: Path) -> None:
    link = dockerfile.parent / "link"
    link.symlink_to("game")
    before = read(dockerfile).tag
    link.unlink()
    link.symlink_to("elsewhere")
    assert read(dockerfile).tag != before


def test_the_architecture_changes_the_tag(dockerfile: Path) -> None:
    assert read(dockerfile).tag != read(dockerfile, "ARM64").tag


def test_an_unknown_architecture_is_refused(dockerfile: Path) -> None:
    with pytest.raises(HippoError):
        read(dockerfile, "Z80")


def test_files_of_tools_do_not_change_the_tag(dockerfile: Path) -> None:
    assert counts(dockerfile, ".git/HEAD", "game/__pycache__/main.pyc", "game/.DS_Store") == set()


@pytest.mark.parametrize(
    ("patterns", "counting"),
    [
        (["a.log"], {"b.log", "logs/a.log", "logs/deep/c.txt"}),
        (["*.log"], {"logs/a.log", "logs/deep/c.txt"}),
        (["**/*.log"], {"logs/deep/c.txt"}),
        (["logs"], {"a.log", "b.log"}),
        (["/logs/"], {"a.log", "b.log"}),
        (["./logs"], {"a.log", "b.log"}),
        (["logs/*"], {"a.log", "b.log"}),
        (["logs/**"], {"a.log", "b.log"}),
        (["*/deep"], {"a.log", "b.log", "logs/a.log"}),
        (["?.log"], {"logs/a.log", "logs/deep/c.txt"}),
        (["[a].log"], {"b.log", "logs/a.log", "logs/deep/c.txt"}),
        (["*", "!b.log"], {"b.log"}),
        (["logs", "!logs/deep"], {"a.log", "b.log", "logs/deep/c.txt"}),
        (["!b.log", "*.log"], {"logs/a.log", "logs/deep/c.txt"}),
        (["# a.log", "", "  b.log  "], {"a.log", "logs/a.log", "logs/deep/c.txt"}),
    ],
)
def test_dockerignore_is_read_as_docker_reads_it(dockerfile: Path, patterns: list[str], counting: set[str]) -> None:
    ignore(dockerfile, *patterns)
    assert counts(dockerfile, "a.log", "b.log", "logs/a.log", "logs/deep/c.txt") == counting


def test_an_ignored_dockerfile_still_changes_the_tag(dockerfile: Path) -> None:
    ignore(dockerfile, "*")
    assert counts(dockerfile, "Dockerfile") == {"Dockerfile"}


def test_a_dockerfiles_own_ignore_file_wins(dockerfile: Path) -> None:
    ignore(dockerfile, "a.log")
    (dockerfile.parent / "Dockerfile.dockerignore").write_text("b.log")
    assert counts(dockerfile, "a.log", "b.log") == {"a.log"}
