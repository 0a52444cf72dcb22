"""The rules in terraform/variables*.tf stay complete as functions and Terraform change."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path

from hippo_deploy.environments import REPOSITORY
from hippo_deploy.settings.types import Collection, Object, Primitive
from hippo_deploy.settings.variables import declared
from hippo_gym.runtime import settings

ROOT = REPOSITORY / "terraform"


def refused_names() -> set[str]:
    """Return the names that the rules of function_environment refuse."""
    text = (ROOT / "variables_functions.tf").read_text("utf-8")
    [block] = re.findall(r'^variable "function_environment" \{\n(.*?)^\}', text, flags=re.MULTILINE | re.DOTALL)
    return set(re.findall(r'"([A-Z_]{3,})"', block))


def test_no_variable_of_the_deployment_can_be_replaced() -> None:
    text = (ROOT / "functions.tf").read_text("utf-8")
    [given] = re.findall(r"^  environments = \{\n(.*?)^  \}", text, flags=re.MULTILINE | re.DOTALL)
    names = set(re.findall(r"\b([A-Z][A-Z_]{3,}) +=", given))

    assert len(names) > 10
    assert names <= refused_names()


def test_every_setting_of_the_functions_without_a_default_is_protected() -> None:
    classes = [
        each for each in vars(settings).values() if isinstance(each, type) and issubclass(each, settings.Settings)
    ]
    names = {field.name.upper() for each in classes for field in fields(each)}

    assert names - refused_names() == {"CACHE_SECONDS", "MINIMUM_AGE_SECONDS"}, "these have defaults, and may be set"


def test_every_name_that_lambda_reserves_is_refused() -> None:
    """cfn-lint has the names of AWS's page."""
    found = find_spec("cfnlint")  # to import it takes long
    assert found is not None
    assert found.origin is not None
    schema = Path(found.origin).parent / "data/schemas/extensions/aws_lambda_function/environment_variable_keys.json"
    reserved = set(json.loads(schema.read_text("utf-8"))["propertyNames"]["not"]["enum"])

    assert len(reserved) > 15
    assert reserved <= refused_names()


def test_null_is_allowed_only_where_it_is_the_default() -> None:
    texts = "".join(path.read_text("utf-8") for path in sorted(ROOT.glob("variables*.tf")))
    blocks = dict(re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', texts, flags=re.MULTILINE | re.DOTALL))
    by_default = {
        name for name, block in blocks.items() if re.search(r"^  default += null$", block, flags=re.MULTILINE)
    }

    assert {variable.name for variable in declared(ROOT).values() if variable.nullable} == by_default


def test_types_are_read_from_the_declarations() -> None:
    variables = declared(ROOT)

    assert variables["region"].required
    assert variables["tags"].type == Collection("map", Primitive("string"))
    budget = variables["monthly_budget"].type
    assert isinstance(budget, Object)
    assert [(name, each.type, each.optional, each.has_default) for name, each in budget.attributes.items()] == [
        ("usd", Primitive("number"), True, False),
        ("whole_account", Primitive("bool"), True, True),
    ]
