"""`make deploy` keeps the keys of the edge route: one that signs, one before it, in both places alike."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from hippo_deploy import game_keys
from hippo_gym.sessions.edge_keys import parameter_name, read_keys

STORE = "arn:aws:cloudfront::123456789012:key-value-store/one"
OUTPUTS = {"name": "pilot", "game_key_store_arn": STORE}
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Ssm:
    """One SecureString."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def get_parameter(self, *, Name: str, WithDecryption: bool) -> dict[str, Any]:  # noqa: N803
        if Name not in self.values:
            raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": ""}}, "GetParameter")
        return {"Parameter": {"Value": self.values[Name]}}

    def put_parameter(self, *, Name: str, Value: str, Type: str, Overwrite: bool) -> None:  # noqa: N803
        assert (Type, Overwrite) == ("SecureString", True)
        self.values[Name] = Value


class Store:
    """CloudFront's key value store: a change names the version that it replaces."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {"left": "by another tool"}
        self.version = 1
        self.fails = False

    def describe_key_value_store(self, *, KvsARN: str) -> dict[str, Any]:  # noqa: N803
        assert KvsARN == STORE
        return {"ETag": str(self.version)}

    def list_keys(self, *, KvsARN: str) -> dict[str, Any]:  # noqa: N803
        return {"Items": [{"Key": key, "Value": value} for key, value in self.keys.items()]}

    def update_keys(self, *, KvsARN: str, IfMatch: str, Puts: Any, Deletes: Any) -> None:  # noqa: N803
        if self.fails or str(self.version) != IfMatch:
            raise ClientError({"Error": {"Code": "ConflictException", "Message": "changed"}}, "UpdateKeys")
        self.version += 1
        self.keys |= {put["Key"]: put["Value"] for put in Puts}
        for each in Deletes:
            del self.keys[each["Key"]]


def _both(ssm: Ssm, store: Store) -> list[str]:
    keys = read_keys(ssm, parameter_name("pilot"))  # type: ignore[arg-type]
    assert {key.id: key.secret for key in keys} == store.keys
    return [key.id for key in keys]


def test_a_first_deploy_makes_a_key_in_both_places() -> None:
    ssm, store = Ssm(), Store()
    kept = game_keys.keep(OUTPUTS, ssm, store, NOON)
    assert kept is not None
    assert kept.good
    assert _both(ssm, store) == ["202611221200"]


def test_a_deploy_within_a_month_changes_nothing() -> None:
    ssm, store = Ssm(), Store()
    game_keys.keep(OUTPUTS, ssm, store, NOON)
    before, version = dict(ssm.values), store.version
    game_keys.keep(OUTPUTS, ssm, store, NOON + timedelta(days=29))
    assert (ssm.values, store.version) == (before, version)


def test_after_a_month_a_new_key_signs_and_the_one_before_it_stays_valid() -> None:
    ssm, store = Ssm(), Store()
    for days in (0, 31, 62):
        game_keys.keep(OUTPUTS, ssm, store, NOON + timedelta(days=days))
    assert _both(ssm, store) == ["202701231200", "202612231200"]


def test_a_key_that_the_store_lost_is_put_back() -> None:
    ssm, store = Ssm(), Store()
    game_keys.keep(OUTPUTS, ssm, store, NOON)
    store.keys.clear()
    game_keys.keep(OUTPUTS, ssm, store, NOON + timedelta(days=1))
    assert _both(ssm, store) == ["202611221200"]


def test_nothing_signs_with_a_key_that_the_store_does_not_have() -> None:
    ssm, store = Ssm(), Store()
    store.fails = True
    kept = game_keys.keep(OUTPUTS, ssm, store, NOON)
    assert kept is not None
    assert not kept.good
    assert ssm.values == {}


def test_no_line_that_is_shown_holds_a_secret() -> None:
    ssm, store = Ssm(), Store()
    shown = [game_keys.keep(OUTPUTS, ssm, store, NOON + timedelta(days=days)) for days in (0, 1, 31)]
    secrets = [key["secret"] for key in json.loads(next(iter(ssm.values.values())))["keys"]]
    assert not [line for line in shown if line and any(secret in line.text for secret in secrets)]
    assert all(secret not in repr(read_keys(ssm, parameter_name("pilot"))) for secret in secrets)  # type: ignore[arg-type]


def test_the_direct_route_needs_no_key() -> None:
    assert game_keys.keep({"name": "pilot", "game_key_store_arn": None}, Ssm(), Store(), NOON) is None


def test_calls_to_the_store_can_be_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service takes SigV4A alone, for which botocore needs awscrt."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    client = boto3.client("cloudfront-keyvaluestore", region_name="us-east-1")
    sent: list[Any] = []

    def stop(request: Any, **_: Any) -> Any:
        sent.append(request)
        raise InterruptedError

    client.meta.events.register("before-send", stop)
    with pytest.raises(InterruptedError):
        client.describe_key_value_store(KvsARN=STORE)
    assert "AWS4-ECDSA-P256-SHA256" in str(sent[0].headers["Authorization"])
