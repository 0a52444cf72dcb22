"""An AWS account in this process (moto, with additions for what moto lacks), and a public DNS."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3

from hippo_common.names import tags_of_task_definition
from hippo_deploy.preflight.cloud import Cloud
from hippo_deploy.preflight.existing import find
from hippo_deploy.preflight.findings import Finding
from hippo_deploy.preflight.public_dns import DnsUnavailable
from hippo_deploy.preflight.running import CHECKS, Check, Report
from hippo_deploy.preflight.running import run as run_checks
from hippo_deploy.preflight.situation import Situation
from hippo_deploy.preflight.wanted import StateStore, Wanted

REGION = "ca-central-1"
ACCOUNT = "123456789012"
ROOT = "play.example.net"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
BUCKET = f"hippo-gym-projects-{ACCOUNT}"
STATE = StateStore("state.example", "hippo-gym/prod/terraform.tfstate", REGION)

Answer = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Refusal(Exception):
    """An error that a service answers."""

    code: str
    message: str = ""
    status: int = 403


class Dns:
    """The records of names; look_up raises a record that is an exception."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], tuple[str, ...] | Exception] = {}

    def look_up(self, name: str, kind: str) -> tuple[str, ...]:
        found = self.records.get((name, kind), ())
        if isinstance(found, Exception):
            raise found
        return found

    def is_unavailable(self) -> None:
        for key in ((ROOT, "NS"), ("example.net", "NS")):
            self.records[key] = DnsUnavailable("no answer")


class FixedClock:
    def now(self) -> datetime:
        return NOW

    def sleep(self, seconds: float) -> None:
        raise AssertionError("preflight never waits")


@cache
def _client(service: str, region: str) -> Any:
    """Return a client, made once for all tests, that lets the current test's account answer first."""
    client = boto3.client(service, region_name=region)  # type: ignore[call-overload]
    client.meta.events.register("provide-client-params", lambda **call: _listening[-1].note(**call))
    client.meta.events.register("before-call", lambda **call: _listening[-1].answer(**call))
    return client


