"""The resolver, against a name server on this machine."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from hippo_deploy.preflight.public_dns import DnsBroken, DnsUnavailable, Resolver


class NameServer(threading.Thread):
    """Answers over UDP: records of known names, NXDOMAIN for others, SERVFAIL for `broken`; nothing while silent."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.1)
        self.records: dict[tuple[str, str], tuple[str, ...]] = {
            ("amazonaws.com.", "NS"): ("ns-1.example.", "ns-2.example.")
        }
        self.broken: set[str] = set()
        self.silent = False
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.is_set():
            try:
                text, sender = self.socket.recvfrom(4096)
            except TimeoutError:
                continue
            if not self.silent:
                self.socket.sendto(self.answer(dns.message.from_wire(text)).to_wire(), sender)

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        [question] = query.question
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name in self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif (name, kind) in self.records:
            answer.answer.append(dns.rrset.from_text(name, 30, "IN", kind, *self.records[name, kind]))
        elif name not in {known for known, _ in self.records}:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


@pytest.fixture
def server() -> Iterator[NameServer]:
    made = NameServer()
    with closing(made.socket):
        made.start()
        yield made
        made.ended.set()
        made.join()


def resolver(server: NameServer) -> Resolver:
    query = dns.resolver.Resolver(configure=False)
    query.nameservers = ["127.0.0.1"]
    query.port = server.socket.getsockname()[1]
    return Resolver(query, seconds=0.5)


def test_records_are_sorted_in_lower_case_and_without_the_dot(server: NameServer) -> None:
    server.records["play.example.net.", "NS"] = ("NS-2.Example.", "ns-1.example.")

    assert resolver(server).look_up("play.example.net", "NS") == ("ns-1.example", "ns-2.example")


def test_a_caa_record_is_returned_as_text(server: NameServer) -> None:
    server.records["play.example.net.", "CAA"] = ('0 issue "amazon.com"',)

    assert resolver(server).look_up("play.example.net", "CAA") == ('0 issue "amazon.com"',)


def test_a_missing_name_or_record_gives_no_records(server: NameServer) -> None:
    assert resolver(server).look_up("nowhere.example.net", "NS") == ()
    assert resolver(server).look_up("amazonaws.com", "CAA") == ()


def test_a_name_whose_servers_fail_differs_from_a_machine_without_dns(server: NameServer) -> None:
    server.broken.add("play.example.net.")
    with pytest.raises(DnsBroken):
        resolver(server).look_up("play.example.net", "NS")

    server.broken.add("amazonaws.com.")
    with pytest.raises(DnsUnavailable):
        resolver(server).look_up("play.example.net", "NS")


def test_a_resolver_that_does_not_answer_is_no_dns(server: NameServer) -> None:
    server.silent = True

    with pytest.raises(DnsUnavailable):
        resolver(server).look_up("play.example.net", "NS")
