"""A plan is applied only while its inputs are the same as at its review."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hippo_deploy.environments import Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.plan import reviewed
from hippo_deploy.plan.reviewed import Origin, Reviewed

MADE = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ORIGIN = Origin("123456789012", "ca-central-1", "b" * 64, "s" * 64, "t" * 64, "1.11.4", {"hashicorp/aws": "5.100.0"})
VERSIONS = {"terraform": "1.11.4", "providers": {"hashicorp/aws": "5.100.0"}}


def kept(**others: object) -> Reviewed:
    return replace(Reviewed("prod", MADE.isoformat(), ORIGIN, "p", "r", changes=True), **others)  # type: ignore[arg-type]


def test_a_plan_with_the_same_inputs_is_not_stale() -> None:
    assert reviewed.stale_reasons(kept(), ORIGIN, MADE + timedelta(hours=23), reviewed.MAX_AGE_HOURS) == []


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (
            replace(ORIGIN, account_id="000000000000"),
            "for account 123456789012, but your credentials are for 000000000000",
        ),
        (replace(ORIGIN, region="eu-west-1"), "for ca-central-1, but the settings name eu-west-1"),
        (replace(ORIGIN, bundle="c" * 64), "with bundle bbbbbbbbbbbb…, but this checkout's is cccccccccccc…"),
        (replace(ORIGIN, sources="x"), "Terraform files or web site files have changed"),
        (replace(ORIGIN, settings="x"), "settings have changed since"),
        (replace(ORIGIN, terraform="1.12.0"), "by terraform 1.11.4, but this machine has 1.12.0"),
        (
            replace(ORIGIN, providers={"hashicorp/aws": "5.99.0"}),
            "with hashicorp/aws 5.100.0, but this machine has 5.99.0",
        ),
    ],
)
def test_each_input_that_differs_is_reported(now: Origin, reason: str) -> None:
    (fault,) = reviewed.stale_reasons(kept(), now, MADE, reviewed.MAX_AGE_HOURS)
    assert reason in fault


def test_an_old_plan_is_refused_unless_its_age_is_allowed() -> None:
    (fault,) = reviewed.stale_reasons(kept(), ORIGIN, MADE + timedelta(hours=30), reviewed.MAX_AGE_HOURS)
    assert "30 hours old; MAX_PLAN_AGE_HOURS=31" in fault
    assert reviewed.stale_reasons(kept(), ORIGIN, MADE + timedelta(hours=30), 31) == []


@pytest.fixture
def prod(tmp_path: Path) -> Environment:
    environment = Environment("prod", tmp_path)
    for path, text in {
        environment.tfvars: 'region = "ca-central-1"\n',
        environment.backend: "",
        environment.root / "main.tf": "",
        environment.root / "modules" / "a" / "main.tf": "",
        environment.root / "tests" / "a.tftest.hcl": "",
        tmp_path / "build" / "page" / "index.html": "",
        environment.bundle: "zip",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return environment


def made_from(environment: Environment) -> Origin:
    return reviewed.origin(environment, "123456789012", "ca-central-1", VERSIONS)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("terraform/main.tf", "sources"),
        ("terraform/modules/a/main.tf", "sources"),
        ("build/page/index.html", "sources"),
        ("terraform/environments/prod.tfvars", "settings"),
        ("terraform/environments/prod.s3.tfbackend", "settings"),
        ("build/hippo_gym.zip", "bundle"),
    ],
)
def test_a_change_of_any_input_file_changes_the_origin(prod: Environment, name: str, field: str) -> None:
    before = made_from(prod)
    (prod.repository / name).write_text("changed")
    after = made_from(prod)
    assert getattr(before, field) != getattr(after, field)
    assert replace(after, **{field: getattr(before, field)}) == before


def test_a_change_of_another_file_does_not_change_the_origin(prod: Environment) -> None:
    before = made_from(prod)
    for name in ("terraform/tests/a.tftest.hcl", "terraform/environments/pilot.tfvars", "README.md"):
        (prod.repository / name).write_text("changed")
    assert made_from(prod) == before


def test_another_checkout_of_the_same_files_has_the_same_origin(
    prod: Environment, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "copy"
    prod.repository.rename(elsewhere)
    moved = made_from(Environment("prod", elsewhere))
    elsewhere.rename(prod.repository)
    assert moved == made_from(prod)


def write(environment: Environment) -> None:
    environment.plans.mkdir(parents=True)
    for name in (reviewed.PLAN, reviewed.REVIEW, reviewed.JSON):
        (environment.plans / name).write_text(name)
    kept(
        plan=reviewed.digest(environment.plans / reviewed.PLAN),
        review=reviewed.digest(environment.plans / reviewed.REVIEW),
    ).write(environment.plans)


def test_a_written_record_is_read_again(prod: Environment) -> None:
    write(prod)
    assert reviewed.read(prod).origin == ORIGIN


@pytest.mark.parametrize("name", [reviewed.PLAN, reviewed.REVIEW])
def test_a_changed_plan_or_review_is_refused(prod: Environment, name: str) -> None:
    write(prod)
    (prod.plans / name).write_text("another")
    with pytest.raises(DeployError, match="is not the file that `make plan` wrote"):
        reviewed.read(prod)


def test_without_a_plan_the_error_names_make_plan(prod: Environment) -> None:
    with pytest.raises(DeployError) as raised:
        reviewed.read(prod)
    assert "There is no plan for prod" in raised.value.message
    assert raised.value.fix is not None
    assert "make plan ENV=prod" in raised.value.fix


def test_a_plan_of_another_environment_is_refused(prod: Environment) -> None:
    write(prod)
    pilot = Environment("pilot", prod.repository)
    prod.plans.rename(pilot.plans)
    with pytest.raises(DeployError, match="is for prod"):
        reviewed.read(pilot)


def test_discarding_a_plan_keeps_its_review(prod: Environment) -> None:
    write(prod)
    reviewed.discard(prod)
    assert [path.name for path in prod.plans.iterdir()] == [reviewed.REVIEW]


def damage(environment: Environment, change: Callable[[dict[str, Any]], object]) -> None:
    path = environment.plans / reviewed.REVIEWED
    found = json.loads(path.read_text())
    change(found)
    path.write_text(json.dumps(found))


@pytest.mark.parametrize("kept_bytes", [0, 1, 40, 200])
def test_half_a_record_is_refused_in_words(prod: Environment, kept_bytes: int) -> None:
    write(prod)
    path = prod.plans / reviewed.REVIEWED
    path.write_bytes(path.read_bytes()[:kept_bytes])
    with pytest.raises(DeployError, match=r"build/plans/prod/reviewed\.json is incomplete or damaged") as raised:
        reviewed.read(prod)
    assert "make plan ENV=prod" in f"{raised.value.fix}"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda found: found.update(release="9.9.9"), "was made by release 9.9.9 of this tool, and this is release"),
        (lambda found: found.pop("release"), "was made by an earlier release of this tool"),
        (lambda found: found.pop("changes"), "is incomplete or damaged: .*changes"),
        (lambda found: found.pop("origin"), "is incomplete or damaged: .*origin"),
        (lambda found: found["origin"].pop("bundle"), "is incomplete or damaged: .*bundle"),
        (lambda found: found["origin"].update(providers=None), "is incomplete or damaged"),
        (lambda found: found.update(made_at="yesterday"), "is incomplete or damaged: .*yesterday"),
        (lambda found: found.update(more=1), "is incomplete or damaged: .*more"),
    ],
)
def test_a_record_of_another_release_or_without_an_entry_is_refused_in_words(
    prod: Environment, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    write(prod)
    damage(prod, change)
    with pytest.raises(DeployError, match=words):
        reviewed.read(prod)


def test_half_a_plan_file_is_refused(prod: Environment) -> None:
    write(prod)
    (prod.plans / reviewed.PLAN).write_text(reviewed.PLAN[:4])
    with pytest.raises(DeployError, match=r"plan\.tfplan is not the file that `make plan` wrote"):
        reviewed.read(prod)
