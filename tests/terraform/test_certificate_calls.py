"""Compare the calls of renew_certificate with its policy, both ways, as test_calls.py does for the other functions.

The function is in a bundle of its own and talks to a CA, so its calls are recorded apart: on moto, with
the CA of its unit tests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hippo_certificates import wiring
from hippo_certificates.renewal import Renewal
from hippo_certificates.vault import Vault
from hippo_certificates.zone import ChallengeRecords
from hippo_gym.runtime.metrics import UNMEASURED
from tests.support.fake_ca import DIRECTORY, FakeCa, FakeZone
from tests.support.fake_clock import FakeClock
from tests.terraform.calls.needs import Facts, Need, get_secret_value, need, needs_of
from tests.terraform.calls.proof import refused, unused
from tests.terraform.calls.recorder import Call, Recorder
from tests.terraform.calls.services import of_lambda
from tests.terraform.planning import ACCOUNT_ID, REGION, Plan, Root

pytestmark = pytest.mark.terraform

NAME, BUCKET, ROOT = "HIPPO_Gym", "projects.example", "play.example.net"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
EXTERNAL = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:external-AbCdEf"
CERTIFICATE, ACCOUNT = f"{NAME}/session_certificate", f"{NAME}/session_account"
COPIES = ("SSL/fullchain.pem", "SSL/privkey.pem")
FACTS = Facts(key=KEY, bucket=BUCKET)


class Zone(FakeZone):
    """What the CA sees of the hosted zone."""

    def __init__(self, route53: Any, zone: str) -> None:
        super().__init__()
        self.route53, self.zone = route53, zone

    def values(self) -> list[str]:
        found = self.route53.list_resource_record_sets(HostedZoneId=self.zone)["ResourceRecordSets"]
        return [value["Value"] for record in found if record["Type"] == "TXT" for value in record["ResourceRecords"]]


def _client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]


def recorded() -> tuple[list[Call], str]:
    """Return the calls of a first certificate and of a renewal, and the hosted zone's id."""
    recorder, clock = Recorder(), FakeClock()
    with mock_aws():
        names = ("secretsmanager", "s3", "route53")
        secrets, s3, route53 = (_client(name) for name in names)
        zone = route53.create_hosted_zone(Name=ROOT, CallerReference="calls")["HostedZone"]["Id"].rpartition("/")[2]
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        for key in COPIES:
            s3.put_object(Bucket=BUCKET, Key=key, Body=b"of an earlier tool")
        for name, value in {CERTIFICATE: "{}", ACCOUNT: "{}", "external": '{"kid": "k", "hmacKey": "h"}'}.items():
            secrets.create_secret(Name=name, SecretString=value)
        # What the CA itself reads is not the function's: a client of its own.
        ca = FakeCa(clock, Zone(_client("route53"), zone))
        for client in (secrets, s3, route53):
            recorder.listen(client)
        vault = Vault(secrets, s3, CERTIFICATE, ACCOUNT, BUCKET)

        def authority(key: str) -> Any:
            wiring._external(vault, "external")
            return ca

        for _ in range(2):
            with recorder.by("renew_certificate"):
                records = ChallengeRecords(route53, zone, ROOT, clock)
                run = Renewal(ROOT, DIRECTORY, vault, records, authority, clock, UNMEASURED, lambda: 600)
                assert run.run().outcome == "renewed"
            clock.moment += timedelta(days=80)
    return recorder.calls, zone


def needs(calls: list[Call]) -> Iterator[Need]:
    for call in calls:
        if not call.operation.startswith("secretsmanager."):
            yield from needs_of(call, FACTS)
            continue
        name = call.arguments["SecretId"]
        secret = (
            EXTERNAL if name == "external" else f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:{name}-AbCdEf"
        )
        if call.operation == "secretsmanager.GetSecretValue":
            yield from get_secret_value(secret, FACTS)
        else:
            yield from put_secret_value(secret)


def put_secret_value(secret: str) -> Iterator[Need]:
    """API reference, PutSecretValue: with a customer key kms:GenerateDataKey and kms:Decrypt."""
    yield need("secretsmanager:PutSecretValue", secret)
    keys = {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com", "kms:EncryptionContext:SecretARN": secret}
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        yield need(action, KEY, keys)


@pytest.fixture(scope="module")
def judged(root: Root) -> tuple[Mapping[str, Any], set[Need]]:
    """The policy of the function, and what it needs."""
    route53 = boto3.client("route53", region_name=REGION)
    zone = route53.create_hosted_zone(Name=ROOT, CallerReference="certificate")["HostedZone"]["Id"]
    plan: Plan = root.plan(
        name=NAME,
        region=REGION,
        bucket_name=BUCKET,
        root_domain=ROOT,
        hosted_zone_id=zone.removeprefix("/hostedzone/"),
        subnet_ids=["subnet-0a1"],
        security_group_ids=["sg-0b2"],
        kms_key_arn=KEY,
        certificate_bundle_path=str(root.bundle),
        session_certificate={"acme": {"copy_to_bucket": True, "external_account_secret_arn": EXTERNAL}},
    )
    calls, zone = recorded()
    planned = plan.environment("renew_certificate")["HOSTED_ZONE_ID"]
    policy = json.loads(json.dumps(plan.policy("renew_certificate")).replace(planned, zone))
    return policy, {*needs(calls), *of_lambda(plan, "renew_certificate", FACTS)}


def test_renew_certificate_may_send_all_of_its_calls(judged: tuple[Mapping[str, Any], set[Need]]) -> None:
    policy, wanted = judged
    assert refused(policy, wanted) == []


def test_renew_certificate_has_no_unused_permission(judged: tuple[Mapping[str, Any], set[Need]]) -> None:
    policy, wanted = judged
    assert [str(part) for part in unused(policy, wanted)] == []


def test_every_service_of_the_function_is_recorded() -> None:
    calls, _ = recorded()
    assert {call.operation for call in calls} == {
        "route53.ChangeResourceRecordSets",
        "route53.GetChange",
        "route53.ListResourceRecordSets",
        "s3.GetObject",
        "s3.PutObject",
        "secretsmanager.GetSecretValue",
        "secretsmanager.PutSecretValue",
    }
