"""`make preflight`: how it reads an environment, and its output."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from pathlib import Path

import pytest

from hippo_deploy.bootstrap import files
from hippo_deploy.environments import REPOSITORY, Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.main import run
from hippo_deploy.preflight import reading, showing
from hippo_deploy.preflight.findings import Status, ok, problem, warning
from hippo_deploy.preflight.running import Report
from hippo_deploy.preflight.wanted import StateStore, Wanted
from tests.support.moto_account import ACCOUNT, REGION, ROOT

pytestmark = pytest.mark.terraform


def environment(folder: Path, tfvars: str, backend: str | None = None) -> Environment:
    """Make an environment in a folder with the repository's variables."""
    files = folder / "terraform" / "environments"
    files.mkdir(parents=True)
    for declarations in (REPOSITORY / "terraform").glob("variables*.tf"):
        shutil.copy(declarations, folder / "terraform")
    (files / "prod.tfvars").write_text(tfvars, "utf-8")
    if backend is not None:
        (files / "prod.s3.tfbackend").write_text(backend, "utf-8")
    return Environment("prod", folder)


KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:on_call"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:certificate-AbCdEf"
LEAST = f'region = "{REGION}"\nroot_domain = "{ROOT}"\n'


def test_unset_variables_have_terraforms_defaults(tmp_path: Path) -> None:
    read = reading.read(environment(tmp_path, LEAST))

    assert read == Wanted(REGION, ROOT), "the defaults of terraform/variables*.tf and of Wanted are the same"


def test_every_setting_is_read(tmp_path: Path) -> None:
    tfvars = f"""{LEAST}
        name = "HIPPO_Gym_pilot"   # a second one
        hosted_zone_id = "Z123"
        subnet_ids = [
          "subnet-1", /* one */ "subnet-2",
        ]
        security_group_ids = ["sg-1"]
        vpc_cidr = "10.1.0.0/16"
        session_ports = [5001, 5000]
        former_game_route = "edge"
        max_sessions = 30
        reserved_concurrency = {{ start_server = 40, next_step = 50 }}
        cluster_mode = "shared"
        bucket_name = "bucket.example"
        api_domain = "api.{ROOT}"
        kms_key_arn = "{KEY}"
        permissions_boundary_arn = "{BOUNDARY}"
        alarm_topic_arn = "{TOPIC}"
        session_certificate_secret_arn = "{SECRET}"
        website = {{ domain = "study.{ROOT}" }}
        tracing = false
        admitted_task_families = ["by_hand"]
        session_task_role = "shared"
        xray_resource_policy = false
    """
    backend = 'bucket = "state.example"\nkey = "hippo-gym/prod/terraform.tfstate"\nregion = "eu-west-1"\n'

    read = reading.read(environment(tmp_path, tfvars, backend))

    assert read == Wanted(
        REGION,
        ROOT,
        name="HIPPO_Gym_pilot",
        hosted_zone_id="Z123",
        subnet_ids=("subnet-1", "subnet-2"),
        security_group_ids=("sg-1",),
        vpc_cidr="10.1.0.0/16",
        session_ports=(5000, 5001),
        game_routes=frozenset({"direct", "edge"}),
        max_sessions=30,
        max_sessions_is_default=False,
        reserved_start_server=40,
        reserved_next_step=50,
        cluster_mode="shared",
        bucket_name="bucket.example",
        api_domain=f"api.{ROOT}",
        website=True,
        page_domain=f"study.{ROOT}",
        kms_key_arn=KEY,
        permissions_boundary_arn=BOUNDARY,
        alarm_topic_arn=TOPIC,
        session_certificate_secret_arn=SECRET,
        tracing=False,
        admitted_task_families=("by_hand",),
        session_task_role="shared",
        xray_resource_policy=False,
        state=StateStore("state.example", "hippo-gym/prod/terraform.tfstate", "eu-west-1"),
    )
    others = {"environment", "alarm_emails", "parent_zone_id", "certificate_by_acme"}
    assert all(getattr(read, each.name) != each.default for each in fields(Wanted) if each.name not in others)


def test_addresses_for_alarms_are_read(tmp_path: Path) -> None:
    tfvars = LEAST + 'alarm_emails = ["a@example.net", "b@example.net"]\n'

    assert reading.read(environment(tmp_path, tfvars)).alarm_emails == {"a@example.net", "b@example.net"}


