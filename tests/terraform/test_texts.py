"""Characters that AWS accepts in texts: a refused one makes an apply fail in the middle."""

from __future__ import annotations

import re

import pytest

from tests.terraform.planning import Plan

pytestmark = pytest.mark.terraform

#: Characters and length of a description. EC2: API reference, AuthorizeSecurityGroupIngress and
#: CreateSecurityGroup. IAM: botocore's shape roleDescriptionType.
SECURITY_GROUP = r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}"
ROLE = r"[\t\n\r\x20-\x7e\xa1-\xff]{0,1000}"
DESCRIPTIONS = {
    "aws_security_group": SECURITY_GROUP,
    "aws_vpc_security_group_ingress_rule": SECURITY_GROUP,
    "aws_vpc_security_group_egress_rule": SECURITY_GROUP,
    "aws_iam_role": ROLE,
}


@pytest.mark.parametrize("kind", DESCRIPTIONS)
def test_a_description_has_only_characters_that_the_service_accepts(example: Plan, kind: str) -> None:
    found = {resource.address: str(resource.values["description"]) for resource in example.of_type(kind)}
    assert found
    refused = {where: text for where, text in found.items() if not re.fullmatch(DESCRIPTIONS[kind], text)}
    assert refused == {}
