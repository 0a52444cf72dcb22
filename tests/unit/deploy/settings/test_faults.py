"""Every fault of a tfvars file: one sentence each, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from hippo_deploy.environments import REPOSITORY, Environment
from hippo_deploy.errors import DeployError
from hippo_deploy.settings import judging
from tests.unit.deploy.settings.conftest import Writes

pytestmark = pytest.mark.terraform

LEAST = 'region = "ca-central-1"\nroot_domain = "play.example.net"\n'


def faults(environment: Environment) -> list[str]:
    """Return the sentences, each without the path of the file."""
    try:
        judging.check(environment, {})
    except DeployError as error:
        sentences = error.message.split("\n\n")[0].splitlines()[1:]
        return [sentence.strip().removeprefix("terraform/environments/prod.tfvars") for sentence in sentences]
    return []


#: A line of the file, and the sentence about it without the line's number.
NAMES = [
    ("max_sesions = 3", "there is no setting max_sesions; the nearest is max_sessions."),
    ("MaxRuntime-Minutes = 3", "there is no setting MaxRuntime-Minutes; the nearest is max_runtime_minutes."),
    (
        "colour = 3",
        "there is no setting colour; terraform/environments/example.tfvars lists every setting.",
    ),
    ("burst = 3", "there is no setting burst; it is an attribute of throttling: throttling = { burst = … }."),
    (
        "throttling = { rates = 3 }",
        "throttling has no attribute rates; the nearest is rate; it may have rate, burst and next.",
    ),
    (
        "task_event_publishing = { role = true, role = false }",
        "task_event_publishing.role is set on line 9 already; remove one of the two.",
    ),
    ("waf = {}", "waf needs requests: a number."),
    (
        'tags = { Owner = "a", Owner = "b" }',
        "tags has the key Owner on line 11 already; remove one of the two.",
    ),
    ('alarm_emails = ["a@b.org", "a@b.org"]', 'alarm_emails holds "a@b.org" twice; remove one.'),
    ("alarms = null", "alarms must not be null, which has no meaning here; remove the line to get the default."),
    (
        "alarm_thresholds = { orphans = null }",
        "alarm_thresholds.orphans must not be null, which has no meaning here; remove the line to get the default.",
    ),
    ('reserved_names = ["www", null]', "reserved_names must not hold null; remove that element."),
    (
        "function_environment = { A1 = null }",
        "function_environment.A1 must not be null; set a value, or remove the line.",
    ),
]
TYPES = [
    ('sweep_minutes = "soon"', 'sweep_minutes must be a number; it is "soon".'),
    ("alarms = yes", "alarms must be true or false; it is yes."),
    ("dashboard = 1", "dashboard must be true or false; it is 1."),
    ("tracing = [true]", "tracing must be true or false; it is a list."),
    ("bucket_name = {}", "bucket_name must be text in quotes; it is an object."),
    ("log_level = DEBUG", 'a text needs quotes: log_level = "DEBUG".'),
    ("api_domain = api.play.example.net", 'a text needs quotes: api_domain = "api.play.example.net".'),
    ("session_ports = 5000", "session_ports must be a list of numbers: [<value>, <value>]; it is 5000."),
    (
        'noncurrent_days = [90, "x"]',
        "noncurrent_days must be a number; it is a list.",
    ),
    (
        'cors_allow_origins = "*"',
        'cors_allow_origins must be a list of texts in quotes: [<value>, <value>]; it is "*".',
    ),
    ("subnet_ids = [{}]", "an element of subnet_ids must be text in quotes; it is an object."),
    (
        'function_environment = ["A=1"]',
        "function_environment must be an object whose values are texts in quotes: { <key> = <value> }; it is a list.",
    ),
    (
        "throttling = 5",
        "throttling must be an object in curly brackets, with rate, burst and next; it is 5.",
    ),
    ("memory_mb = { next_step = {} }", "memory_mb.next_step must be a number; it is an object."),
    ("website = { domain = play.example.net }", 'a text needs quotes: domain = "play.example.net".'),
]
RULES = [
    (
        'name = "HIPPO-Gym"',
        "name must be 1 to 32 letters, digits and underscores, beginning with a letter: HIPPO_Gym_pilot, not "
        "HIPPO-Gym.",
    ),
    (
        "session_ports = [5000, 5000]",
        "session_ports must not hold a port twice. Remove one of the two; if two studies use the same port, one entry "
        "admits both.",
    ),
    (
        'subnet_ids = ["subnet-1", "subnet-1"]',
        "subnet_ids must not hold an id twice. Remove one of the two.",
    ),
    ('security_group_ids = ["subnet-1"]', "security_group_ids must be ids such as sg-0123456789abcdef0."),
    (
        'function_environment = { AWS_REGION = "a" }',
        "function_environment must not contain a variable that Lambda reserves, such as AWS_REGION, AWS_ACCESS_KEY_ID "
        "or _HANDLER: Lambda refuses the function. Rename it, or remove it.",
    ),
    (
        'tags = { product = "ours" }',
        "tags must not have the keys Product, Deployment or ManagedBy, in upper or lower case: the deployment sets "
        "these itself, and its costs are counted by them. Rename your tag.",
    ),
    (
        'hosted_zone_id = "/hostedzone/Z1"',
        "hosted_zone_id must be only the zone's id, such as Z0123456789ABCDEFGHIJ, without /hostedzone/.",
    ),
]


@pytest.mark.parametrize("table", [NAMES, TYPES, RULES], ids=["names", "types", "rules"])
def test_every_fault_is_a_sentence_with_its_line(environment: Writes, table: list[tuple[str, str]]) -> None:
    lines = [line for line, _ in table]
    expected = [f":{number}: {sentence}" for number, (_, sentence) in enumerate(table, 4)]

    found = faults(environment(f"{LEAST}\n" + "\n".join(lines) + "\n"))

    assert found == expected


def test_faults_of_several_kinds_are_reported_together(environment: Writes) -> None:
    """Terraform checks no rule while a value has the wrong type; here it does."""
    tfvars = """region = "ca-central-1"
