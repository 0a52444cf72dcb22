"""Code that a plan runs besides the bundle: layers, images, wrappers, commands on the machine that applies, modules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from plan_review.changes import Change, Plan
from plan_review.configuration import block, modules
from plan_review.data import COPIES
from plan_review.markdown import joined
from plan_review.names import kind, parts_of
from plan_review.points import NEW_CODE, RUNS, Point, about
from plan_review.settings import texts

_LOADS: Final = re.compile(
    r"AWS_LAMBDA_EXEC_WRAPPER|LD_PRELOAD|LD_LIBRARY_PATH|LD_AUDIT|PATH|BASH_ENV|ENV|PYTHON(PATH|STARTUP|HOME|BREAKPOINT)"
    r"|NODE_(OPTIONS|PATH)|_?JAVA_(TOOL_)?OPTIONS|JDK_JAVA_OPTIONS|DOTNET_STARTUP_HOOKS|RUBYOPT|RUBYLIB|PERL5(OPT|LIB)"
    r"|AWS_ENDPOINT_URL(_\w+)?|AWS_CA_BUNDLE|(REQUESTS|CURL)_CA_BUNDLE|SSL_CERT_(FILE|DIR)|_HANDLER",
)
"""Environment variables by which a program loads other code, or trusts and calls other servers. Lambda's own:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""

_PROXIES: Final = re.compile(r"(https?|all|ftp)_proxy", re.IGNORECASE)

_CONTENT: Final[Mapping[str, tuple[str, ...]]] = {
    "aws_cloudfront_function": ("code",),
    "aws_instance": ("ami", "user_data", "user_data_base64"),
    "aws_lambda_alias": ("function_version", "routing_config"),
    "aws_lambda_layer_version": ("source_code_hash", "filename", "s3_key", "s3_object_version"),
    "aws_launch_template": ("image_id", "user_data"),
    "aws_ssm_document": ("content",),
}
"""Types whose settings are code → those settings."""

_FILE: Final = ("content", "content_base64", "etag", "source", "source_hash")
_RUN_ON_PLAN: Final = frozenset({"external", "http"})
"""Data sources that run a program, or call a server, whenever terraform plans."""


def points(plan: Plan) -> list[Point]:
    """Return a point for everything that would run other code than now."""
    first = not any(change.existed for change in plan.resources)
    changed = [change for change in plan.changed if change.remains]
    found = [point for change in changed for point in _of(change, first=first)]
    return found + list(_provisioners(plan)) + list(_elsewhere(plan))


def _of(change: Change, *, first: bool) -> Iterator[Point]:
    if change.type == "aws_lambda_function":
        yield from _layers(change)
    for image in _new(change, _images):
        yield about(change, NEW_CODE, f"image `{image}`")
    for variable in _new(change, _loaded):
        yield about(change, RUNS, f"the environment variable {variable}")
    if change.type == "aws_s3_object" and not first:
        yield from _file(change)
    settings = [
        setting
        for setting in _CONTENT.get(change.type, ())
        if change.existed and (change.before.get(setting) != change.after.get(setting) or change.is_unknown(setting))
    ]
    if settings:
        yield about(change, NEW_CODE, f"{joined(f'`{setting}`' for setting in settings)} changes")


def _layers(change: Change) -> Iterator[Point]:
    before, after = change.before.get("layers") or [], change.after.get("layers") or []
    for layer in after:
        if layer and layer not in before:
            yield about(change, RUNS, f"layer `{layer}`")
    hidden = change.unknown.get("layers")
    if hidden is True or (isinstance(hidden, list) and any(hidden)):
        yield about(change, RUNS, "a layer that is known only on apply")
    gone = [layer for layer in before if layer not in after]
    if change.existed and gone and hidden is not True:
        yield about(change, NEW_CODE, f"without layer {joined(f'`{layer}`' for layer in gone)}")


def _images(values: Mapping[str, Any]) -> Iterator[str]:
    yield from (text for path, text in texts(values) if path[-1] in {"image", "image_uri"})


def _loaded(values: Mapping[str, Any]) -> Iterator[str]:
    for path, text in texts(values):
        is_variable = "variables" in path or "environment" in path
        if is_variable and (_LOADS.fullmatch(path[-1]) or _PROXIES.fullmatch(path[-1])):
            yield f"`{path[-1]}` is `{text}`"


def _new(change: Change, read: Any) -> list[str]:
    before = set(read(change.before))
    return [one for one in dict.fromkeys(read(change.after)) if one not in before]


def _file(change: Change) -> Iterator[Point]:
    differs = any(change.before.get(key) != change.after.get(key) or change.is_unknown(key) for key in _FILE)
    if differs or not change.existed:
        page = parts_of(change.module)[:1]
        words = "files of the page, which browsers run" if page and page[0][0] == COPIES else "another content"
        yield about(change, NEW_CODE, words)


def _provisioners(plan: Plan) -> Iterator[Point]:
    """Yield the provisioners that run: on creation, or on destruction."""
    for change in plan.resources:
        for found in block(change, plan).get("provisioners") or []:
            given = found.get("expressions") or {}
            on_destroy = (given.get("when") or {}).get("constant_value") == "destroy" or found.get("when") == "destroy"
            runs = change.action in ({"delete", "replace"} if on_destroy else {"create", "replace"})
            if runs:
                command = (given.get("command") or {}).get("constant_value")
                shown = f": `{' '.join(str(command).split())[:100]}`" if command else ""
                where = "the machine that applies" if found.get("type") == "local-exec" else "the new machine"
                yield about(change, RUNS, f"its provisioner `{found.get('type')}` runs on {where}{shown}")


def _elsewhere(plan: Plan) -> Iterator[Point]:
    """Yield modules from outside the checkout and programs that terraform runs, if the plan changes what is theirs."""
    changed = plan.changed
    for path, call, module in modules(plan):
        source = str(call.get("source") or "")
        touched = any(".".join(part for part, _ in parts_of(one.module)) == path for one in changed)
        if source and not source.startswith(("./", "../")) and touched:
            yield Point(RUNS, f"it comes from `{source}`, not from this checkout", "module", path)
        for resource in module.get("resources", []):
            if resource["mode"] == "data" and resource["type"] in _RUN_ON_PLAN and changed:
                where = f"{path}." if path else ""
                what = "terraform runs its program" if resource["type"] == "external" else "terraform calls its server"
                yield Point(
                    RUNS, f"{what} on every plan", "data source", f"{where}{resource['type']}.{resource['name']}"
                )
    foreign = sorted({kind(one) for one in changed if not one.type.startswith(("aws_", "terraform_"))})
    if foreign:
        yield Point(RUNS, f"another provider than AWS's makes {joined(foreign)}")
