"""The CA's side over HTTP: what a slow, counting, failing or confused CA answers, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from acme import challenges

from hippo_certificates.authority import (
    AcmeAuthority,
    RateLimited,
    Refused,
    Unreachable,
    make_account_key,
    seconds_of,
)
from hippo_certificates.orders import Authorization
from tests.support import acme_server
from tests.support.acme_server import AcmeServer, Answer, problem
from tests.support.fake_clock import NOON, FakeClock

NAMES = ("*.play.example.net", "play.example.net")
TOKEN = "ZXZhR3hmQURzNnBTUmIyTEF2OUlaZjE3RHQzanV4R0orUEN0OTJ3citvQQ"


@pytest.fixture
def server() -> Iterator[AcmeServer]:
    with acme_server.serving() as found:
        yield found


@pytest.fixture
def ca(server: AcmeServer) -> AcmeAuthority:
    found = AcmeAuthority(server.directory, make_account_key(), FakeClock())
    found.register()
    return found


def order(server: AcmeServer, status: str = "pending", **more: Any) -> dict[str, Any]:
    identifiers = [{"type": "dns", "value": name} for name in NAMES]
    authorizations = [f"{server.url}/authz/{number}" for number in range(2)]
    finalize = f"{server.url}/finalize/1"
    return {"status": status, "identifiers": identifiers, "authorizations": authorizations, "finalize": finalize} | more


def begun(server: AcmeServer, **headers: str) -> Answer:
    return Answer(201, order(server), {"Location": f"{server.url}/order/1", **headers})


def challenge(server: AcmeServer, status: str = "pending") -> dict[str, Any]:
    return {"type": "dns-01", "url": f"{server.url}/challenge/1", "token": TOKEN, "status": status}


def question(server: AcmeServer, ca: AcmeAuthority, status: str = "pending") -> Authorization:
    identifier = {"type": "dns", "value": "play.example.net"}
    body = {"status": "pending", "identifier": identifier, "wildcard": True, "challenges": [challenge(server, status)]}
    server.answers["/authz/0"] = [Answer(body=body)]
    return ca.authorization(f"{server.url}/authz/0")


# --- a slow CA


def test_a_slow_ca_s_wish_to_be_asked_later_is_part_of_the_order(server: AcmeServer, ca: AcmeAuthority) -> None:
    server.answers["/newOrder"] = [begun(server)]
    made = ca.begin(NAMES, None)
    assert (made.status, made.wait) == ("pending", None)

    later = format_datetime(NOON + timedelta(minutes=2), usegmt=True)
    server.answers["/order/1"] = [
        Answer(body=order(server, "processing"), headers={"Retry-After": "7"}),
        Answer(body=order(server, "processing"), headers={"Retry-After": later}),
        Answer(body=order(server, "valid", certificate=f"{server.url}/certificate/1")),
    ]
    found = [ca.order(made.uri) for _ in range(3)]
    assert [(each.status, each.wait) for each in found if each] == [
        ("processing", 7),
        ("processing", 120),
        ("valid", None),
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7), ("-3", 0), ("1e9", 7 * 86400), ("soon", None), (format_datetime(NOON - timedelta(days=1)), 0)],
)
def test_retry_after_is_seconds_or_a_date_and_at_most_a_week(text: str, seconds: float | None) -> None:
    assert seconds_of(text, NOON) == seconds


# --- a CA that counts


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (problem("rateLimited", 429, "too many certificates", Retry_After="7200"), timedelta(hours=2)),
        (problem("rateLimited", 429, "too many certificates"), timedelta(hours=1)),
        (problem("serverInternal", 503, "too busy", Retry_After="60"), timedelta(minutes=1)),
        (Answer(429, "slow down", {"Retry-After": "600"}), timedelta(minutes=10)),  # a proxy before the CA
        (Answer(503, "busy", {"Retry-After": "30"}), timedelta(seconds=30)),
    ],
)
def test_a_limit_says_until_when_no_request_is_wanted(
    server: AcmeServer, ca: AcmeAuthority, answer: Answer, wait: timedelta
) -> None:
    server.answers["/newOrder"] = [answer]
    with pytest.raises(RateLimited) as limited:
        ca.begin(NAMES, None)
    assert limited.value.until == NOON + wait
    assert server.directory in str(limited.value)
    assert server.times("/newOrder") == 1, "a limited request is not repeated"


def test_a_limit_of_an_earlier_answer_does_not_count_for_a_later_failure(server: AcmeServer, ca: AcmeAuthority) -> None:
    server.answers["/newOrder"] = [begun(server, **{"Retry-After": "600"})]
    ca.begin(NAMES, None)
    server.answers["/order/1"] = [Answer(500, "broken")]
    with pytest.raises(Unreachable):
        ca.order(f"{server.url}/order/1")


# --- a CA that fails


@pytest.mark.parametrize(
    "answer",
    [
        problem("serverInternal", 500),
        Answer(502, "<html>bad gateway</html>"),
        Answer(201, "<html>maintenance</html>", {"Location": "x"}),
        Answer(201, {"status": "of no kind that is known"}, {"Location": "x"}),
        Answer(hangs_up=True),
    ],
)
def test_a_ca_that_fails_is_unreachable_for_now(server: AcmeServer, ca: AcmeAuthority, answer: Answer) -> None:
    server.answers["/newOrder"] = [answer]
    with pytest.raises(Unreachable, match=r"a new order"):
        ca.begin(NAMES, None)


def test_a_ca_that_is_not_there_is_unreachable(server: AcmeServer) -> None:
    server.answers["/dir"] = [Answer(hangs_up=True)]
    with pytest.raises(Unreachable, match=r"the directory"):
        AcmeAuthority(server.directory, make_account_key(), FakeClock()).register()


@pytest.mark.parametrize("kind", ["caa", "rejectedIdentifier", "externalAccountRequired", "userActionRequired"])
def test_a_refusal_has_the_ca_s_words(server: AcmeServer, ca: AcmeAuthority, kind: str) -> None:
    server.answers["/newOrder"] = [problem(kind, 403, "not for this domain")]
    with pytest.raises(Refused, match="not for this domain"):
        ca.begin(NAMES, None)


def test_a_stale_nonce_is_no_failure_until_the_ca_has_refused_eight(server: AcmeServer, ca: AcmeAuthority) -> None:
    server.answers["/newOrder"] = [*[problem("badNonce", 400)] * 7, begun(server)]
    assert ca.begin(NAMES, None).status == "pending"
    server.answers["/newOrder"] = [problem("badNonce", 400)]
    with pytest.raises(Unreachable):
        ca.begin(NAMES, None)


def test_an_order_that_the_ca_has_forgotten_is_none(server: AcmeServer, ca: AcmeAuthority) -> None:
    server.answers["/order/9"] = [problem("malformed", 404)]
    assert ca.order(f"{server.url}/order/9") is None


@pytest.mark.parametrize(("kind", "status"), [("alreadyReplaced", 409), ("alreadyReplaced", 400), ("malformed", 400)])
def test_a_renewal_that_the_ca_does_not_take_for_one_is_a_new_order(
    server: AcmeServer, ca: AcmeAuthority, kind: str, status: int
) -> None:
    server.answers["/newOrder"] = [problem(kind, status, "twice"), begun(server)]
    assert ca.begin(NAMES, "aki.serial").status == "pending"
    assert [given.get("replaces") for path, given in server.asked if path == "/newOrder"] == ["aki.serial", None]


# --- the proof


def test_the_proof_is_sent_once_and_the_ca_is_asked_to_look(server: AcmeServer, ca: AcmeAuthority) -> None:
    asked = question(server, ca)
    assert (asked.name, asked.answered, isinstance(asked.text, str)) == ("*.play.example.net", False, True)
    link = {"Link": f'<{server.url}/authz/0>;rel="up"'}
    server.answers["/challenge/1"] = [Answer(body=challenge(server, "processing"), headers=link)]
    ca.answer(asked)
    assert server.times("/challenge/1") == 1


@pytest.mark.parametrize("status", ["processing", "valid", "invalid"])
def test_a_proof_that_another_run_has_sent_is_not_an_error(server: AcmeServer, ca: AcmeAuthority, status: str) -> None:
    """The CA refuses the second one as malformed, and shows that the challenge is no longer pending."""
    asked = question(server, ca)
    server.answers["/challenge/1"] = [problem("malformed", 400, "not pending"), Answer(body=challenge(server, status))]
    ca.answer(asked)
    assert [given for path, given in server.asked if path == "/challenge/1"][1:] == [None], "it only reads"


def test_a_refused_proof_of_a_challenge_that_is_still_pending_is_an_error(
    server: AcmeServer, ca: AcmeAuthority
) -> None:
    asked = question(server, ca)
    server.answers["/challenge/1"] = [problem("malformed", 400, "no such key"), Answer(body=challenge(server))]
    with pytest.raises(Refused, match="no such key"):
        ca.answer(asked)


def test_a_proof_is_unreachable_if_the_ca_does_not_say_how_the_challenge_stands(
    server: AcmeServer, ca: AcmeAuthority
) -> None:
    asked = question(server, ca)
    server.answers["/challenge/1"] = [problem("malformed", 400), Answer(503, "busy")]
    with pytest.raises(Unreachable):
        ca.answer(asked)


def test_the_text_of_the_proof_fits_the_account(server: AcmeServer) -> None:
    def text_of(key: str) -> str:
        authority = AcmeAuthority(server.directory, key, FakeClock())
        authority.register()
        return question(server, authority).text

    keys: list[str] = [make_account_key() for _ in range(2)]
    made: Callable[[str], str] = text_of
    assert made(keys[0]) == made(keys[0]) != made(keys[1])
    assert len(made(keys[0])) == 43
    assert challenges.DNS01.LABEL == "_acme-challenge"
