"""Dangerous changes of a deployment, each with the lines that name it at the top of the review."""

from __future__ import annotations

import json

from tests.unit.plan_review import deployment as d
from tests.unit.plan_review.deployment import created, deployed, destroyed, replaced, updated
from tests.unit.plan_review.plans import policy
from tests.unit.plan_review.prepared_changes import (
    COMMAND,
    STATEMENT,
    configured,
    expiring,
    may,
    named,
    opened,
    rule,
    variables,
)

AUDIENCE = {f"{d.GITHUB}:aud": "sts.amazonaws.com"}
ALARMS = "module.monitoring.aws_cloudwatch_metric_alarm"
ROLE_MAY = "What IAM role `next_step` may do"
ANYONE = "**Newly public**: Who may use SNS topic `stop`: **anyone**"
LAYER = f"arn:aws:lambda:{d.REGION}:{d.OTHER_ACCOUNT}:layer:hook:3"
DEPLOYS = "**Newly public**: Who may assume IAM role `deploy`: with tokens of `token.actions.githubusercontent.com`: "
WIDER_TRUST = "**Permissions get wider** in 1 policy: Who may assume IAM role `deploy`"
WIDER_TOPIC = "**Permissions get wider** in 1 policy: Who may use SNS topic `stop`"

DANGEROUS = {
    # ------------------------------------------------------------------------------------------------------------ IAM
    "another action": named(
        "IAM",
        deployed(may(Action=["s3:GetObject", "s3:DeleteObject"])),
        f"**Permissions get wider** in 1 policy: {ROLE_MAY}",
    ),
    "every action of a service": named(
        "IAM",
        deployed(may(Action="iam:*", Resource="*")),
        f"**Every action of a service** is allowed: {ROLE_MAY}: `iam:*`",
        f"**Permissions get wider** in 1 policy: {ROLE_MAY}",
    ),
    "a managed policy of AWS": named(
        "IAM",
        deployed(
            created(
                "module.function.aws_iam_role_policy_attachment.more",
                role="next_step",
                policy_arn="arn:aws:iam::aws:policy/AdministratorAccess",
            )
        ),
        f"**Every action of a service** is allowed: {ROLE_MAY}: what the policy "
        "arn:aws:iam::aws:policy/AdministratorAccess allows",
        f"**New permissions** in 1 policy: {ROLE_MAY}",
    ),
    "a Deny that goes while its bucket stays": named(
        "IAM",
        deployed(*destroyed(d.BUCKET_POLICY)),
        f"**Destroyed**: policy of S3 bucket `{d.BUCKET_NAME}`",
        f"**Permissions get wider** in 1 policy: Who may use S3 bucket `{d.BUCKET_NAME}`",
    ),
    # ---------------------------------------------------------------------------------------------------------- trust
    "GitHub without a subject": named(
        "trust",
        deployed(updated(d.DEPLOYER, assume_role_policy=d.trust(StringEquals=AUDIENCE))),
        f"{DEPLOYS}**anyone** with a token of it: no condition names a subject",
        WIDER_TRUST,
    ),
    "GitHub with a subject that a request may lack": named(
        "trust",
        deployed(updated(d.DEPLOYER, assume_role_policy=d.trust(StringEqualsIfExists=d.SUBJECT))),
        f"{DEPLOYS}**anyone** with a token of it: no condition names a subject",
        WIDER_TRUST,
    ),
    "GitHub with any repository": named(
        "trust",
        deployed(updated(d.DEPLOYER, assume_role_policy=d.trust(StringLike={f"{d.GITHUB}:sub": "repo:lab/*"}))),
        f"{DEPLOYS}**any repository** that matches `repo:lab/*`",
        WIDER_TRUST,
    ),
    "another account assumes a role": named(
        "trust",
        deployed(
            updated(
                d.DEPLOYER,
                assume_role_policy=policy(
                    *json.loads(d.trust(StringEquals=d.SUBJECT))["Statement"],
                    {
                        "Effect": "Allow",
                        "Action": "sts:AssumeRole",
                        "Principal": {"AWS": f"arn:aws:iam::{d.OTHER_ACCOUNT}:root"},
                    },
                ),
            )
        ),
        WIDER_TRUST,
        f"**Leads elsewhere**: IAM role `deploy`: to account `{d.OTHER_ACCOUNT}`",
    ),
    # --------------------------------------------------------------------------------------------------------- public
    "everyone except one account": named(
        "public",
        deployed(
            updated(
                d.TOPIC_POLICY,
                policy=policy(
                    {key: value for key, value in STATEMENT.items() if key not in {"Principal", "Condition"}}
                    | {"NotPrincipal": {"AWS": f"arn:aws:iam::{d.ACCOUNT}:user/blocked"}}
                ),
            )
        ),
        ANYONE,
        WIDER_TOPIC,
    ),
    "a condition that requests without the key meet": named(
        "public",
        deployed(opened(Condition={"StringEqualsIfExists": {"aws:SourceAccount": d.ACCOUNT}})),
        ANYONE,
        WIDER_TOPIC,
    ),
    "a principal's ARN of any account": named(
        "public",
        deployed(opened(Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}})),
        ANYONE,
        WIDER_TOPIC,
    ),
    "any source": named("public", deployed(opened(Condition={"ArnLike": {"aws:SourceArn": "*"}})), ANYONE, WIDER_TOPIC),
    "a condition on all addresses": named(
        "public",
        deployed(opened(Condition={"IpAddress": {"aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"]}})),
        ANYONE,
        WIDER_TOPIC,
        "**Leads elsewhere**: policy of SNS topic `stop`: to network `0.0.0.0/1` and network `128.0.0.0/1`",
    ),
    "a route without a signature": named(
        "public",
        deployed(updated(d.ROUTE, authorization_type="NONE")),
        "**Newly public**: API route `POST /stop`: no signature required",
    ),
    # -------------------------------------------------------------------------------------------------------- network
    "two halves of the internet": named(
        "network",
        deployed(rule(1, "0.0.0.0/1"), rule(2, "128.0.0.0/1")),
        "**Newly public**: security group `sessions`: TCP port 5000 open to `0.0.0.0/1`, `10.1.0.0/16` and "
        "`128.0.0.0/1`",
    ),
    "a prefix list that AWS keeps": named(
        "network",
        deployed(rule(1, "", cidr_ipv4=None, prefix_list_id="pl-38a64051")),
        "**Newly public**: incoming rule `more1`: TCP port 5000 open to the addresses of prefix list "
        "`pl-38a64051`; CloudFront's holds the edges of every customer's distributions, so servers check a signed path",
        "**Leads elsewhere**: incoming rule `more1`: to `pl-38a64051`",
    ),
    "two halves of the internet in IPv6": named(
        "network",
        deployed(rule(1, "", cidr_ipv4=None, cidr_ipv6="::/1"), rule(2, "", cidr_ipv4=None, cidr_ipv6="8000::/1")),
        "**Newly public**: security group `sessions`: TCP port 5000 open to `10.1.0.0/16`, `8000::/1` and `::/1`",
    ),
    "another network": named(
        "network",
        deployed(updated(d.INCOMING, cidr_ipv4="203.0.113.0/24")),
        "**Leads elsewhere**: incoming rule `participants`: to network `203.0.113.0/24`",
    ),
    # ----------------------------------------------------------------------------------------------------------- data
    "old versions deleted sooner": named(
        "data",
        deployed(expiring(7)),
        f"**Data lost**: S3 bucket `{d.BUCKET_NAME}`: rule `old` deletes old versions after 7 days; until now after 90 "
        "days",
    ),
    "a destroyed bucket with its parts": named(
        "data",
        deployed(*destroyed(d.BUCKET, d.VERSIONING, d.BLOCK, d.BUCKET_POLICY, d.EXPIRY)),
        f"**Data lost**: S3 bucket `{d.BUCKET_NAME}`: destroyed; **everything in it is lost**; 4 parts of it as well",
    ),
    "one retention of nine log groups": named(
        "data",
        deployed(*(updated(group, retention_in_days=7) for group in d.LOGS)),
        "**Data at risk**: 9 log groups (`/aws/lambda/0`, `/aws/lambda/1`, `/aws/lambda/2`, `/aws/lambda/3` and 5 "
        "more): logs are kept 7 days instead of 90 days; older ones are lost",
    ),
    "a replaced API": named(
        "data",
        deployed(
            replaced(d.API, "protocol_type", protocol_type="WEBSOCKET"),
            replaced(d.ROUTE, "api_id"),
            replaced(d.INTEGRATION, "api_id"),
        ),
        "**Replaced**: HTTP API `hippo`: clients that keep its address do not reach it any more; the cause is "
        "`protocol_type`; 2 parts of it as well",
    ),
    "the cluster of running sessions": named(
        "data",
        deployed(*destroyed(d.CLUSTER)),
        "**Destroyed**: ECS cluster `hippo`: the tasks of running sessions are in it: participants lose their server",
    ),
    # ----------------------------------------------------------------------------------------------------------- code
    "another bundle": named(
        "code",
        deployed(updated(d.FUNCTION, source_code_hash="b" * 44)),
        "**New code** for 1 function of 1: `aaaaaaaaaaaa…` → `bbbbbbbbbbbb…`",
    ),
    "a layer": named(
        "code",
        deployed(updated(d.FUNCTION, layers=[LAYER])),
        f"**Runs other code**: Lambda function `next_step`: layer `{LAYER}`",
    ),
    "an image": named(
        "code",
        deployed(updated(d.FUNCTION, image_uri=f"{d.OTHER_ACCOUNT}.dkr.ecr.{d.REGION}.amazonaws.com/game:1")),
        f"**New code**: Lambda function `next_step`: image `{d.OTHER_ACCOUNT}.dkr.ecr.{d.REGION}.amazonaws.com/game:1`",
    ),
    "a wrapper": named(
        "code",
        deployed(variables(AWS_LAMBDA_EXEC_WRAPPER="/opt/wrap")),
        "**Runs other code**: Lambda function `next_step`: the environment variable `AWS_LAMBDA_EXEC_WRAPPER` is "
        "`/opt/wrap`",
    ),
    "a provisioner of something new": named(
        "code",
        deployed(
            created("module.monitoring.aws_sns_topic.more", name="more"),
            **configured("module.monitoring.aws_sns_topic.more", COMMAND),
        ),
        "**Runs other code**: SNS topic `more`: its provisioner `local-exec` runs on the machine that applies: "
        "`sh ./hook.sh`",
    ),
    "38 files of the page": named(
        "code",
        deployed(*(updated(file, etag="new", source_hash=f"new{at}") for at, file in enumerate(d.FILES))),
        "**New code**: 38 S3 objects (`0.js`, `1.js`, `2.js`, `3.js` and 34 more): files of the page, which browsers "
        "run",
    ),
    # ------------------------------------------------------------------------------------------------------- where to
    "another receiver of alarms": named(
        "where-to",
        deployed(replaced(d.MAIL, "endpoint", endpoint="eve@example.net")),
        "**Replaced**: SNS subscription `stop`: its receiver gets no messages until it exists, and has to confirm a "
        "new one; the cause is `endpoint`",
        "**Leads elsewhere**: SNS subscription `stop`: to e-mail address `eve@example.net`",
    ),
    "a subscription by HTTPS": named(
        "where-to",
        deployed(
            created(
                "module.monitoring.aws_sns_topic_subscription.hook",
                protocol="https",
                endpoint="https://hook.example.net/x",
            )
        ),
        "**Leads elsewhere**: SNS subscription `hook`: to address `https://hook.example.net`",
    ),
    "another bucket and another server": named(
        "where-to",
        deployed(variables(BUCKET="elsewhere-1", TRACE_URL="https://collect.example.net/v1")),
        "**Leads elsewhere**: Lambda function `next_step`: to bucket `elsewhere-1` and address "
        "`https://collect.example.net`",
    ),
    "another target of a DNS record": named(
        "where-to",
        deployed(updated(d.RECORD, records=["203.0.113.7"])),
        "**Leads elsewhere**: DNS record `api.play.lab.org`: to address `203.0.113.7`",
    ),
    "another function behind the API": named(
        "where-to",
        deployed(updated(d.INTEGRATION, integration_uri=d.ARN.replace("next_step", "shadow"))),
        f"**Leads elsewhere**: API integration `next step`: to `arn:aws:lambda:{d.REGION}:{d.ACCOUNT}:function:shadow`",
    ),
    # ----------------------------------------------------------------------------------------------------- protection
    "prevent_destroy removed": named(
        "protection",
        deployed(updated(d.ALARM, threshold=6), output_changes=d.protected(d.PROTECTED, [])),
        "**Protection is taken away**: resource block `modules/projects_bucket: aws_s3_bucket.this`: `prevent_destroy` "
        "is removed: a later plan can destroy it",
    ),
    "force_destroy": named(
        "protection",
        deployed(updated(d.BUCKET, force_destroy=True)),
        f"**Data lost**: S3 bucket `{d.BUCKET_NAME}`: gets `force_destroy`: a later apply can delete it with "
        "everything in it",
    ),
    "no versions any more": named(
        "protection",
        deployed(updated(d.VERSIONING, versioning_configuration=[{"status": "Suspended"}])),
        f"**Data lost**: S3 bucket `{d.BUCKET_NAME}`: no more old versions are kept: overwritten and deleted objects "
        "are lost immediately",
    ),
    "a gap in the public access block": named(
        "protection",
        deployed(updated(d.BLOCK, block_public_policy=False)),
        f"**Newly public**: S3 bucket `{d.BUCKET_NAME}`: can be made public, because its public access block has a gap",
    ),
    "no encryption of a topic": named(
        "protection",
        deployed(updated(d.TOPIC, kms_master_key_id=None)),
        "**Protection is taken away**: SNS topic `stop`: `kms_master_key_id` was `alias/aws/sns` and is not set",
    ),
    "an older TLS": named(
        "protection",
        deployed(updated(d.DISTRIBUTION, viewer_certificate=[{"minimum_protocol_version": "TLSv1"}])),
        "**Protection is taken away**: CloudFront distribution `website`: `minimum_protocol_version` was "
        "`TLSv1.2_2021` and is `TLSv1`",
    ),
    # ----------------------------------------------------------------------------------------------------------- cost
    "a NAT gateway": named(
        "cost",
        deployed(created("module.network.aws_nat_gateway.more", connectivity_type="public")),
        "**Costs more**: nat gateway `more`: AWS bills it by the hour, and the price table lacks it",
    ),
    "twenty alarms": named(
        "cost",
        deployed(
            *(created(f"module.monitoring.aws_cloudwatch_metric_alarm.a{at}", alarm_name=f"a{at}") for at in range(20))
        ),
        "**Costs more**: $2.00 more each month, even without participants: $2.60 in all",
    ),
}
