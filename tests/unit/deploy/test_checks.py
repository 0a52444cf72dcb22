"""checkov on a plan: a reason counts only for the resource of its block, not for others of the same name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hippo_deploy.checks import check, judge
from hippo_deploy.reasons import reasons

DOCUMENT: dict[str, Any] = {
    "configuration": {
        "root_module": {
            "module_calls": {
                "private": {"source": "./modules/private", "module": {}},
                "site": {
                    "source": "./modules/site",
                    "module": {"module_calls": {"inner": {"source": "./inner", "module": {}}}},
                },
            }
        }
    }
}


def tree(root: Path) -> Path:
    for folder, comment in {
        "modules/private": "",
        "modules/site": "#checkov:skip=CKV_AWS_18:Only copies.",
        "modules/site/inner": "#checkov:skip=CKV_AWS_21:",
    }.items():
        (root / folder).mkdir(parents=True)
        block = f'resource "aws_s3_bucket" "this" {{\n  {comment}\n  bucket = "a"\n}}\n'
        (root / folder / "main.tf").write_text(block)
    (root / "main.tf").write_text('resource "aws_sns_topic" "t" {\n  # checkov:skip=CKV_AWS_26: Ids only.\n}\n')
    return root


def test_reasons_come_from_the_block_of_the_resource(tmp_path: Path) -> None:
    root = tree(tmp_path)
    assert reasons('module.site["x"].aws_s3_bucket.this[0]', DOCUMENT, root) == {"CKV_AWS_18": "Only copies."}
    assert reasons("module.private.aws_s3_bucket.this", DOCUMENT, root) == {}
    assert reasons("aws_sns_topic.t", DOCUMENT, root) == {"CKV_AWS_26": "Ids only."}
    assert reasons("module.site.module.inner.aws_s3_bucket.this", DOCUMENT, root) == {}, (
        "a skip without a reason does not count"
    )


def test_a_failed_check_is_excused_only_in_the_block_with_its_reason(tmp_path: Path) -> None:
    root = tree(tmp_path)
    results = {
        "passed_checks": [{}, {}],
        "failed_checks": [
            {"check_id": "CKV_AWS_18", "check_name": "Log access", "resource": f"module.{name}.aws_s3_bucket.this"}
            for name in ("private", "site")
        ],
    }
    found = judge(results, DOCUMENT, root)
    assert (found.passed, found.excused) == (2, 1)
    assert found.failed == ("CKV_AWS_18 `module.private.aws_s3_bucket.this`: Log access",)


def referring(kind: str, name: str, mode: str = "managed", **expressions: str) -> dict[str, Any]:
    found = {key: {"references": [reference]} for key, reference in expressions.items()}
    return {"mode": mode, "type": kind, "name": name, "expressions": found}


POLICIES: dict[str, Any] = {
    "configuration": {
        "root_module": {
            "module_calls": {
                "function": {
                    "source": "./modules/function",
                    "expressions": {"policy_json": {"references": ["module.permissions.policies", "each.key"]}},
                    "module": {
                        "resources": [
                            referring("aws_iam_role", "this"),
                            referring(
                                "aws_iam_role_policy", "this", policy="var.policy_json", role="aws_iam_role.this.id"
                            ),
                            referring("aws_iam_role_policy", "other", policy="var.other", role="aws_iam_role.other.id"),
                        ]
                    },
                },
                "permissions": {
                    "source": "./modules/permissions",
                    "module": {
                        "outputs": {
                            "policies": {"expression": {"references": ["data.aws_iam_policy_document.function"]}}
                        },
                        "resources": [
                            referring(
                                "aws_iam_policy_document",
                                "function",
                                mode="data",
                                source_policy_documents="data.aws_iam_policy_document.part[0].json",
                            ),
                            referring("aws_iam_policy_document", "part", mode="data"),
                            referring("aws_iam_policy_document", "unused", mode="data"),
                        ],
                    },
                },
            }
        }
    }
}


def test_a_reason_of_a_policy_counts_where_the_policy_shows_up(tmp_path: Path) -> None:
    """At the role's policy, with checkov's other id for the same check, and at the role that repeats it."""
    blocks = {
        "modules/function": 'resource "aws_iam_role_policy" "this" {\n  #checkov:skip=CKV_AWS_9:Own.\n}\n',
        "modules/permissions": "".join(
            f'data "aws_iam_policy_document" "{name}" {{\n  #checkov:skip={check}:{name}.\n}}\n'
            for name, check in (("function", "CKV_AWS_356"), ("part", "CKV_AWS_111"), ("unused", "CKV_AWS_108"))
        ),
    }
    for folder, text in blocks.items():
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "main.tf").write_text(text)
    expected = {
        "CKV_AWS_9": "Own.",
        "CKV_AWS_356": "function.",
        "CKV_AWS_355": "function.",
        "CKV_AWS_111": "part.",
        "CKV_AWS_290": "part.",
    }
    assert reasons('module.function["x"].aws_iam_role_policy.this', POLICIES, tmp_path) == expected
    assert reasons('module.function["x"].aws_iam_role.this', POLICIES, tmp_path) == expected
    assert reasons('module.function["x"].aws_iam_role_policy.other', POLICIES, tmp_path) == {}
    document = "module.permissions.data.aws_iam_policy_document.part[0]"
    assert reasons(document, POLICIES, tmp_path).keys() == {"CKV_AWS_111", "CKV_AWS_290"}


def test_without_checkov_there_is_no_result(tmp_path: Path) -> None:
    assert check(tmp_path / "plan.json", {}, tmp_path, tmp_path / "none") is None