@dataclass
class Account(Cloud):
    """Answers as AWS does; an operation in `answers` does not reach moto.

    Attributes:
        quotas: values of quotas, by code.
        called: names of the operations that were called.
        parameters: the parameters of the last call of each operation.
    """

    quotas: dict[str, float] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)
    parameters: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    dns: Dns = field(default_factory=Dns)

    def __post_init__(self) -> None:
        super().__init__(boto3.Session(), REGION)
        self.quotas |= {"L-3032A538": 6, "L-36FBB829": 6, "L-21C621EB": 10_000, "L-DF5E4CA3": 5_000, "L-F678F1CE": 5}
        self.executions(1000)
        self.answers["GetServiceQuota"] = lambda parameters: {"Quota": {"Value": self.quotas[parameters["QuotaCode"]]}}
        self.answers["GetAWSDefaultServiceQuota"] = self.answers["GetServiceQuota"]
        self.answers["GetHostedZoneLimit"] = lambda parameters: {
            "Limit": {"Type": parameters["Type"], "Value": 10_000},
            "Count": 2,
        }
        self.answers["GetParameters"] = lambda _: {"Parameters": [], "InvalidParameters": []}
        self.public_access("off")
        self.answers["ListResourcePolicies"] = lambda _: {"ResourcePolicies": []}
        self.is_role("deployer")

    def _make(self, service: str, region: str) -> Any:
        _listening[:] = [self]
        return _client(service, region)

    def note(self, params: Mapping[str, Any], model: Any, **_: Any) -> None:
        self.called.add(model.name)
        self.parameters[model.name] = params

    def answer(self, model: Any, **_: Any) -> Any:
        if model.name not in self.answers:
            return None
        try:
            return SimpleNamespace(status_code=200), dict(self.answers[model.name](self.parameters[model.name]))
        except Refusal as refusal:
            error = {"Code": refusal.code, "Message": refusal.message}
            return SimpleNamespace(status_code=refusal.status), {"Error": error, "ResponseMetadata": {}}

    # ------------------------------------------------------------------------------------------------ contents

    def refuse(self, operation: str, code: str = "AccessDenied", message: str = "", status: int = 403) -> None:
        def refusal(_: Mapping[str, Any]) -> Mapping[str, Any]:
            raise Refusal(code, message, status)

        self.answers[operation] = refusal

    def is_role(self, name: str) -> None:
        self.is_caller(f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/ada")

    def is_caller(self, arn: str) -> None:
        self.answers["GetCallerIdentity"] = lambda _: {"Account": ACCOUNT, "Arn": arn, "UserId": "x"}

    def has_default_quotas_alone(self) -> None:
        """Make AWS have no applied value of any quota, as for quotas whose increase was never requested."""
        self.refuse("GetServiceQuota", "NoSuchResourceException", status=400)

    def executions(self, free: int) -> None:
        limit = {"ConcurrentExecutions": free, "UnreservedConcurrentExecutions": free}
        self.answers["GetAccountSettings"] = lambda _: {"AccountLimit": limit}

    def public_access(self, mode: str, *excluded: tuple[str, str], managed_by: str = "account") -> None:
        """Set VPC Block Public Access, with exclusions: the end of an ARN, and the mode of the exclusion."""
        options = {"InternetGatewayBlockMode": mode, "State": "update-complete", "ManagedBy": managed_by}
        exclusions = [
            {
                "ResourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:{resource}",
                "InternetGatewayExclusionMode": exclusion,
                "State": "create-complete",
            }
            for resource, exclusion in excluded
        ]
        self.answers["DescribeVpcBlockPublicAccessOptions"] = lambda _: {"VpcBlockPublicAccessOptions": options}
        self.answers["DescribeVpcBlockPublicAccessExclusions"] = lambda _: {
            "VpcBlockPublicAccessExclusions": exclusions
        }

    def has_ecs_role(self) -> None:
        role = {
            "Path": "/aws-service-role/ecs.amazonaws.com/",
            "RoleName": "AWSServiceRoleForECS",
            "RoleId": "x" * 16,
            "Arn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS",
            "CreateDate": NOW,
        }
        self.answers["ListRoles"] = lambda _: {"Roles": [role], "IsTruncated": False}

    def has_bucket(self, name: str, *, versioned: bool = True) -> None:
        s3 = self.client("s3")
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        if versioned:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})

    def has_zone(self, name: str = ROOT, *, delegated: bool = True, private: bool = False) -> str:
        """Make a zone, and delegate it in public DNS."""
        extra: dict[str, Any] = {"HostedZoneConfig": {"PrivateZone": private}}
        if private:
            vpc = self.client("ec2").describe_vpcs()["Vpcs"][0]["VpcId"]
            extra["VPC"] = {"VPCRegion": REGION, "VPCId": vpc}
        made = self.client("route53").create_hosted_zone(Name=name, CallerReference=name + str(private), **extra)
        if delegated and not private:
            self.dns.records[name, "NS"] = tuple(sorted(made["DelegationSet"]["NameServers"]))
        return str(made["HostedZone"]["Id"]).rsplit("/", 1)[-1]

    def has_network(self, *, public: bool = True, port: int | None = 5000) -> tuple[str, str]:
        """Make a subnet and a security group; return their ids."""
        ec2 = self.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        if public:
            gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
            ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
            table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
            ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        group = ec2.create_security_group(GroupName="sessions", Description="sessions", VpcId=vpc)["GroupId"]
        if port is not None:
            self.admit(group, port, "0.0.0.0/0")
        return subnet, group

    def admit(self, group: str, port: int, cidr: str) -> None:
        rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": cidr}]}
        self.client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])

    def has_acl(self, subnet: str, *rules: tuple[int, bool, str, str, tuple[int, int] | None]) -> str:
        """Give a subnet its own network ACL with rules: number, egress, action, addresses, TCP ports (None: all)."""
        ec2 = self.client("ec2")
        vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
        acl = str(ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"])
        for number, egress, action, addresses, ports in rules:
            of = {"Ipv6CidrBlock": addresses} if ":" in addresses else {"CidrBlock": addresses}
            some = {"Protocol": "6", "PortRange": dict(zip(("From", "To"), ports, strict=True))} if ports else {}
            ec2.create_network_acl_entry(
                NetworkAclId=acl, RuleNumber=number, Egress=egress, RuleAction=action, **{"Protocol": "-1"} | some | of
            )
        filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
        [before] = ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
        [association] = [each for each in before["Associations"] if each["SubnetId"] == subnet]
        ec2.replace_network_acl_association(AssociationId=association["NetworkAclAssociationId"], NetworkAclId=acl)
        return acl

    def has_state(self, *deployments: str, key: str = STATE.key) -> None:
        """Write a state that holds the descriptions and the owners' records of deployments."""
        names = [f"/hippo-gym/{each}{part}" for each in deployments for part in ("", "/owner")]
        parameters = [
            {"mode": "managed", "type": "aws_ssm_parameter", "instances": [{"attributes": {"name": name}}]}
            for name in names
        ]
        if STATE.bucket not in [each["Name"] for each in self.client("s3").list_buckets()["Buckets"]]:
            self.has_bucket(STATE.bucket)
        document = json.dumps({"version": 4, "resources": parameters})
        self.client("s3").put_object(Bucket=STATE.bucket, Key=key, Body=document.encode())

    def has_owner(self, state: str | None, *, name: str = "HIPPO_Gym") -> None:
        """Record the state that a deployment belongs to."""
        value = json.dumps({"version": 1, "state": state})
        self.client("ssm").put_parameter(Name=f"/hippo-gym/{name}/owner", Type="String", Value=value, Overwrite=True)

    def has_deployment(self, zone: str, subnet: str, group: str, *, name: str = "HIPPO_Gym") -> None:
        """Make a deployment of the state `STATE`: its description, its bucket, and the settings of start_server."""
        self.has_state(name)
        description = {"bucket": BUCKET, "functions": {"start_server": f"{name}_start_server"}}
        self.client("ssm").put_parameter(Name=f"/hippo-gym/{name}", Type="String", Value=json.dumps(description))
        self.has_bucket(BUCKET)
        settings = {"HOSTED_ZONE_ID": zone, "SUBNET": subnet, "SECURITY_GROUP": group}
        self.answers["GetFunctionConfiguration"] = lambda _: {"Environment": {"Variables": settings}}

    def has_study(
        self,
        name: str,
        vcpu: float,
        capacity: str = "spot-then-on-demand",
        *,
        live: bool = True,
        port: int = 5000,
        **others: Any,
    ) -> None:
        """Register a study whose server has `vcpu` vCPU; `others` are parameters of RegisterTaskDefinition."""
        container = {"name": name, "image": f"{name}:1", "memory": 512}
        given = {"family": name, "tags": tags_of_task_definition("HIPPO_Gym", name)} | others
        self.client("ecs").register_task_definition(
            cpu=str(int(vcpu * 1024)), memory="4096", containerDefinitions=[container], **given
        )
        s3, key = self.client("s3"), "project_master_list.json"
        try:
            entries = json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())["projects"]
        except s3.exceptions.NoSuchKey:
            entries = []
        entry = {
            "id": name,
            "name": name,
            "live": live,
            "researcher": "ada@example.net",
            "bucket": BUCKET,
            "team_members": "ada",
            "steps": {"1": "game", "finalStep": None},
            "events": {"startServerStep": 1, "stopServerStep": None},
            "maxRuntime": 30,
            "ecsTask": given["family"],
            "capacity": capacity,
            "port": port,
        }
        s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps({"projects": [*entries, entry]}).encode())

    def has_key(self, *services: str, **properties: Any) -> str:
        """Make a KMS key whose policy admits the account and services; return its ARN."""
        ours = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        statements = [{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": ours}]
        statements += [
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Principal": {"Service": service}}
            for service in services
        ]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        properties = {"KeyUsage": "ENCRYPT_DECRYPT", "Policy": policy} | properties
        return str(self.client("kms").create_key(**properties)["KeyMetadata"]["Arn"])

    def has_policy(self, name: str = "boundary") -> str:
        """Make an IAM policy; return its ARN."""
        allowed = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
        made = self.client("iam").create_policy(PolicyName=name, PolicyDocument=json.dumps(allowed))
        return str(made["Policy"]["Arn"])

    # --------------------------------------------------------------------------------------------------- run checks

    def find(self, check: Callable[[Situation], Iterator[Finding]], wanted: Wanted) -> list[Finding]:
        """Run one check."""
        existing = find(self, wanted.name)
        return list(check(Situation(wanted, self, ACCOUNT, existing, self.dns, FixedClock(), lambda: "1.11.4")))

    def run(self, wanted: Wanted, terraform: str | None = "1.11.4", checks: tuple[Check, ...] = CHECKS) -> Report:
        self.called.clear()
        return run_checks(wanted, self, self.dns, FixedClock(), lambda: terraform, checks)


_listening: list[Account] = []
