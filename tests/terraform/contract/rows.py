"""Limits of single values that only AWS's documentation states: one row each, with the page that states it.

Adjustable quotas have their default value, because a deployment must fit into a new account.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.terraform.contract.limits import Limit

_DOCS = "https://docs.aws.amazon.com"
TAGS = f"{_DOCS}/tag-editor/latest/userguide/best-practices-and-strats.html"
IAM_QUOTAS = f"{_DOCS}/IAM/latest/UserGuide/reference_iam-quotas.html"
LAMBDA_QUOTAS = f"{_DOCS}/lambda/latest/dg/gettingstarted-limits.html"
LAMBDA_VARIABLES = f"{_DOCS}/lambda/latest/dg/configuration-envvars.html"
CLOUDFRONT_QUOTAS = f"{_DOCS}/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"
EVENTBRIDGE_QUOTAS = f"{_DOCS}/eventbridge/latest/userguide/eb-quota.html"
SNS_POLICIES = f"{_DOCS}/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html"
SQS_POLICIES = f"{_DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html"
BUCKET_NAMES = f"{_DOCS}/AmazonS3/latest/userguide/bucketnamingrules.html"
BUCKET_POLICIES = f"{_DOCS}/AmazonS3/latest/userguide/example-bucket-policies.html"
OBJECT_KEYS = f"{_DOCS}/AmazonS3/latest/userguide/object-keys.html"
DOMAIN_NAMES = f"{_DOCS}/Route53/latest/DeveloperGuide/DomainNameFormat.html"
VPC_RANGES = f"{_DOCS}/vpc/latest/userguide/vpc-cidr-blocks.html"
SUBNET_RANGES = f"{_DOCS}/vpc/latest/userguide/subnet-sizing.html"
LOG_GROUPS = f"{_DOCS}/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"
PARAMETERS = f"{_DOCS}/systems-manager/latest/userguide/sysman-paramstore-su-create.html"
BUDGETS = f"{_DOCS}/cost-management/latest/userguide/management-limits.html"


def _api(service: str, operation: str) -> str:
    """Return the page of an operation in an API reference; botocore's description of the member agrees."""
    return f"{_DOCS}/{service}/latest/APIReference/API_{operation}.html"


_DESCRIPTION = r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]*"

#: Limit of the tags of every resource: what all services accept.
TAG_KEY = Limit(TAGS, pattern=r"(?i)(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]+", shortest=1, longest=128)
TAG_VALUE = Limit(TAGS, pattern=r"(?i)(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+\-@]*", longest=256)
TAG_COUNT = Limit(TAGS, longest=50)

_RULE_DESCRIPTION = Limit(f"{_DOCS}/AWSEC2/latest/APIReference/API_IpRange.html", pattern=_DESCRIPTION, longest=255)
_PORT = Limit(f"{_DOCS}/AWSEC2/latest/APIReference/API_IpPermission.html", least=0, most=65535)

#: Names that Lambda reserves. Others with the same prefix, such as AWS_ENDPOINT_URL, may be set.
_RESERVED_VARIABLES = "|".join(
    (
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    )
)

_BUCKET = (
    r"(?!xn--|sthree-|amzn-s3-demo-)(?!.*(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$)"
    r"(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
)
_DOMAIN = r"(\*\.)?([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?"

