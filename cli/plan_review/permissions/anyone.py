"""Whether a policy admits anyone: judged by the requests that its conditions let through, not by its spelling.

The keys and when a request has them: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
The operators: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from plan_review.networks import is_internet
from plan_review.permissions.statements import ALLOW, DENY, UNKNOWN, Condition, Statement

_BY_ACCOUNT: Final = frozenset(
    {"aws:sourceaccount", "aws:principalaccount", "aws:sourceowner", "aws:resourceaccount", "kms:calleraccount"}
)
_BY_ARN: Final = frozenset({"aws:sourcearn", "aws:principalarn"})
_BY_ID: Final = frozenset(
    {
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
    }
)
_BY_ADDRESS: Final = frozenset({"aws:sourceip", "aws:vpcsourceip"})

_ANY_REPOSITORY: Final = re.compile(r"^[^*?/:]+:[^*?/:]+/[^*?/:]+:")
"""A subject that names its owner and repository without a wildcard: `repo:owner/name:…`."""

_OIDC: Final = re.compile(r":oidc-provider/(?P<host>\S+)$")
_GITHUB: Final = "token.actions.githubusercontent.com"
_CLAIMS: Final = ("sub", "repository", "repository_id", "job_workflow_ref")
"""Claims of a GitHub token that name its repository; the subject is the one that other providers have, too."""


def admits_anyone(statements: Sequence[Statement] | None) -> bool:
    """Return whether a policy allows an action to anyone, in any account, without a Deny that takes it back."""
    found = statements or []
    return any(
        one.effect == ALLOW
        and _names_anyone(one)
        and not any(restricts(condition) for condition in one.conditions)
        and not any(_takes_back(other, one) for other in found)
        for one in found
    )


def restricts(condition: Condition) -> bool:
    """Return whether a condition of an Allow admits only known accounts, organisations, networks or resources.

    A condition restricts nothing if a request without its key meets it (`…IfExists`, ForAllValues, Null), if it is met
    by all values except some, or if its values match those of every account.
    """
    if condition.is_negated or "IfExists" in condition.operator or condition.operator.startswith("ForAllValues"):
        return False
    key = condition.key.lower()
    operator = condition.operator.rpartition(":")[2]
    if key in _BY_ADDRESS:
        return operator == "IpAddress" and not is_internet(condition.values)
    if not operator.startswith(("String", "Arn")):
        return False
    takes_patterns = operator.startswith("Arn") or "Like" in operator
    return all(_is_specific(key, value, takes_patterns=takes_patterns) for value in condition.values)


def unnamed_workflows(statements: Sequence[Statement] | None) -> dict[str, str]:
    """Return what a trust policy lets in by tokens of a provider (OIDC) without naming the subject.

    Returns:
        Host of the provider → which of its tokens are accepted, in Markdown; empty if every subject is named.
    """
    found: dict[str, str] = {}
    for one in statements or []:
        for principal in one.principals if one.effect == ALLOW and not one.not_principals else ():
            match = _OIDC.search(principal)
            if match and (text := _tokens(one, match["host"])):
                found[match["host"]] = text
    return found


def _tokens(found: Statement, host: str) -> str:
    claims = _CLAIMS if host == _GITHUB else ("sub", "aud")
    named = [
        one
        for one in found.conditions
        if one.key.lower().removeprefix(f"{host.lower()}:") in claims
        and not one.is_negated
        and "IfExists" not in one.operator
        and not one.operator.startswith(("ForAllValues", "Null"))
    ]
    if not named:
        return "**anyone** with a token of it: no condition names a subject"
    exact = {one.key.lower().rpartition(":")[2] for one in named if "Like" not in one.operator}
    if host != _GITHUB or "sub" in exact:
        return ""  # one subject, or one of several audiences
    values = sorted({value for one in named if "Like" in one.operator for value in one.values if _is_pattern(value)})
    shown = ", ".join(f"`{value}`" for value in values or sorted({value for one in named for value in one.values}))
    if not values and not exact:
        return ""
    if not exact and any(not _ANY_REPOSITORY.match(value) for value in values):
        return f"**any repository** that matches {shown}"
    return f"every branch, tag, pull request or environment that matches {shown}"


def _is_pattern(value: str) -> bool:
    return "*" in value or "?" in value


def _names_anyone(found: Statement) -> bool:
    return found.not_principals or any(principal.partition(":")[2] == "*" for principal in found.principals)


def _is_specific(key: str, value: str, *, takes_patterns: bool) -> bool:
    """Return whether a value names an account, or something that only one account has."""
    if value == UNKNOWN:
        return key in _BY_ACCOUNT | _BY_ARN | _BY_ID
    if not takes_patterns:
        return key in _BY_ACCOUNT | _BY_ARN | _BY_ID
    if key in _BY_ACCOUNT:
        return "*" not in value and "?" not in value
    if key in _BY_ARN:
        parts = value.split(":", 5)
        if len(parts) < 6:
            return False
        account, resource = parts[4], parts[5]
        # The ARN of a bucket has no account, and its name belongs to one account.
        return bool(re.fullmatch(r"\d{12}", account)) or (not account and bool(re.match(r"[^*?]{3,}", resource)))
    if key in _BY_ID:
        # o-a1b2c3/*, vpce-0123* and AROA…:session name one organisation, endpoint or role; o-* and vpce-* do not.
        literal = re.split(r"[*?]", value)[0]
        return literal == value or len(re.sub(r"^(o|vpce?|AROA|AIDA)-?", "", literal)) >= 4
    return False


def _takes_back(deny: Statement, allow: Statement) -> bool:
    """Return whether a Deny stops all requests of an Allow, except those of known accounts or networks."""
    if deny.effect != DENY or len(deny.conditions) != 1:
        return False
    (only,) = deny.conditions
    opposite = Condition(_positive(only.operator), only.key, only.values)
    plain = allow.replaced(effect=DENY, conditions=frozenset())
    return only.is_negated and restricts(opposite) and deny.replaced(conditions=frozenset()).covers(plain)


def _positive(operator: str) -> str:
    # A request without the key meets a negated condition, with or without IfExists.
    return operator.replace("Not", "").removesuffix("IfExists")
