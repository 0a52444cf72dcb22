"""Harmless changes of a deployment: the top of the review is silent about each."""

from __future__ import annotations

from tests.unit.plan_review import deployment as d
from tests.unit.plan_review.deployment import created, deployed, updated
from tests.unit.plan_review.plans import policy
from tests.unit.plan_review.prepared_changes import COMMAND, configured, expiring, may, named, opened, variables

HARMLESS = {
    # ------------------------------------------------------------------------------------------------------------ IAM
    "an action less": named("IAM", deployed(may(Resource=f"arn:aws:s3:::{d.BUCKET_NAME}/a.html"))),
    "the same statement in another form": named("IAM", deployed(may(Action=["S3:getobject"], Sid="Pages"))),
    "a further Deny": named(
        "IAM", deployed(updated(d.ROLE_POLICY, policy=policy(d.READ, {**d.TLS_ONLY, "Action": "s3:Put*"})))
    ),
    "a Deny with one exception less": named(
        "IAM",
        deployed(updated(d.BUCKET_POLICY, policy=policy({**d.TLS_ONLY, "Condition": {}}))),
    ),
    # ---------------------------------------------------------------------------------------------------------- trust
    "one branch of the repository": named(
        "trust",
        deployed(
            updated(
                d.DEPLOYER,
                assume_role_policy=d.trust(
                    StringEquals={**d.SUBJECT, f"{d.GITHUB}:repository_id": "1234"},
                ),
            )
        ),
    ),
    # --------------------------------------------------------------------------------------------------------- public
    "anyone in the own organisation": named(
        "public",
        deployed(
            opened(Condition={"StringEquals": {"aws:SourceAccount": d.ACCOUNT, "aws:PrincipalOrgID": "o-a1b2c3d4"}})
        ),
    ),
    "a group's rules that repeat a rule": named(
        "public",
        deployed(
            updated(
                d.GROUP,
                description="x",
                ingress=[{"cidr_blocks": ["0.0.0.0/0"], "from_port": 22, "to_port": 22, "protocol": "tcp"}],
            )
        ),
    ),
    # -------------------------------------------------------------------------------------------------------- network
    "a smaller network": named("network", deployed(updated(d.INCOMING, cidr_ipv4="10.1.0.0/24", description="x"))),
    # ----------------------------------------------------------------------------------------------------------- data
    "old versions kept longer": named("data", deployed(expiring(180))),
    "logs kept longer": named("data", deployed(*(updated(group, retention_in_days=365) for group in d.LOGS))),
    # ----------------------------------------------------------------------------------------------------------- code
    "more memory": named("code", deployed(updated(d.FUNCTION, memory_size=1024))),
    "another log level": named("code", deployed(variables(LOG_LEVEL="DEBUG"))),
    "tags of the page's files": named("code", deployed(*(updated(file, tags_all={"A": "b"}) for file in d.FILES))),
    "a provisioner of something that stays": named(
        "code", deployed(updated(d.TOPIC, display_name="x"), **configured(d.TOPIC, COMMAND))
    ),
    # ------------------------------------------------------------------------------------------------------- where to
    "an alarm that sends to the deployment's topic": named(
        "where-to",
        deployed(
            created(
                "module.monitoring.aws_cloudwatch_metric_alarm.more",
                alarm_name="more",
                alarm_description="See https://example.net/runbook or ask eve@example.net",
                alarm_actions=[f"arn:aws:sns:{d.REGION}:{d.ACCOUNT}:stop"],
            )
        ),
    ),
    "a name in the deployment's own zone": named(
        "where-to", deployed(updated(d.RECORD, records=["api-2.play.lab.org"]))
    ),
    "the function by its other ARN": named(
        "where-to", deployed(updated(d.INTEGRATION, integration_uri=d.APPLIED[d.FUNCTION]["invoke_arn"]))
    ),
    # ----------------------------------------------------------------------------------------------------- protection
    "prevent_destroy added": named(
        "protection",
        deployed(
            updated(d.ALARM, threshold=6),
            output_changes=d.protected(d.PROTECTED, [*d.PROTECTED, "modules/dns: aws_route53_zone.made"]),
        ),
    ),
    "a newer TLS": named(
        "protection",
        deployed(updated(d.DISTRIBUTION, viewer_certificate=[{"minimum_protocol_version": "TLSv1.3_2025"}])),
    ),
    "a key of one's own for a topic": named("protection", deployed(updated(d.TOPIC, kms_master_key_id="alias/own"))),
    # ----------------------------------------------------------------------------------------------------------- cost
    "one more alarm": named(
        "cost", deployed(created("module.monitoring.aws_cloudwatch_metric_alarm.more", alarm_name="more"))
    ),
    "another threshold": named("cost", deployed(updated(d.ALARM, threshold=50))),
}