root_domain = play.example.net
max_sesions = 3
name = "HIPPO-Gym"
tags = {
  Owner = null
}
sweep_minutes = "soon"
"""

    assert faults(environment(tfvars)) == [
        ':2: a text needs quotes: root_domain = "play.example.net".',
        ":3: there is no setting max_sesions; the nearest is max_sessions.",
        ":4: name must be 1 to 32 letters, digits and underscores, beginning with a letter: HIPPO_Gym_pilot, not "
        "HIPPO-Gym.",
        ":6: tags.Owner must not be null; set a value, or remove the line.",
        ':8: sweep_minutes must be a number; it is "soon".',
    ]


@pytest.mark.parametrize(
    ("cidr", "sentence"),
    [
        ("10.42.1.0/16", "vpc_cidr must begin with the first address of its range: 10.42.0.0/16 instead of"),
        ("10.42.0.0/33", "vpc_cidr must be an IPv4 range, an address and its prefix length"),
        ("fd00::/16", "vpc_cidr must be an IPv4 range, an address and its prefix length"),
        ("10.42.0.0", "vpc_cidr must be an IPv4 range, an address and its prefix length"),
        ("10.0.0.0/8", "vpc_cidr must be from /16 to /24"),
        ("10.42.0.0/28", "vpc_cidr must be from /16 to /24"),
    ],
)
def test_a_range_that_no_vpc_can_have(environment: Writes, cidr: str, sentence: str) -> None:
    [found] = faults(environment(f'{LEAST}vpc_cidr = "{cidr}"\n'))

    assert found.startswith(f":3: {sentence}")


def test_required_settings_must_be_set(environment: Writes) -> None:
    assert faults(environment("region = null\n")) == [
        ":1: region must not be null, which has no meaning here; set a value.",
        ": root_domain is missing; set it to text in quotes (terraform/environments/example.tfvars describes it).",
    ]


def test_lines_that_are_no_terraform_are_reported_with_the_faults_of_the_others(environment: Writes) -> None:
    tfvars = """region = "ca-central-1
