"""Write data/provider_6_schema.json: the schema of version 6 of the AWS provider for the types that terraform/ uses.

Run it by hand when terraform/ uses a type that the file lacks, or to check a newer provider 6. It reads
two packages of PyPI without installing them:

    python -m pip download --no-deps --dest build/bindings 'cdktf-cdktf-provider-aws==21.*' 'pulumi-aws==7.*'
    python -m tests.terraform.make_provider_6_schema build/bindings

cdktf-cdktf-provider-aws is generated from the provider's schema and keeps its names, but not its
deprecations. pulumi-aws is generated from a newer schema and has the deprecations, under its own names.
A block whose class is not found in pulumi-aws is listed under `deprecations_unknown`.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from tests.terraform.hcl import types_in_use

DATA: Final = Path(__file__).with_name("data") / "provider_6_schema.json"

#: Arguments of Terraform itself, and of cdktf.
_META: Final = {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners"}

#: Getters of cdktf's classes that are no attribute of the provider.
_NOT_ATTRIBUTES: Final = re.compile(r"(_input|^cdktf_.*|^terraform_.*|^fqn|^friendly_unique_id|^node)$")

#: Types whose name in Pulumi does not follow from Terraform's.
_PULUMI_NAMES: Final = {
    "aws_s3_object": "s3/bucket_objectv2",
    "aws_vpc_security_group_egress_rule": "vpc/security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule": "vpc/security_group_ingress_rule",
}

Node = dict[str, Any]


class Binding:
    """The Python files of a wheel, parsed on demand."""

    def __init__(self, wheel: Path) -> None:
        self._zip = zipfile.ZipFile(wheel)
        self.names = frozenset(self._zip.namelist())
        self.package = "-".join(wheel.name.split("-")[:2])

    @lru_cache(maxsize=256)  # noqa: B019  the process ends with the two bindings
    def classes(self, name: str) -> dict[str, ast.ClassDef]:
        """Return the classes of a file by name; none if there is no such file."""
        if name not in self.names:
            return {}
        tree = ast.parse(self._zip.read(name))
        return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}

    def text(self, name: str) -> str:
        """Return a file."""
        return self._zip.read(name).decode()


def schema(cdktf: Binding, pulumi: Binding, mode: str, kind: str) -> Node:
    """Return the provider's schema of one type.

    Args:
        cdktf: the source of names, arguments and blocks.
        pulumi: the source of deprecations.
        mode: resource or data.
        kind: such as aws_sns_topic.
    """
    short = kind.removeprefix("aws_")
    module = f"cdktf_cdktf_provider_aws/{'data_aws_' if mode == 'data' else ''}{short}/__init__.py"
    classes = cdktf.classes(module)
    if not classes:
        return {}
    (config,) = (found for name, found in classes.items() if _is_config(name, found))
    main = classes[config.name.removesuffix("Config")]
    node = _node(config, classes)
    known = {*node["arguments"], *node["blocks"]}
    node["attributes"] = sorted(
        name for name in _getters(main) if not _NOT_ATTRIBUTES.search(name) and name not in known
    )
    file = _pulumi_file(pulumi, mode, kind)
    if file is None:
        node["deprecations_unknown"] = ["."]
        return node
    known |= set(node["attributes"])
    _read_deprecations(node, known, _resource_classes(pulumi, file))
    inputs = pulumi.classes(f"{file.rpartition('/')[0]}/_inputs.py")
    base = _camel(file.rpartition("/")[2].removesuffix(".py").removeprefix("get_")).lower()
    prefix = "get" + base if mode == "data" else base
    lost = list(_read_blocks(node, prefix, {name.lower(): found for name, found in inputs.items()}, ()))
    if lost:
        node["deprecations_unknown"] = lost
    return node


def _is_config(name: str, found: ast.ClassDef) -> bool:
    return name.endswith("Config") and any("TerraformMetaArguments" in ast.unparse(base) for base in found.bases)


def _node(found: ast.ClassDef, classes: dict[str, ast.ClassDef]) -> Node:
    """Return arguments and blocks of a config class; the links in its docstring contain their names."""
    init = next(each for each in found.body if isinstance(each, ast.FunctionDef) and each.name == "__init__")
    documented = dict(re.findall(r":param (\w+): ?(.*)", ast.get_docstring(init) or ""))
    arguments, blocks = [], {}
    for argument in init.args.kwonlyargs:
        if argument.arg in _META:
            continue
        link = re.findall(r"#(\w+) \w+#\1", documented.get(argument.arg, ""))
        name = link[-1] if link else argument.arg
        nested = [
            word for word in re.findall(r"\w+", ast.unparse(argument.annotation or ast.Name(""))) if word in classes
        ]
        if nested:
            blocks[name] = _node(classes[nested[0]], classes)
        else:
            arguments.append(name)
    return {"arguments": sorted(arguments), "blocks": dict(sorted(blocks.items()))}


def _getters(found: ast.ClassDef) -> Iterator[str]:
    for each in found.body:
        if isinstance(each, ast.FunctionDef) and any("property" in ast.unparse(one) for one in each.decorator_list):
            yield each.name


def _pulumi_file(pulumi: Binding, mode: str, kind: str) -> str | None:
    get = "get_" if mode == "data" else ""
    if kind in _PULUMI_NAMES:
        return f"pulumi_aws/{_PULUMI_NAMES[kind]}.py"
    wanted = kind.removeprefix("aws_").replace("_", "")
    found = []
    for name in pulumi.names:
        parts = re.fullmatch(rf"pulumi_aws/(?:(\w+)/)?{get}(\w+)\.py", name)
        if parts is None or (not get and parts[2].startswith("get_")):
            continue
        folder, short = (parts[1] or "").replace("_", ""), parts[2].replace("_", "")
        if wanted == folder + short or (folder in {"", "ec2"} and wanted == short):
            found.append(name)
    return min(found, key=len, default=None)


def _resource_classes(pulumi: Binding, file: str) -> list[ast.ClassDef]:
    return list(pulumi.classes(file).values())


def _deprecated(found: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for each in found.body:
        for decorator in getattr(each, "decorator_list", []):
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "_utilities.deprecated":
                yield each.name, str(ast.literal_eval(decorator.args[0]))  # type: ignore[attr-defined]


def _read_deprecations(node: Node, known: set[str], classes: list[ast.ClassDef]) -> None:
    for found in classes:
        for getter, message in _deprecated(found):
            names = {getter, getter.removesuffix("s"), getter.removesuffix("es"), re.sub("ies$", "y", getter)}
            for name in names & known:
                node.setdefault("deprecated", {})[name] = " ".join(message.split())


def _read_blocks(node: Node, prefix: str, inputs: dict[str, ast.ClassDef], path: tuple[str, ...]) -> Iterator[str]:
    for name, block in node["blocks"].items():
        if name == "timeouts":
            continue
        here = prefix + name.replace("_", "")
        found = inputs.get(f"{here}args") or inputs.get(f"{here.removesuffix('s')}args")
        if found is None:
            yield ".".join([*path, name])
            continue
        _read_deprecations(block, {*block["arguments"], *block["blocks"]}, [found])
        yield from _read_blocks(block, here, inputs, (*path, name))


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def main(folder: Path) -> None:
    """Write the file from the two wheels in a folder."""
    cdktf = Binding(next(folder.glob("cdktf_cdktf_provider_aws-21.*.whl")))
    pulumi = Binding(next(folder.glob("pulumi_aws-7.*.whl")))
    region = cdktf.text("cdktf_cdktf_provider_aws/data_aws_region/__init__.py")
    version = re.search(r"providers/hashicorp/aws/([\d.]+)/docs", region)
    assert version is not None
    document = {
        "made_by": "python -m tests.terraform.make_provider_6_schema",
        "schema_from": f"{cdktf.package} (AWS provider {version[1]})",
        "deprecations_from": pulumi.package,
        "resource": {kind: schema(cdktf, pulumi, "resource", kind) for kind in sorted(types_in_use("resource"))},
        # aws_region is unused here; with it the tests prove that they find deprecations.
        "data": {kind: schema(cdktf, pulumi, "data", kind) for kind in sorted({*types_in_use("data"), "aws_region"})},
    }
    DATA.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
