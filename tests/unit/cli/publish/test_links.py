"""`hippo link` and `hippo links`: what they print, and what next_step accepts of it."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from hippo_gym.studies.link_keys import parameter_name, read_keys
from hippo_gym.studies.links import Verdict, verify
from tests.support.moto_deployment import Folder, MotoDeployment

Capture = pytest.CaptureFixture[str]
PAGE = "https://study.example.net"


@pytest.fixture
def study(cloud: MotoDeployment, folder: Folder, docker: Path) -> MotoDeployment:
    cloud.describe(pageUrl=PAGE)
    cloud.submit(folder.configure(access="signed"))
    return cloud


def out(cloud: MotoDeployment, capsys: Capture, *arguments: str, status: int = 0) -> str:
    capsys.readouterr()
    assert cloud.hippo(*arguments) == status
    captured = capsys.readouterr()
    return captured.out if status == 0 else captured.err


def keys(cloud: MotoDeployment) -> tuple[bytes, ...]:
    return read_keys(cloud.aws("ssm"), parameter_name("HIPPO_Gym", "grid"))


def verdict(cloud: MotoDeployment, link: str, user: str, *, days: float = 0) -> Verdict:
    proof = urlsplit(link).fragment.removeprefix("proof=")
    return verify(keys(cloud), proof, "grid", user, datetime.now(UTC) + timedelta(days=days))


def test_links_are_csv_with_one_valid_link_for_each_id(study: MotoDeployment, capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_text("\ufeffA2XYZ\n\n# a comment\n b-2 \n", encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(out(study, capsys, "links", "grid", "ada", "--file", str(file)))))
    assert [row["userId"] for row in rows] == ["ada", "A2XYZ", "b-2"]
    for row in rows:
        parts = urlsplit(row["link"])
        assert f"{parts.scheme}://{parts.netloc}" == PAGE
        assert parse_qs(parts.query) == {"projectId": ["grid"], "userId": [row["userId"]]}
        assert verdict(study, row["link"], row["userId"]) is Verdict.VALID
        assert verdict(study, row["link"], row["userId"], days=31) is Verdict.EXPIRED
        assert verdict(study, row["link"], "eve") is Verdict.INVALID


def test_links_stay_valid_after_one_new_key_and_end_after_two(study: MotoDeployment, capsys: Capture) -> None:
    first = json.loads(out(study, capsys, "link", "grid", "ada", "--json"))["link"]
    out(study, capsys, "links", "grid", "--rotate")
    second = json.loads(out(study, capsys, "link", "grid", "ada", "--json"))["link"]
    assert [verdict(study, link, "ada") for link in (first, second)] == [Verdict.VALID, Verdict.VALID]
    assert len(keys(study)) == 2
    out(study, capsys, "links", "grid", "--rotate")
    assert [verdict(study, link, "ada") for link in (first, second)] == [Verdict.INVALID, Verdict.VALID]


def test_the_key_is_encrypted_and_printed_nowhere(study: MotoDeployment, capsys: Capture) -> None:
    shown = out(study, capsys, "link", "grid", "ada")
    parameter: dict[str, Any] = study.aws("ssm").get_parameter(Name=parameter_name("HIPPO_Gym", "grid"))["Parameter"]
    assert parameter["Type"] == "SecureString"
    value = study.aws("ssm").get_parameter(Name=parameter["Name"], WithDecryption=True)["Parameter"]["Value"]
    (key,) = json.loads(value)["keys"]
    assert key not in shown


@pytest.mark.parametrize(
    ("arguments", "says", "status"),
    [
        (("links", "grid"), "There is no participant's id.", 2),
        (("links", "grid", "ada", "ADA"), "is there 2 times", 2),
        (("links", "grid", "a_b"), "'a_b' cannot be a participant's id.", 2),
        (("link", "grid", "ada", "--days", "0"), "--days is 0.", 2),
        (("links", "grid", "--file", "/none.txt"), "/none.txt cannot be read", 2),
        (("link", "gird", "ada"), "Did you mean grid?", 1),
    ],
)
def test_what_is_wrong_is_named_and_no_key_is_made(
    study: MotoDeployment, capsys: Capture, arguments: tuple[str, ...], says: str, status: int
) -> None:
    assert says in out(study, capsys, *arguments, status=status)
    assert keys(study) == ()


def test_an_open_study_needs_no_links(study: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    study.clock.advance()
    study.submit(folder.configure(access="open"))
    assert "its access is open" in out(study, capsys, "link", "grid", "ada", status=1)