root_domain = "play.example.net"
max_sesions = 3
memory_mb = {
  next_step = 100
name = “HIPPO”
tags =
kms_key_arn = arn:aws:kms:ca-central-1:123456789012:key/1 # ours
website {
}
session_ports = [1,
"""

    assert faults(environment(tfvars)) == [
        ':1: `region = "ca-central-1` cannot be read: a quote is missing: a text begins and ends with one, on the same '
        "line.",
        ":3: there is no setting max_sesions; the nearest is max_sessions.",
        ":4: `memory_mb = {` cannot be read: { is never closed by }.",
        ':6: `name = “HIPPO”` cannot be read: use straight quotes: ".',
        ":7: `tags =` cannot be read: tags has no value after the equals sign; set one, or remove the line.",
        ":8: `kms_key_arn = arn:aws:kms:ca-central-1:123456789012:key/1 # ours` cannot be read: a text needs quotes: "
        'kms_key_arn = "arn:aws:kms:ca-central-1:123456789012:key/1".',
        ":9: website has no equals sign; write website = { … }.",
        ":11: `session_ports = [1,` cannot be read: [ is never closed by ].",
    ]


def test_a_setting_that_is_set_twice(environment: Writes) -> None:
    assert faults(environment(f"{LEAST}alarms = true\n\nalarms = false\n")) == [
        ":5: alarms is set on line 3 already; remove one of the two."
    ]


def test_terraforms_own_text_is_below_the_sentences(environment: Writes) -> None:
    with pytest.raises(DeployError) as raised:
        judging.check(environment(f'{LEAST}max_sesions = 3\nname = "HIPPO-Gym"\n'), {})

    sentences, heading, *whole = raised.value.message.split("\n\n")
    assert sentences.splitlines()[0] == (
        "terraform/environments/prod.tfvars cannot be used, because the settings have 2 faults:"
    )
    assert heading == "Terraform's own text:"
    text = "\n\n".join(whole)
    assert "Warning: Value for undeclared variable" in text
    assert 'does not declare a variable named "max_sesions"' in text
    assert "  on terraform/environments/prod.tfvars line 4:" in text
    assert 'var.name is "HIPPO-Gym"' in text
    assert "This was checked by the validation rule at variables.tf:" in text
    assert raised.value.fix == ("Correct the file; terraform/environments/example.tfvars describes every setting.")


@pytest.mark.parametrize(
    "tfvars",
    [
        "max_sessions = 10 + 20\n",
        'max_sessions = "30"\nalarms = "true"\nname = "lab_${1 + 1}"\n',
        "hosted_zone_id = null\nwebsite = { domain = null }\n",
        'reserved_names = [for number in [1, 2] : "www${number}"]\n',
        "runbook_url = <<EOT\nhttps://example.org\nEOT\n",
    ],
)
def test_what_terraform_understands_is_no_fault(environment: Writes, tfvars: str) -> None:
    assert faults(environment(LEAST + tfvars)) == []


@pytest.mark.parametrize(
    "file", ["environments/example.tfvars", "examples/complete.tfvars", "examples/existing_vpc.tfvars"]
)
def test_the_repositorys_own_files_have_no_fault(environment: Writes, file: str) -> None:
    assert faults(environment((REPOSITORY / "terraform" / file).read_text("utf-8"))) == []


def test_a_file_in_another_encoding(environment: Writes) -> None:
    written = environment(LEAST)
    written.tfvars.write_bytes(b'name = "\xe4"\n')

    with pytest.raises(DeployError, match=r"prod\.tfvars is not in UTF-8 \(byte 8\)"):
        judging.check(written, {})


def test_a_second_file_of_the_environment_is_a_fault(environment: Writes) -> None:
    written = environment(LEAST)
    Path(f"{written.tfvars}.json").write_text('{"name": "Another"}', "utf-8")

    assert faults(written) == [
        ".json: no command reads this file; move its settings to prod.tfvars, and delete it.",
    ]
