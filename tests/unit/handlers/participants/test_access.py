"""`access`: what proves that a request is the participant's, and what a refusal reads and writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hippo_gym.participants.access import digest_of
from hippo_gym.studies.link_keys import LinkKeys, LinkKeysInvalid, parameter_name, read_keys, write_new_key
from hippo_gym.studies.links import Verdict, sign, verify
from tests.support.moto_world import NOON, MotoWorld, entry, http_event

MINE, OTHERS = "m" * 43, "o" * 43
KEY, NEXT_KEY = b"k" * 32, b"n" * 32
RECORD = "study/Users/ada"

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(world: MotoWorld) -> Ask:
    """Send a request with a proof to a study of this access."""

    def ask(access: str, proof: str | None = None, method: str = "GET", **query: str) -> dict[str, Any]:
        world.register(entry(access=access))
        event = http_event(method, {"projectId": "study", "userId": "ada"} | query, "{}" if method == "POST" else None)
        event["headers"] = {"content-type": "application/json"} | ({"Hippo-Proof": proof} if proof is not None else {})
        return world.request(event)

    return ask


def test_an_open_study_asks_for_nothing_and_keeps_nothing(world: MotoWorld, ask: Ask) -> None:
    for proof in (None, MINE, OTHERS, "nonsense"):
        assert "notice" not in ask("open", proof)
    assert "proofs" not in world.json(RECORD)


@pytest.mark.parametrize("proof", [None, "", "short", "m" * 42, "m" * 44, "m" * 42 + "é", "m" * 42 + "\n"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_bound_study_writes_nothing_without_a_secret(
    world: MotoWorld, ask: Ask, proof: str | None, method: str
) -> None:
    answer = ask("bound", proof, method)
    assert (answer["notice"], answer["css"], "step" in answer) == ("proofNeeded", None, False)
    assert [key for key in world.keys("") if not key.endswith((".html", "project_master_list.json"))] == []


def test_the_first_visit_of_a_bound_study_binds_it_and_only_a_hash_is_kept(world: MotoWorld, ask: Ask) -> None:
    assert ask("bound", MINE)["step"] == "1"
    record = world.json(RECORD)
    assert record["proofs"] == [digest_of("ada", MINE)]
    assert MINE not in json.dumps(record)


def test_another_browser_is_refused_and_changes_nothing(world: MotoWorld, ask: Ask) -> None:
    ask("bound", MINE)
    before = world.json(RECORD)
    for method in ("GET", "POST"):
        answer = ask("bound", OTHERS, method)
        assert (answer["notice"], "step" in answer) == ("otherBrowser", False)
        assert ask("bound", None, method)["notice"] == "proofNeeded"
    assert world.json(RECORD) == before
    assert ask("bound", MINE, "POST")["step"] == "2"


def test_ids_in_upper_and_lower_case_are_one_participant_with_one_secret(world: MotoWorld, ask: Ask) -> None:
    ask("bound", MINE)
    assert ask("bound", MINE, userId="ADA")["step"] == "1"
    assert ask("bound", OTHERS, userId="ADA")["notice"] == "otherBrowser"


def test_a_study_that_was_open_is_bound_by_the_next_browser_with_a_secret(world: MotoWorld, ask: Ask) -> None:
    ask("open")
    ask("open", method="POST")
    assert ask("bound", MINE)["step"] == "2"
    assert world.json(RECORD)["proofs"] == [digest_of("ada", MINE)]
    assert ask("bound", OTHERS)["notice"] == "otherBrowser"


def test_a_study_that_is_opened_again_keeps_the_proofs(world: MotoWorld, ask: Ask) -> None:
    ask("bound", MINE)
    ask("open", method="POST")
    assert world.json(RECORD)["proofs"] == [digest_of("ada", MINE)]


def test_a_researcher_s_link_opens_a_bound_study_in_another_browser_for_good(world: MotoWorld, ask: Ask) -> None:
    ask("bound", MINE)
    world.judge = judge_with(world, KEY)
    link = sign(KEY, "study", "ada", NOON + timedelta(days=1))
    assert ask("bound", link)["step"] == "1"
    world.clock.sleep(2 * 86400)
    assert ask("bound", link, "POST")["step"] == "2"
    assert ask("bound", MINE)["step"] == "2"
    late = sign(KEY, "study", "ada", NOON + timedelta(hours=1))
    assert ask("bound", late)["notice"] == "linkExpired"
    assert ask("bound", sign(NEXT_KEY, "study", "ada", NOON + timedelta(days=9)))["notice"] == "linkNeeded"
    assert len(world.json(RECORD)["proofs"]) == 2


def test_a_signed_study_admits_a_signed_link_alone(world: MotoWorld, ask: Ask) -> None:
    world.judge = judge_with(world, KEY)
    soon = NOON + timedelta(days=1)
    others = [
        None,
        "",
        MINE,
        sign(NEXT_KEY, "study", "ada", soon),
        sign(KEY, "study", "bob", soon),
        sign(KEY, "other", "ada", soon),
        sign(KEY, "study", "ada", soon).replace("v1.", "v1.9", 1),
        sign(KEY, "study", "ada", soon)[:-1],
    ]
    for proof in others:
        assert ask("signed", proof, "POST")["notice"] == "linkNeeded"
    assert ask("signed", sign(KEY, "study", "ada", NOON))["notice"] == "linkExpired"
    assert RECORD not in world.keys("study/")
    assert ask("signed", sign(KEY, "study", "Ada", soon))["step"] == "1"
    assert "proofs" not in world.json(RECORD)


def test_the_proof_is_in_no_record(world: MotoWorld, ask: Ask) -> None:
    world.judge = judge_with(world, KEY)
    link = sign(KEY, "study", "ada", NOON + timedelta(days=1))
    ask("signed", link)
    ask("signed", link, "POST")
    assert link not in json.dumps(world.json(RECORD))
    assert "hippo-proof" not in json.dumps(world.json(RECORD)).lower()


# --- links and keys ---


def judge_with(world: MotoWorld, *keys: bytes) -> Callable[[str, str, str], Verdict]:
    return lambda proof, project, user: verify(keys, proof, project, user, world.clock.now())


def test_two_keys_are_accepted() -> None:
    proof = sign(KEY, "study", "ada", NOON + timedelta(seconds=1))
    assert verify((NEXT_KEY, KEY), proof, "study", "ADA", NOON) is Verdict.VALID
    assert verify((NEXT_KEY,), proof, "study", "ada", NOON) is Verdict.INVALID
    assert verify((), proof, "study", "ada", NOON) is Verdict.INVALID
    assert verify((KEY,), proof, "study", "ada", NOON + timedelta(seconds=1)) is Verdict.EXPIRED


def test_links_stay_valid_after_a_rotation_and_the_new_key_is_known_soon(world: MotoWorld) -> None:
    ssm, calls = world.clients.ssm, []

    def client() -> Any:
        calls.append(1)
        return ssm

    keys, name = LinkKeys(client, "HIPPO_Gym", world.clock), parameter_name("HIPPO_Gym", "study")
    soon = NOON + timedelta(days=1)
    (first,) = write_new_key(ssm, name, ())
    link = sign(first, "study", "ada", soon)
    assert keys.judge(link, "study", "ada") is Verdict.VALID
    second, kept = write_new_key(ssm, name, (first,))
    assert kept == first
    new = sign(second, "study", "ada", soon)
    assert keys.judge(new, "study", "ada") is Verdict.INVALID  # read a moment ago: SSM is not asked again
    world.clock.sleep(10)
    assert keys.judge(new, "study", "ada") is Verdict.VALID
    assert keys.judge(link, "study", "ada") is Verdict.VALID
    assert len(calls) == 2
    world.clock.sleep(299)
    assert (keys.judge(link, "study", "ada"), len(calls)) == (Verdict.VALID, 2)
    world.clock.sleep(1)
    assert (keys.judge(link, "study", "ada"), len(calls)) == (Verdict.VALID, 3)
    write_new_key(ssm, name, (second, first))
    world.clock.sleep(300)
    assert keys.judge(link, "study", "ada") is Verdict.INVALID  # of the key before the last


def test_a_study_without_keys_admits_no_link(world: MotoWorld) -> None:
    keys = LinkKeys(lambda: world.clients.ssm, "HIPPO_Gym", world.clock)
    assert keys.judge(sign(KEY, "study", "ada", NOON + timedelta(days=1)), "study", "ada") is Verdict.INVALID


@pytest.mark.parametrize("value", ["", "{}", '{"keys": []}', '{"keys": ["AAAA"]}', '{"keys": 7}', "secret-in-clear"])
def test_a_parameter_of_another_form_is_named_and_not_shown(world: MotoWorld, value: str) -> None:
    name = parameter_name("HIPPO_Gym", "study")
    world.clients.ssm.put_parameter(Name=name, Value=value or " ", Type="SecureString")
    with pytest.raises(LinkKeysInvalid) as raised:
        read_keys(world.clients.ssm, name)
    assert name in str(raised.value)
    assert "secret-in-clear" not in str(raised.value)
