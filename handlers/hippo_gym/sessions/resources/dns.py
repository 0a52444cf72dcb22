"""The DNS name of a participant's server: an A record, and beside it a TXT record that says whose it is.

Both are written and deleted in one change batch, which Route 53 applies as a whole. Without the TXT record of a session
of ours nothing at that name is ever changed: the zone may hold other people's records, and a participant may call
themselves `www`. Names that are reserved are not even looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.runtime.errors import OperatorError
from hippo_gym.sessions.resources.dns_labels import label_of

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

_TTL: Final = 30
_MARK: Final = "hippo-gym"
_TYPES: Final = frozenset({"A", "TXT"})


class NameTaken(OperatorError):
    """The participant's name in the zone belongs to somebody else; the text says to whom."""


@dataclass(frozen=True)
class OwnedName:
    """A name in the zone that a deployment of this product wrote.

    Attributes:
        label: what stands before the root domain: a participant's id, or what stands for it (names.py).
        deployment, session_id: whose it is.
    """

    label: str
    deployment: str
    session_id: str


class Dns:
    """The records that one deployment keeps in one hosted zone.

    Args:
        client: Route 53.
        hosted_zone_id: the zone.
        root_domain: names are `{label}.{root_domain}`.
        deployment: written into each TXT record; other deployments' records are left alone.
        reserved: labels that are never a server's, whoever has one as their id.
    """

    def __init__(
        self,
        client: Route53Client,
        hosted_zone_id: str,
        root_domain: str,
        deployment: str,
        reserved: Collection[str] = (),
    ) -> None:
        self._client = client
        self._zone = hosted_zone_id
        self._root = root_domain.strip(".").lower()
        self._deployment = deployment
        self.reserved = frozenset(reserved)

    def publish(self, user_id: str, ip: str, session_id: str) -> str:
        """Point the name of a participant's server to an address and return the id of the change.

        Raises:
            NameTaken: the name holds records that are not this deployment's.
        """
        label = label_of(user_id, self.reserved)
        records = self._records(label)
        owner = _owner(records, label)
        others = [record["Type"] for record in records]
        if records and (owner is None or owner.deployment != self._deployment):
            whose = f"deployment {owner.deployment}" if owner else f"somebody else ({', '.join(others)} record)"
            raise NameTaken(f"the name {self._name(label)} in zone {self._zone} belongs to {whose}")
        wanted = [
            {"Name": self._name(label), "Type": "A", "TTL": _TTL, "ResourceRecords": [{"Value": ip}]},
            {
                "Name": self._name(label),
                "Type": "TXT",
                "TTL": _TTL,
                "ResourceRecords": [{"Value": f'"{_MARK} deployment={self._deployment} session={session_id}"'}],
            },
        ]
        return self._change([{"Action": "UPSERT", "ResourceRecordSet": record} for record in wanted])

    def in_sync(self, change_id: str) -> bool:
        """Tell whether every name server of the zone answers with a change.

        A name that is asked for before that is remembered as absent by resolvers, for minutes (docs/aws-limits.md).
        """
        return self._client.get_change(Id=change_id)["ChangeInfo"]["Status"] == "INSYNC"

    def withdraw(self, user_id: str, session_id: str) -> bool:
        """Delete the records of a session exactly as they stand; False if the name holds none of that session's."""
        label = label_of(user_id, self.reserved)
        records = self._records(label)
        owner = _owner(records, label)
        ours = [record for record in records if record["Type"] in _TYPES]
        if owner is None or (owner.deployment, owner.session_id) != (self._deployment, session_id):
            return False
        try:
            self._change([{"Action": "DELETE", "ResourceRecordSet": record} for record in ours])
        except ClientError as error:
            # InvalidChangeBatch: somebody else deleted or changed them since; whoever comes next looks again.
            if code_of(error) != "InvalidChangeBatch":
                raise
        return True

    def owned(self) -> Iterator[OwnedName]:
        """Yield every name in the zone that this deployment wrote, page by page."""
        for page in self._client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=self._zone):
            for record in page["ResourceRecordSets"]:
                label = record["Name"].rstrip(".").lower().removesuffix(f".{self._root}")
                owner = _owner([record], label)
                if owner is not None and owner.deployment == self._deployment and label not in self.reserved:
                    yield owner

    def _records(self, label: str) -> list[Any]:
        """Return the records of exactly this name; Route 53 lists from a name on, a name's types together."""
        name = self._name(label)
        answer = self._client.list_resource_record_sets(HostedZoneId=self._zone, StartRecordName=name, MaxItems="10")
        return [record for record in answer["ResourceRecordSets"] if record["Name"].rstrip(".").lower() == name]

    def _name(self, label: str) -> str:
        return f"{label}.{self._root}"

    def _change(self, changes: Any) -> str:
        answer = self._client.change_resource_record_sets(HostedZoneId=self._zone, ChangeBatch={"Changes": changes})
        return answer["ChangeInfo"]["Id"].rsplit("/", 1)[-1]


def _owner(records: list[Any], label: str) -> OwnedName | None:
    """Read whose a name is from its TXT record; None if it has none of ours."""
    for record in records:
        for value in record.get("ResourceRecords", []) if record["Type"] == "TXT" else []:
            words = value["Value"].strip('"').split(" ")
            told = dict(word.split("=", 1) for word in words[1:] if "=" in word)
            if words[0] == _MARK and {"deployment", "session"} <= set(told):
                return OwnedName(label, told["deployment"], told["session"])
    return None