@pytest.mark.parametrize(
    ("setting", "secret", "by_acme"),
    [("{ acme = {} }", None, True), (f'{{ secret_arn = "{SECRET}" }}', SECRET, False)],
)
def test_both_ways_to_a_certificate_are_read(tmp_path: Path, setting: str, secret: str | None, by_acme: bool) -> None:
    read = reading.read(environment(tmp_path, f"{LEAST}session_certificate = {setting}\n"))

    assert (read.session_certificate_secret_arn, read.certificate_by_acme) == (secret, by_acme)


def test_a_parent_zone_is_read(tmp_path: Path) -> None:
    assert reading.read(environment(tmp_path, LEAST + 'parent_zone_id = "Z456"\n')).parent_zone_id == "Z456"


def test_a_backend_file_is_read_as_terraform_reads_it(tmp_path: Path) -> None:
    backend = """
        # Where the state is.
        bucket       = "state.example"   # ours
        key = "hippo-gym/a#1/terraform.tfstate"
        use_lockfile = true # from 1.10 on
        region="eu-west-1"
    """
    made = environment(tmp_path, LEAST, backend)

    assert reading.read(made).state == StateStore("state.example", "hippo-gym/a#1/terraform.tfstate", "eu-west-1")
    assert files.backend_settings(made)["use_lockfile"] == "true"
    assert files.bucket_in(made) == "state.example"


@pytest.mark.parametrize(
    ("tfvars", "words"),
    [
        (LEAST + 'name = "HIPPO-Gym"\n', "not HIPPO-Gym"),
        (LEAST + "max_sessions = -1\n", "max_sessions must be a whole number of at least 1, or 0 for no limit"),
        (LEAST + "max_sessions = 0\n", "max_sessions = 0 without an alarm address"),
        (LEAST + "max_sessions = \n", "max_sessions has no value after the equals sign"),
        (LEAST + f'kms_key_arn = "{KEY.replace(REGION, "eu-west-1")}"\n', "in the deployment's Region"),
        (f'region = "{REGION}"\n', "root_domain"),
    ],
)
def test_tfvars_that_break_a_rule_are_refused_with_terraforms_message(tmp_path: Path, tfvars: str, words: str) -> None:
    with pytest.raises(DeployError, match=r"prod\.tfvars cannot be used") as raised:
        reading.read(environment(tmp_path, tfvars))

    assert words in raised.value.message
    assert not set("│╷╵├") & set(raised.value.message)


def test_variables_of_the_shell_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_VAR_name", "Another")

    with pytest.raises(DeployError, match="the shell's variable TF_VAR_name"):
        reading.read(environment(tmp_path, LEAST))


def test_missing_tfvars_are_an_error_with_the_command_that_writes_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["preflight", "--env", "nowhere-to-be-found"]) == 1
    assert "make bootstrap ENV=nowhere-to-be-found" in capsys.readouterr().err


FINDINGS = [
    ok("Terraform", "version 1.11.4", "why not"),
    warning("Delegation", "none yet", "no browser finds it", "add it"),
    problem("Fargate vCPU", "3 servers", "it is refused", "raise it", 3),
]
REPORT = Report(FINDINGS, "123456789012", 3)


def test_the_table_is_followed_by_the_reasons_and_fixes_of_problems_and_warnings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    showing.as_table(REPORT)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]

    assert [line.split("  ")[0] for line in lines[1:4]] == ["PROBLEM", "warning", "ok"]
    assert [line.split()[-1] for line in lines[:2]] == ["participants", "3"]
    assert lines[5:8] == ["Fargate vCPU", "  Why:   it is refused", "  To do: raise it"]
    assert lines[-1] == "1 problem, 1 warning. The account allows 3 participants at once."
    assert "why not" not in "\n".join(lines)


def test_json_holds_the_same_findings() -> None:
    made = json.loads(json.dumps(showing.as_json(REPORT, "prod", Wanted(REGION, ROOT))))

    assert (made["environment"], made["accountId"], made["participants"], made["problems"]) == (
        "prod",
        "123456789012",
        3,
        1,
    )
    assert [each["status"] for each in made["findings"]] == ["problem", "warning", "ok"]
    assert made["findings"][0]["fix"] == "raise it"
    assert REPORT.count(Status.PROBLEM) == 1
