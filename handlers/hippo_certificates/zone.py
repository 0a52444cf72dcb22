"""The `_acme-challenge` records in the hosted zone: the only ones that the function may change."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from hippo_certificates import challenge
from hippo_gym.runtime.aws_clients import code_of
from hippo_gym.runtime.clock import Clock
from hippo_gym.runtime.errors import Transient

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

_TTL: Final = 30  # seconds: a resolver of the CA may still hold the texts of the last run
_TRIES: Final = 8


@dataclass(frozen=True)
class ChallengeRecords:
    """The TXT records with which the deployment proves to a CA that it controls the domain."""

    client: Route53Client
    hosted_zone_id: str
    root_domain: str
    clock: Clock

    def publish(self, texts: Collection[str]) -> str | None:
        """Add texts; return the id of the change, None if nothing had to change."""
        return self._change(lambda values: challenge.with_texts(values, texts, self.clock.now()))

    def withdraw(self, texts: Collection[str] = ()) -> None:
        """Delete texts, and those of runs that died."""
        self._change(lambda values: challenge.without_texts(values, texts, self.clock.now()))

    def in_sync(self, change_id: str) -> bool:
        """Return whether every name server of the zone has the change."""
        return self.client.get_change(Id=change_id)["ChangeInfo"]["Status"] == "INSYNC"

    def _change(self, change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> str | None:
        """Replace the record set, if it is still the one that was read.

        Route 53 applies a batch as a whole, and refuses a DELETE whose values are not the present
        ones, or a CREATE of what exists (`InvalidChangeBatch`): another writer was faster.
        """
        for _ in range(_TRIES):
            present = self._present()
            values = tuple(record["Value"] for record in present["ResourceRecords"]) if present else ()
            wanted = change(values)
            if wanted == values:
                return None
            batch = [{"Action": "DELETE", "ResourceRecordSet": present}] if present else []
            if wanted:
                batch.append({"Action": "CREATE", "ResourceRecordSet": self._record_set(wanted)})
            try:
                answer = self.client.change_resource_record_sets(
                    HostedZoneId=self.hosted_zone_id,
                    ChangeBatch={"Comment": "ACME challenge", "Changes": batch},  # type: ignore[typeddict-item]
                )
            except ClientError as error:
                if code_of(error) != "InvalidChangeBatch":
                    raise
                continue
            return answer["ChangeInfo"]["Id"]
        name = challenge.name_of(self.root_domain)
        raise Transient(f"the records of {name} are changed by others all the time; try again")

    def _present(self) -> Any:
        name = challenge.name_of(self.root_domain)
        answer = self.client.list_resource_record_sets(
            HostedZoneId=self.hosted_zone_id, StartRecordName=name, StartRecordType="TXT", MaxItems="1"
        )
        for record in answer["ResourceRecordSets"]:
            if record["Type"] == "TXT" and record["Name"].rstrip(".").lower() == name:
                return record
        return None

    def _record_set(self, values: tuple[str, ...]) -> dict[str, Any]:
        records = [{"Value": value} for value in values]
        return {"Name": challenge.name_of(self.root_domain), "Type": "TXT", "TTL": _TTL, "ResourceRecords": records}
