"""renew_certificate over time, with a CA that is well, slow, ill, or counts, and with runs that die."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hippo_certificates import certificates
from hippo_certificates.authority import RateLimited, Refused, Unreachable
from hippo_certificates.plan import Window
from hippo_gym.runtime.errors import Transient
from hippo_gym.runtime.metrics import Metric
from tests.support.fake_ca import ROOT, CertificateWorld, Died

EVERY = timedelta(hours=6)


@pytest.mark.parametrize(("days", "renewals"), [(90, 3), (47, 6), (6, 50)])
def test_for_200_days_there_is_always_a_certificate_with_a_fifth_of_its_life_left(days: int, renewals: int) -> None:
    world = CertificateWorld(timedelta(days=days))
    end = world.clock.now() + timedelta(days=200)
    while world.clock.now() < end:
        world.renewal().run()
        found = certificates.read(world.pair())
        assert found.names == {f"*.{ROOT}", ROOT}
        assert (found.ends - world.clock.now()) > (found.ends - found.begins) / 5
        world.clock.moment += EVERY
    assert len(world.ca.issued) == pytest.approx(renewals + 1, abs=1)
    assert world.zone.record is None


def test_a_run_measures_what_is_left() -> None:
    world = CertificateWorld()
    world.renewal().run()
    world.clock.advance(days=45)
    report = world.renewal().run()
    assert world.measured(Metric.CERTIFICATE_PERCENT_LEFT) == pytest.approx(50, abs=0.1)
    assert (report.outcome, round(report.daysLeft)) == ("kept", 45)
    world.clock.advance(days=60)
    world.ca.fails["begin"] = Unreachable("no answer")
    with pytest.raises(Transient, match="no answer"):
        world.renewal().run()
    assert world.measured(Metric.CERTIFICATE_DAYS_LEFT) == 0


@pytest.mark.parametrize("after", [False, True])
def test_a_run_that_dies_at_any_call_is_continued_by_the_next_one(after: bool) -> None:
    whole = CertificateWorld()
    whole.renewal().run()
    for number in range(1, whole.calls.count + 1):
        world = CertificateWorld()
        world.calls.die_at, world.calls.after = number, after
        with pytest.raises(Died):
            world.renewal().run()
        world.calls.die_at = None
        world.clock.moment += EVERY
        world.renewal().run()
        certificates.read(world.pair())
        assert world.zone.record is None, f"a record is left after call {number}"
        assert len(world.ca.issued) <= 1, f"two certificates after call {number}"
        assert '"pending": null' in world.secrets.values["account"]


def test_two_runs_at_once_both_end_well_and_leave_no_record() -> None:
    world = CertificateWorld()
    other: list[str] = []

    def beside() -> None:
        world.zone.before_change = lambda: None
        other.append(world.renewal().run().outcome)

    world.zone.before_change = beside
    assert world.renewal().run().outcome == "renewed"
    assert other == ["renewed"]
    certificates.read(world.pair())
    assert world.zone.record is None


def test_texts_of_the_teams_own_tool_stay() -> None:
    world = CertificateWorld()
    own = {"Name": f"_acme-challenge.{ROOT}", "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"certbot"'}]}
    world.zone.record = own
    world.renewal().run()
    assert world.zone.values() == ['"certbot"']


def test_a_slow_ca_gets_its_time_in_the_next_run_with_the_same_order() -> None:
    world = CertificateWorld()
    world.ca.slow = 300
    outcomes = []
    for _ in range(4):
        outcomes.append(world.renewal(seconds=300).run().outcome)
        assert world.zone.record is None
        world.clock.moment += EVERY
    assert outcomes == ["waiting", "waiting", "waiting", "renewed"]
    assert len(world.ca.orders) == 1


def test_a_ca_that_limits_is_left_alone_until_the_time_that_it_says() -> None:
    world = CertificateWorld()
    world.ca.fails["begin"] = RateLimited("too many certificates", world.clock.now() + timedelta(hours=30))
    assert world.renewal().run().outcome == "waiting"
    world.ca.fails["register"] = AssertionError("the CA was asked")
    for _ in range(4):
        world.clock.moment += EVERY
        assert "no order before" in world.renewal().run().reason
    world.ca.fails.clear()
    world.clock.moment += 2 * EVERY
    assert world.renewal().run().outcome == "renewed"


def test_a_ca_that_refuses_is_an_error_with_its_words_and_the_old_certificate_stays() -> None:
    world = CertificateWorld()
    world.renewal().run()
    before = world.pair()
    world.clock.advance(days=61)
    world.ca.fails["finalize"] = Refused("CAA record forbids it")
    with pytest.raises(Refused, match="CAA record forbids it"):
        world.renewal().run()
    assert world.pair() == before
    assert world.zone.record is None
    world.ca.fails.clear()
    assert world.renewal().run().outcome == "renewed"
    assert world.ca.replaced[-1] == certificates.read(before).renewal_id


def test_an_unproven_name_is_an_error_that_names_it() -> None:
    world = CertificateWorld()
    world.ca.before_answer = lambda: setattr(world.zone, "record", None)
    with pytest.raises(Refused, match=r"\*\.play\.example\.net: no such record"):
        world.renewal().run()


def test_the_ca_may_ask_for_an_early_renewal_and_cannot_ask_for_one_that_is_too_late() -> None:
    world = CertificateWorld()
    world.renewal().run()
    past = world.clock.now() - timedelta(days=1)
    world.ca.window_of = lambda _: Window(past, past)
    assert world.renewal().run().reason == "the CA advises it"
    world.ca.window_of = lambda one: Window(one.ends, one.ends)
    world.clock.advance(days=66)
    assert world.renewal().run().outcome == "kept"
    world.clock.advance(days=2)
    assert world.renewal().run().outcome == "renewed"


def test_without_renewal_information_two_thirds_of_the_life_decide() -> None:
    world = CertificateWorld()
    world.ca.fails["window"] = Unreachable("503")
    world.renewal().run()
    world.clock.advance(days=59)
    assert world.renewal().run().outcome == "kept"
    world.clock.advance(days=1)
    assert world.renewal().run().outcome == "renewed"


@pytest.mark.parametrize("broken", ["{}", '{"fullchain": "x", "privkey": "y"}'])
def test_a_secret_that_servers_cannot_use_is_replaced_at_once(broken: str) -> None:
    world = CertificateWorld()
    world.secrets.values["certificate"] = broken
    assert world.renewal().run().outcome == "renewed"
    certificates.read(world.pair())
