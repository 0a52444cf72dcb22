"""Route 53: one hosted zone (Route 53 API reference, ChangeResourceRecordSets, ListResourceRecordSets, GetChange)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tests.support.simulated_world.errors import client_error
from tests.support.simulated_world.faults import Faults
from tests.support.simulated_world.kernel import Kernel

_MAX_CHANGES: Final = 1000
_LONGEST_SYNC: Final = 60.0


@dataclass(frozen=True)
class RecordSet:
    """The values of one name and type."""

    name: str
    type: str
    ttl: int
    values: tuple[str, ...]

    def shown(self) -> dict[str, Any]:
        """Return the record set in the API's format."""
        values = [{"Value": value} for value in self.values]
        return {"Name": self.name, "Type": self.type, "TTL": self.ttl, "ResourceRecords": values}


class Route53:
    """The operations of one hosted zone.

    Attributes:
        records: by name and type.
    """

    PAGES: Final = {
        "list_resource_record_sets": (
            ("NextRecordName", "StartRecordName"),
            ("NextRecordType", "StartRecordType"),
        )
    }

    def __init__(self, kernel: Kernel, faults: Faults, median_sync: float = 12.0) -> None:
        self._kernel = kernel
        self._faults = faults
        self._median_sync = median_sync
        self._changes: dict[str, float] = {}
        self.records: dict[tuple[str, str], RecordSet] = {}
        self._synced_at: dict[str, float] = {}

    def add(self, name: str, kind: str, *values: str) -> None:
        """Add a record that the product does not own."""
        self.records[_full(name), kind] = RecordSet(_full(name), kind, 300, values)

    def address(self, name: str) -> str | None:
        """Return a resolver's answer; None for an unknown name."""
        found = self.records.get((_full(name), "A"))
        return found.values[0] if found else None

    def in_sync(self, name: str) -> bool:
        """Return whether every name server answers with a name's current address."""
        return self._kernel.seconds >= self._synced_at.get(_full(name), 0.0)

    def change_resource_record_sets(self, *, HostedZoneId: str, ChangeBatch: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        """ChangeResourceRecordSets: all changes of a batch or none; a DELETE must match the record set exactly."""
        if self._faults.happens("busy_zone"):
            raise client_error(
                "PriorRequestNotComplete",
                "The request was rejected because Route 53 was still processing a prior request.",
                "ChangeResourceRecordSets",
            )
        changes = ChangeBatch["Changes"]
        weight = sum(2 if change["Action"] == "UPSERT" else 1 for change in changes)
        after = dict(self.records)
        faults = [] if weight <= _MAX_CHANGES else [f"Number of records limit of {_MAX_CHANGES} exceeded."]
        for change in changes:
            faults += _apply(after, change["Action"], _read(change["ResourceRecordSet"]))
        if faults:
            raise client_error(
                "InvalidChangeBatch", "[" + ", ".join(faults) + "]", "ChangeResourceRecordSets", messages=faults
            )
        before, self.records = self.records, after
        change_id = f"C{len(self._changes) + 1:013d}"
        self._changes[change_id] = self._kernel.seconds + self._time_to_sync()
        for name, kind in {(_full(each["ResourceRecordSet"]["Name"]), "A") for each in changes} & after.keys():
            # An address that was set repeatedly is in sync when the first of its changes is.
            new = after[name, kind] != before.get((name, kind))
            at = self._changes[change_id]
            self._synced_at[name] = at if new else min(at, self._synced_at.get(name, at))
        return {"ChangeInfo": {"Id": f"/change/{change_id}", "Status": "PENDING", "SubmittedAt": self._kernel.now}}

    def get_change(self, *, Id: str) -> dict[str, Any]:  # noqa: N803
        """GetChange: PENDING until every name server of the zone answers with the change."""
        change_id = Id.rsplit("/", 1)[-1]
        if change_id not in self._changes:
            message = f"A change with id {change_id} does not exist"
            raise client_error("NoSuchChange", message, "GetChange", 404)
        done = self._kernel.seconds >= self._changes[change_id]
        return {"ChangeInfo": {"Id": f"/change/{change_id}", "Status": "INSYNC" if done else "PENDING"}}

    def list_resource_record_sets(
        self,
        *,
        HostedZoneId: str,  # noqa: N803
        StartRecordName: str | None = None,  # noqa: N803
        StartRecordType: str | None = None,  # noqa: N803
        MaxItems: str = "300",  # noqa: N803
    ) -> dict[str, Any]:
        """ListResourceRecordSets: ordered by the labels of the name from the right, then by type."""
        start = (_order(_full(StartRecordName)) if StartRecordName else [], StartRecordType or "")
        listed = sorted(self.records.values(), key=lambda record: (_order(record.name), record.type))
        following = [record for record in listed if (_order(record.name), record.type) >= start]
        page, rest = following[: int(MaxItems)], following[int(MaxItems) :]
        answer: dict[str, Any] = {"ResourceRecordSets": [record.shown() for record in page], "IsTruncated": bool(rest)}
        if rest:
            answer |= {"NextRecordName": rest[0].name, "NextRecordType": rest[0].type}
        return answer

    def _time_to_sync(self) -> float:
        """Draw the time to INSYNC, usually within 60 seconds (docs/aws-limits/names-and-web.md), lognormally."""
        return min(self._kernel.random.lognormvariate(0.0, 0.6) * self._median_sync, _LONGEST_SYNC)


def _apply(records: dict[tuple[str, str], RecordSet], action: str, record: RecordSet) -> list[str]:
    """Apply one change; return its faults, with Route 53's texts."""
    key = (record.name, record.type)
    shown = f"[name='{record.name}', type='{record.type}']"
    if action == "CREATE" and key in records:
        return [f"Tried to create resource record set {shown} but it already exists"]
    if action == "DELETE":
        if key not in records:
            return [f"Tried to delete resource record set {shown} but it was not found"]
        if records[key] != record:
            return [
                f"Tried to delete resource record set {shown} but the values provided do not match the current values"
            ]
        del records[key]
        return []
    if record.type != "CNAME" and (record.name, "CNAME") in records:
        return [
            f"RRSet of type {record.type} with DNS name {record.name} is not permitted as it conflicts with a CNAME"
        ]
    records[key] = record
    return []


def _read(shown: dict[str, Any]) -> RecordSet:
    values = tuple(value["Value"] for value in shown["ResourceRecords"])
    return RecordSet(_full(shown["Name"]), shown["Type"], shown["TTL"], values)


def _full(name: str) -> str:
    return name.rstrip(".").lower() + "."


def _order(name: str) -> list[str]:
    return list(reversed(name.rstrip(".").split(".")))
