"""Owners of a study: who may change its entry, and how they prove who they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ConnectTimeoutError

import update_project_master_list
from hippo_gym.runtime import caller_identity
from hippo_gym.studies import owners
from hippo_gym.studies.owners import Caller, NotAnOwner, check
from tests.support.moto_world import ACCOUNT, REGION, MotoWorld, entry
from tests.unit.handlers.entries import Context

ADA = f"arn:aws:sts::{ACCOUNT}:assumed-role/lab_ada/laptop"
BOB = f"arn:aws:iam::{ACCOUNT}:user/students/bob"
NAMES = {
    ADA: {"role/lab_ada", "role/lab_ada/laptop"},
    BOB: {"user/bob"},
    f"arn:aws:iam::{ACCOUNT}:root": set(),
    f"arn:aws:sts::{ACCOUNT}:federated-user/ada": set(),
}


@pytest.mark.parametrize("arn", NAMES)
def test_a_caller_is_named_as_user_role_and_session(arn: str) -> None:
    assert Caller(arn).principals == NAMES[arn]


@pytest.mark.parametrize(
    ("before", "after", "arn", "allowed"),
    [
        (None, None, None, True),  # a study without owners, from a script
        ([], [], None, True),
        (["role/lab_ada"], ["role/lab_ada"], ADA, True),
        (["role/lab_ada/laptop"], None, ADA, True),  # an owner may give the study to everyone
        (["role/lab_ada"], ["user/bob"], ADA, True),  # or to another owner
        (["role/lab_ada/other"], None, ADA, False),
        (["role/lab"], None, ADA, False),
        (["user/lab_ada"], None, ADA, False),
        (["role/lab_ada"], ["user/bob"], BOB, False),
        (["role/lab_ada"], None, None, False),
        (["user/bob"], None, BOB.replace(ACCOUNT, "999999999999"), False),  # of another account
        (None, ["user/bob"], BOB, True),
        (None, ["role/lab_ada"], BOB, False),  # would lock themselves out
        (None, ["role/lab_ada"], None, False),
    ],
)
def test_only_an_owner_changes_a_study_that_has_owners(
    before: list[str] | None, after: list[str] | None, arn: str | None, allowed: bool
) -> None:
    caller = None if arn is None else Caller(arn)
    if allowed:
        check("grid", before, after, caller, ACCOUNT)
    else:
        with pytest.raises(NotAnOwner, match="nothing was written"):
            check("grid", before, after, caller, ACCOUNT)


# --- the function, with an STS that checks signatures ---

SECRETS = {"AKIAADA": (ADA, "secret of ada"), "AKIABOB": (BOB, "secret of bob")}
URL = f"https://sts.{REGION}.amazonaws.com/"


def sign(access_key: str, payload: Mapping[str, Any], deployment: str = "HIPPO_Gym") -> dict[str, str]:
    headers = {"Content-Type": owners.TYPE, owners.HEADER: owners.digest(deployment, payload)}
    request = AWSRequest("POST", URL, headers=headers, data=owners.BODY)
    SigV4Auth(Credentials(access_key, SECRETS[access_key][1]), "sts", REGION).add_auth(request)
    return {name: request.headers[name] for name in owners.SIGNED_HEADERS if name in request.headers}


def sts(url: str, headers: Mapping[str, str], body: str) -> tuple[int, bytes]:
    """Answer as STS does: only for a signature of these headers and this body."""
    given = dict(headers)
    authorization = given.pop("Authorization", "")
    request = AWSRequest("POST", url, headers=given, data=body)
    request.context["timestamp"] = given.get("X-Amz-Date", "")
    access_key = authorization.partition("Credential=")[2].partition("/")[0]
    arn, secret = SECRETS.get(access_key, ("", ""))
    signer = SigV4Auth(Credentials(access_key, secret), "sts", REGION)
    text = signer.string_to_sign(request, signer.canonical_request(request))
    if not secret or not authorization.endswith(f"Signature={signer.signature(text, request)}"):
        return 403, b"<ErrorResponse><Code>SignatureDoesNotMatch</Code></ErrorResponse>"
    return 200, f"<R><GetCallerIdentityResult><Arn>{arn}</Arn></GetCallerIdentityResult></R>".encode()


@pytest.fixture
def owned(world: MotoWorld, environment: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> MotoWorld:
    """A study of ada's."""
    monkeypatch.setattr(caller_identity, "post", sts)
    monkeypatch.setenv("ADMITTED_TASK_FAMILIES", "grid")
    world.register({**entry(), "owners": ["role/lab_ada"], "updatedBy": "laptop"})
    return world


def ask(payload: Mapping[str, Any], access_key: str | None = None, **changes: Any) -> tuple[int, str]:
    proof = {} if access_key is None else {"proof": sign(access_key, payload)}
    answer = update_project_master_list.lambda_handler({**payload, **proof, **changes}, Context())
    return answer["statusCode"], answer["body"]


def stored(world: MotoWorld) -> dict[str, Any]:
    (found,) = world.json("project_master_list.json")["projects"]
    return dict(found)


CHANGE = {**entry(name="Another name"), "useAWS": True, "owners": ["role/lab_ada"]}


def test_an_owner_changes_the_study_and_the_list_says_who_it_was(owned: MotoWorld) -> None:
    status, body = ask({**CHANGE, "updatedBy": "another person"}, "AKIAADA")
    assert status == 200, body
    assert (stored(owned)["name"], stored(owned)["updatedBy"]) == ("Another name", "laptop")
    assert "proof" not in stored(owned)


@pytest.mark.parametrize("proof", [None, "AKIABOB"])
def test_no_other_caller_does(owned: MotoWorld, proof: str | None) -> None:
    before = stored(owned)
    for change in (CHANGE, {**CHANGE, "owners": ["user/bob"]}, {**CHANGE, "owners": None}):
        status, body = ask(change, proof)
        assert (status, "belongs to role/lab_ada" in body or "has owners" in body) == (403, True)
    assert stored(owned) == before


def test_a_proof_is_good_for_one_change_of_one_deployment(owned: MotoWorld) -> None:
    assert ask(CHANGE, "AKIAADA", name="A third name")[0] == 403
    assert ask(CHANGE, proof=sign("AKIAADA", CHANGE, "Pilot"))[0] == 403
    assert stored(owned)["name"] == "A study"


@pytest.mark.parametrize(
    "proof",
    [
        "text",
        {},
        {"Authorization": 1},
        {"Authorization": "a\r\nHost: b"},
        {"Host": "evil.example"},
        {"Authorization": ""},
    ],
)
def test_what_is_no_proof_is_refused_without_a_request_that_it_shapes(owned: MotoWorld, proof: Any) -> None:
    assert ask(CHANGE, proof=proof)[0] == 403


def test_without_an_answer_of_sts_the_caller_tries_again(owned: MotoWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: Any) -> tuple[int, bytes]:
        raise ConnectTimeoutError(endpoint_url=URL)

    monkeypatch.setattr(caller_identity, "post", silent)
    assert ask(CHANGE, "AKIAADA") == (503, "AWS STS does not answer")


def test_a_second_entry_by_hand_does_not_take_the_owners_away(owned: MotoWorld) -> None:
    owned.register({**entry(), "owners": ["role/lab_ada"]}, entry())
    assert ask(CHANGE)[0] == 403