#: Resource type → argument → its limit.
ROWS: Mapping[str, Mapping[str, Limit]] = {
    "aws_acm_certificate": {
        # The first name becomes the certificate's Common Name; the model's limit of 253 is for further names.
        "domain_name": Limit(_api("acm", "RequestCertificate"), longest=64),
    },
    "aws_budgets_budget": {
        "notification.subscriber_sns_topic_arns": Limit(BUDGETS, longest=1),
    },
    "aws_cloudfront_distribution": {
        "comment": Limit(f"{_DOCS}/cloudfront/latest/APIReference/API_DistributionConfig.html", longest=128),
        "aliases[]": Limit(DOMAIN_NAMES, pattern=_DOMAIN, longest=253),
        "default_cache_behavior.cache_policy_id": Limit(
            f"{_DOCS}/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html",
            pattern=r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        ),
    },
    "aws_cloudfront_origin_access_control": {
        "name": Limit(f"{_DOCS}/cloudfront/latest/APIReference/API_OriginAccessControlConfig.html", longest=64),
    },
    "aws_cloudfront_response_headers_policy": {
        # The page states this length for a custom header's value. For this header it names an error
        # (TooLongCSPInResponseHeadersPolicy) without a number: the lower limit is assumed.
        "security_headers_config.content_security_policy.content_security_policy": Limit(
            CLOUDFRONT_QUOTAS, longest=1783
        ),
    },
    "aws_cloudwatch_dashboard": {
        "dashboard_name": Limit(
            _api("AmazonCloudWatch", "PutDashboard"), pattern=r"[A-Za-z0-9_-]+", shortest=1, longest=255
        ),
    },
    "aws_cloudwatch_event_rule": {
        "event_pattern": Limit(EVENTBRIDGE_QUOTAS, longest=2048),
    },
    "aws_cloudwatch_log_group": {
        "name": Limit(LOG_GROUPS, pattern=r"(?!aws/).*"),
    },
    "aws_ecs_cluster": {
        "name": Limit(_api("AmazonECS", "CreateCluster"), pattern=r"[A-Za-z0-9_-]+", shortest=1, longest=255),
    },
    "aws_iam_policy": {
        "policy": Limit(IAM_QUOTAS, longest=6144, measure="characters without white space"),
    },
    "aws_iam_role": {
        "assume_role_policy": Limit(IAM_QUOTAS, longest=2048, measure="characters without white space"),
    },
    "aws_lambda_function": {
        "timeout": Limit(LAMBDA_QUOTAS, least=1, most=900),
        "memory_size": Limit(LAMBDA_QUOTAS, least=128, most=10240),
        "environment.variables{key}": Limit(LAMBDA_VARIABLES, pattern=rf"(?!({_RESERVED_VARIABLES})$).+"),
    },
    "aws_route53_record": {"name": Limit(DOMAIN_NAMES, pattern=_DOMAIN, longest=255)},
    "aws_route53_zone": {"name": Limit(DOMAIN_NAMES, pattern=_DOMAIN, longest=255)},
    "aws_s3_bucket": {"bucket": Limit(BUCKET_NAMES, pattern=_BUCKET)},
    "aws_s3_bucket_policy": {"policy": Limit(BUCKET_POLICIES, longest=20480, measure="bytes")},
    "aws_s3_object": {"key": Limit(OBJECT_KEYS, longest=1024, measure="bytes")},
    "aws_security_group": {
        "description": Limit(
            f"{_DOCS}/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html", pattern=_DESCRIPTION, longest=255
        ),
        "name": Limit(
            f"{_DOCS}/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html",
            pattern=rf"(?!sg-){_DESCRIPTION}",
            longest=255,
        ),
    },
    "aws_sns_topic": {
        "name": Limit(f"{_DOCS}/sns/latest/api/API_CreateTopic.html", pattern=r"[A-Za-z0-9_-]{1,256}"),
    },
    "aws_sns_topic_policy": {"policy": Limit(SNS_POLICIES, longest=30720, measure="bytes")},
    "aws_sqs_queue": {
        "name": Limit(
            f"{_DOCS}/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html", pattern=r"[A-Za-z0-9_-]{1,80}"
        ),
    },
    "aws_sqs_queue_policy": {"policy": Limit(SQS_POLICIES, longest=8192, measure="bytes")},
    "aws_ssm_parameter": {
        # 1,011 characters including the ARN before the name; the longest prefix is arn:aws-us-gov:….
        "name": Limit(PARAMETERS, pattern=r"(?i)(?!/?(aws|ssm))(/?[a-z0-9_.-]+){1,15}", longest=1011 - 65),
        "value": Limit(_api("systems-manager", "PutParameter"), longest=4096, measure="bytes"),
    },
    "aws_subnet": {"cidr_block": Limit(SUBNET_RANGES, pattern=r".*/(1[6-9]|2[0-8])")},
    "aws_vpc": {"cidr_block": Limit(VPC_RANGES, pattern=r".*/(1[6-9]|2[0-8])")},
    "aws_vpc_security_group_egress_rule": {"description": _RULE_DESCRIPTION},
    "aws_vpc_security_group_ingress_rule": {
        "description": _RULE_DESCRIPTION,
        "from_port": _PORT,
        "to_port": _PORT,
    },
}
