"""Makes leftovers for a sweeper to find: a session's resources without its record."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from tests.support.local_deployment import LocalDeployment

SESSION = "20260101-00000000000000b2"


def leave_behind(lab: LocalDeployment, deployment: str, user_id: str) -> dict[str, str]:
    """Make a cluster, a schedule and a DNS name of a deployment's session that has no record."""
    name = f"{deployment}-{SESSION}"
    lab.cloud.client("ecs").create_cluster(clusterName=name)
    lab.cloud.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression="at(2099-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": lab.cloud.outputs["stop_server_topic_arn"], "RoleArn": lab.cloud.outputs["scheduler_role_arn"]},
    )
    host = f"{user_id}.{lab.root_domain}"
    records = {"A": "192.0.2.1", "TXT": f'"hippo-gym deployment={deployment} session={SESSION}"'}
    lab.cloud.client("route53").change_resource_record_sets(
        HostedZoneId=lab.cloud.outputs["hosted_zone_id"],
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {"Name": host, "Type": kind, "TTL": 30, "ResourceRecords": [{"Value": value}]},
                }
                for kind, value in records.items()
            ]
        },
    )
    return {"sessionId": SESSION, "userId": user_id}


def age_marks(lab: LocalDeployment) -> None:
    """Change the sweeper's marks on leftovers to the time of the sweep before."""
    s3, key = lab.cloud.client("s3"), "_sessions/marks.json"
    marks = json.loads(s3.get_object(Bucket=lab.bucket, Key=key)["Body"].read())
    before = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    s3.put_object(Bucket=lab.bucket, Key=key, Body=json.dumps(dict.fromkeys(marks, before)).encode())
