"""The DNS name of a participant's server.

It has an A record, and a TXT record that names deployment and session. Both are written and deleted
in one change batch, which Route 53 applies as a whole. A name without this deployment's TXT record
is never changed: the zone may hold records of other owners, and a participant's id may be `www`.
Reserved names are never read or written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.runtime.errors import OperatorError

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

_TTL: Final = 30  # seconds
_MARK: Final = "hippo-gym"
_TYPES: Final = frozenset({"A", "TXT"})


class NameTaken(OperatorError):
    """The name in the zone has records that this deployment did not write.

    The text names their owner.
    """


@dataclass(frozen=True)
class OwnedName:
    """A name in the zone that a deployment of this product wrote.

    Attributes:
        label: the label before the root domain: a participant's id, its replacement
            (dns_labels.py), or an attempt of a session on the edge route.
        deployment, session_id: the owner.
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
        deployment: written into each TXT record; records of other deployments are never changed.
        reserved: labels that no server gets, even if a participant has one as their id.
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

    def publish(self, label: str, ip: str, session_id: str) -> str:
        """Point the name of a session's server to an address; return the id of the change.

        Raises:
            NameTaken: the name has records that this deployment did not write.
        """
        records = self._records(label)
        owner = _owner(records, label)
        others = [record["Type"] for record in records]
        if records and (owner is None or owner.deployment != self._deployment):
            belongs_to = f"deployment {owner.deployment}" if owner else f"another owner ({', '.join(others)} record)"
            raise NameTaken(f"the name {self._name(label)} in zone {self._zone} belongs to {belongs_to}")
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
        """Return whether every name server of the zone has the change.

        A resolver that asks for the name earlier caches it as absent for minutes
        (docs/aws-limits/names-and-web.md).
        """
        return self._client.get_change(Id=change_id)["ChangeInfo"]["Status"] == "INSYNC"

    def withdraw(self, label: str, session_id: str) -> bool:
        """Delete a session's records exactly as Route 53 lists them.

        Return False, and delete nothing, if the name is not the session's.
        """
        records = self._records(label)
        owner = _owner(records, label)
        ours = [record for record in records if record["Type"] in _TYPES]
        if owner is None or (owner.deployment, owner.session_id) != (self._deployment, session_id):
            return False
        try:
            self._change([{"Action": "DELETE", "ResourceRecordSet": record} for record in ours])
        except ClientError as error:
            # InvalidChangeBatch: another function changed them first; the next call reads again.
            if code_of(error) != "InvalidChangeBatch":
                raise
        return True

    def owned(self) -> Iterator[OwnedName]:
        """Yield every name under the root domain that this deployment wrote, page by page.

        Names under another root domain, from before the setting was changed, are skipped: the
        functions may neither read them by their session nor delete them.
        """
        for page in self._client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=self._zone):
            for record in page["ResourceRecordSets"]:
                name = record["Name"].rstrip(".").lower()
                label = name.removesuffix(f".{self._root}")
                owner = _owner([record], label) if label != name else None
                if owner is not None and owner.deployment == self._deployment and label not in self.reserved:
                    yield owner

    def _records(self, label: str) -> list[Any]:
        """Return the records of exactly this name.

        Route 53 lists from a name onwards, its types together.
        """
        name = self._name(label)
        answer = self._client.list_resource_record_sets(HostedZoneId=self._zone, StartRecordName=name, MaxItems="10")
        return [record for record in answer["ResourceRecordSets"] if record["Name"].rstrip(".").lower() == name]

    def _name(self, label: str) -> str:
        return f"{label}.{self._root}"

    def _change(self, changes: Any) -> str:
        answer = self._client.change_resource_record_sets(HostedZoneId=self._zone, ChangeBatch={"Changes": changes})
        return answer["ChangeInfo"]["Id"].rsplit("/", 1)[-1]


def _owner(records: list[Any], label: str) -> OwnedName | None:
    """Return the owner in a name's TXT record; None without a TXT record of this product."""
    for record in records:
        for value in record.get("ResourceRecords", []) if record["Type"] == "TXT" else []:
            words = value["Value"].strip('"').split(" ")
            fields = dict(word.split("=", 1) for word in words[1:] if "=" in word)
            if words[0] == _MARK and {"deployment", "session"} <= set(fields):
                return OwnedName(label, fields["deployment"], fields["session"])
    return None
