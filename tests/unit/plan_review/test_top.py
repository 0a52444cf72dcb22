"""Further dangers that the top names: each row is one setting of one resource, before and after."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.plan_review import deployment as d
from tests.unit.plan_review.deployment import created, deployed, destroyed, updated
from tests.unit.plan_review.plans import change, review
from tests.unit.plan_review.test_prepared_changes import top

OTHER = d.OTHER_ACCOUNT
SNS = f"arn:aws:sns:{d.REGION}:{d.ACCOUNT}"

NAMED: dict[str, tuple[dict[str, Any], str]] = {
    "an event target of another function": (
        change(
            "module.sweep.aws_cloudwatch_event_target.t",
            {"rule": "every", "arn": d.ARN},
            {"rule": "every", "arn": d.ARN.replace("next_step", "shadow")},
        ),
        f"**Leads elsewhere**: event target `every`: to `{d.ARN.replace('next_step', 'shadow')}`",
    ),
    "a group of another account": (
        updated(d.INCOMING, cidr_ipv4=None, referenced_security_group_id=f"{OTHER}/sg-0123456789"),
        f"**Leads elsewhere**: incoming rule `participants`: to account `{OTHER}`",
    ),
    "subnets in a list": (
        updated(d.FUNCTION, environment=[{"variables": {"SUBNET": "subnet-0123456789,subnet-0987654321"}}]),
        "**Leads elsewhere**: Lambda function `next_step`: to `subnet-0123456789` and `subnet-0987654321`",
    ),
    "another distribution behind a name": (
        updated(d.RECORD, records=None, alias=[{"name": "d1234.cloudfront.net", "zone_id": "Z2"}]),
        "**Leads elsewhere**: DNS record `api.play.lab.org`: to address `d1234.cloudfront.net`",
    ),
    "another origin of the page": (
        updated(d.DISTRIBUTION, origin=[{"domain_name": "evil.s3.amazonaws.com"}]),
        "**Leads elsewhere**: CloudFront distribution `website`: to address `evil.s3.amazonaws.com`",
    ),
    "a server that the page's policy allows": (
        created(
            "module.website.aws_cloudfront_response_headers_policy.p",
            name="p",
            security_headers_config=[
                {"content_security_policy": "connect-src https://a.play.lab.org https://e.example"}
            ],
        ),
        "**Leads elsewhere**: CloudFront response headers policy `p`: to address `https://e.example`",
    ),
    "a receiver that is masked": (
        change(
            "module.monitoring.aws_sns_topic_subscription.x",
            None,
            {"endpoint": "hush"},
            after_sensitive={"endpoint": True},
        ),
        "**Leads elsewhere**: SNS subscription `x`: to a receiver that is sensitive",
    ),
    "a target known only on apply": (
        {
            **updated(d.INTEGRATION, integration_uri=None),
            "change": {
                **updated(d.INTEGRATION, integration_uri=None)["change"],
                "after_unknown": {"integration_uri": True},
            },
        },
        "**Known only on apply**: API integration `next step`: where it leads by `integration_uri`",
    ),
    "a repository's image in a task": (
        created(
            "module.more.aws_ecs_task_definition.t",
            family="t",
            container_definitions='[{"image": "docker.io/x/y:1", "environment": [{"name": "A", "value": "/x"}]}]',
        ),
        "**New code**: ecs task definition `t`: image `docker.io/x/y:1`",
    ),
    "another handler": (
        updated(d.FUNCTION, handler="other.handler"),
        "**New code**: Lambda function `next_step`: `handler` next_step.lambda_handler → other.handler",
    ),
    "a proxy": (
        updated(d.FUNCTION, environment=[{"variables": {"https_proxy": "10.1.0.1:3128"}}]),
        "**Runs other code**: Lambda function `next_step`: the environment variable `https_proxy` is `10.1.0.1:3128`",
    ),
    "an access key": (
        created("module.more.aws_iam_access_key.k", user="u"),
        "**New permissions**: iam access key `k`: works from anywhere until it is deleted",
    ),
    "everyone in an ACL": (
        created(
            "module.more.aws_s3_bucket_acl.a",
            bucket=d.BUCKET_NAME,
            access_control_policy=[
                {"grant": [{"grantee": [{"uri": "http://acs.amazonaws.com/groups/global/AllUsers"}]}]}
            ],
        ),
        f"**Newly public**: s3 bucket acl `{d.BUCKET_NAME}`: the ACL grants access to everyone",
    ),
    "an alarm without a receiver": (
        updated(d.ALARM, alarm_actions=[]),
        f"**Protection is taken away**: alarm `api_errors`: `alarm_actions` was `{SNS}:stop` and is not set",
    ),
    "the sweeper off": (
        change(
            "module.sweep.aws_cloudwatch_event_rule.r",
            {"name": "r", "state": "ENABLED"},
            {"name": "r", "state": "DISABLED"},
        ),
        "**Protection is taken away**: event rule `r`: `state` was `ENABLED` and is `DISABLED`",
    ),
    "every web page": (
        change(
            "module.api.aws_apigatewayv2_api.other",
            {"name": "o", "cors_configuration": [{"allow_origins": ["https://study.play.lab.org"]}]},
            {"name": "o", "cors_configuration": [{"allow_origins": ["*"]}]},
        ),
        "**Protection is taken away**: HTTP API `o`: `allow_origins` was `https://study.play.lab.org` and is `*`",
    ),
    "an address that clients keep": (
        updated(d.DISTRIBUTION, aliases=[]),
        "**Destroyed**: CloudFront distribution `website`: does not answer under `study.play.lab.org` any more",
    ),
    "a resource that Terraform forgets": (
        change(d.TOPIC, d.APPLIED[d.TOPIC], None, actions=["forget"]),
        "**No longer managed**: SNS topic `stop`: stays in AWS, and Terraform does not change or destroy it any more",
    ),
    "a resource that is taken over": (
        change(d.QUEUE, d.APPLIED[d.QUEUE], d.APPLIED[d.QUEUE], importing={"id": "q"}),
        "**Imported**: SQS queue `failed`: exists in AWS, and this deployment takes it over",
    ),
}


@pytest.mark.parametrize("name", NAMED)
def test_the_top_names_it(name: str) -> None:
    found, line = NAMED[name]
    assert line in top(deployed(found))
    assert line not in top(deployed(destroyed(d.ALARM)[0]))


def test_what_belongs_to_a_destroyed_role_is_not_listed_again_and_its_deny_is_no_widening() -> None:
    assert top(deployed(*destroyed(d.ROLE, d.ROLE_POLICY))) == (
        "**Destroyed**: IAM role `next_step`: what runs with it is refused, and other accounts' policies that name it "
        "do not apply to a new one; 1 part of it as well",
    )


def test_a_boundary_that_goes_with_its_role_is_no_widening() -> None:
    bounded = {**d.APPLIED[d.ROLE], "permissions_boundary": "arn:aws:iam::1:policy/b"}
    assert not any("wider" in line for line in top(deployed(change(d.ROLE, bounded, None))))


def test_resources_of_one_kind_are_one_point() -> None:
    def gone(number: int) -> list[dict[str, Any]]:
        kind = "module.monitoring.aws_cloudwatch_dashboard"
        return [change(f"{kind}.a{at}", {"dashboard_name": f"a{at}"}, None) for at in range(number)]

    assert top(deployed(*gone(3))) == ("**Destroyed**: 3 dashboards (`a0`, `a1` and `a2`)",)
    (line,) = top(deployed(*gone(40)))
    assert line.startswith("**Destroyed**: 40 dashboards (`a0`, ")
    assert line.endswith("`a11` and 28 more)")


def test_everything_whose_data_is_lost_is_named() -> None:
    gone = [change(f"module.more.aws_dynamodb_table.t{at}", {"name": f"t{at}"}, None) for at in range(30)]
    (line,) = top(deployed(*gone))
    assert line.startswith("**Data lost**: 30 dynamodb tables (`t0`, ")
    assert all(f"`t{at}`" in line for at in range(30))


def test_modules_and_programs_from_elsewhere_are_named() -> None:
    configuration = d.configuration()
    configuration["module_calls"]["session_topics"]["source"] = "git::https://example.net/topics"
    configuration["resources"] = [{"mode": "data", "type": "external", "name": "x"}]
    found = top(deployed(updated(d.TOPIC, display_name="x"), configuration={"root_module": configuration}))
    assert found == (
        "**Runs other code**: data source `external.x`: terraform runs its program on every plan",
        "**Runs other code**: module `session_topics`: it comes from `git::https://example.net/topics`, not from this "
        "checkout",
    )


def test_prevent_destroy_alone_is_named_although_no_resource_changes() -> None:
    plan = deployed(output_changes=d.protected(d.PROTECTED, []))
    assert len(top(plan)) == 1
    assert "**No changes.**" not in review(plan)
    assert "**No changes.**" in review(deployed(output_changes=d.protected([], d.PROTECTED)))


def test_a_setting_cannot_end_its_line() -> None:
    (line,) = top(deployed(updated(d.FUNCTION, environment=[{"variables": {"LD_PRELOAD": "/x\n\n## Nothing"}}])))
    assert line.endswith("the environment variable `LD_PRELOAD` is `/x ## Nothing`")


def test_a_bucket_with_another_name_keeps_its_policy() -> None:
    """The Deny of the old bucket goes with it, and the new bucket has the same."""
    new = "hippo-gym-studies"
    renamed = d.APPLIED[d.BUCKET_POLICY]["policy"].replace(d.BUCKET_NAME, new)
    found = top(
        deployed(
            change(
                d.BUCKET,
                d.APPLIED[d.BUCKET],
                {"bucket": new},
                actions=["delete", "create"],
                replace_paths=[["bucket"]],
            ),
            change(
                d.BUCKET_POLICY,
                d.APPLIED[d.BUCKET_POLICY],
                {"bucket": new, "policy": renamed},
                actions=["delete", "create"],
            ),
        )
    )
    assert found == (
        f"**Data lost**: S3 bucket `{d.BUCKET_NAME}`: destroyed and created again, because `bucket` changes; "
        "**everything in it is lost**; 1 part of it as well",
    )


def test_the_code_section_names_functions_with_other_layers() -> None:
    text = review(deployed(updated(d.FUNCTION, layers=[f"arn:aws:lambda:r:{OTHER}:layer:x:1"])))
    assert "- **Other layers, image or entry**, with the same bundle: `next_step`" in text
    assert "Same code" not in text
