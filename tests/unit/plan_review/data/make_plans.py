"""Make the prepared plans again: real terraform, the real provider and the real modules, on moto.

    python -m tests.unit.plan_review.data.make_plans

`configuration/` is applied once, and then planned with other variables: that is what each plan shows. One plan is
written in full, the others as patches of it (patches.py). The projects
bucket's `prevent_destroy` is removed from the copy, because terraform does not plan its replacement otherwise. The JSON
holds only what a review reads.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from moto.server import ThreadedMotoServer

from hippo_deploy.provider_mirror import plugin_dir
from local.places import REPOSITORY
from tests.unit.plan_review.data.patches import difference, written

HERE = Path(__file__).parent
MODULES = ("projects_bucket", "function")
BASE = "no_change"
PLANS: Mapping[str, Mapping[str, str]] = {
    BASE: {},
    "iam_widening": {"widened": "true"},
    "replaced_bucket": {"bucket_name": "hippo-gym-studies-123456789012"},
    "changed_bundle": {"bundle_path": "after.zip", "memory_mb": "512"},
}
_KEPT = ("address", "module_address", "mode", "type", "name", "index", "change")
_OF_A_CHANGE = (
    "actions",
    "before",
    "after",
    "after_unknown",
    "before_sensitive",
    "after_sensitive",
    "replace_paths",
    "importing",
)


def main() -> None:
    """Write every plan."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        with tempfile.TemporaryDirectory() as scratch:
            _make(Path(scratch), f"http://{host}:{port}")
    finally:
        server.stop()


def _make(folder: Path, endpoint: str) -> None:
    shutil.copy(HERE / "configuration" / "main.tf", folder)
    for module in MODULES:
        shutil.copytree(REPOSITORY / "terraform" / "modules" / module, folder / "modules" / module)
    bucket = folder / "modules" / "projects_bucket" / "main.tf"
    bucket.write_text(re.sub(r"prevent_destroy = true", "prevent_destroy = false", bucket.read_text()))
    for name in ("before", "after"):
        _zip(folder / f"{name}.zip", f"VERSION = '{name}'\n")
    mirror = plugin_dir()
    _terraform(folder, endpoint, "init", *([f"-plugin-dir={mirror}"] if mirror else []))
    _terraform(folder, endpoint, "apply", "-auto-approve", "-var=bundle_path=before.zip")
    plans = {}
    for name, changed in PLANS.items():
        variables = {"bundle_path": "before.zip", **changed}
        arguments = [f"-var={key}={value}" for key, value in variables.items()]
        _terraform(folder, endpoint, "plan", "-out=plan", *arguments)
        document = json.loads(_terraform(folder, endpoint, "show", "-json", "plan"))
        text = json.dumps(_trimmed(document), indent=1, sort_keys=True)
        plans[name] = json.loads(text.replace(endpoint, "http://127.0.0.1:1"))
    write(plans)


def write(plans: Mapping[str, dict[str, Any]]) -> None:
    """Write the base in full, and what is other in the others."""
    base = plans[BASE]
    files = {f"{BASE}.json": json.dumps(base, indent=1, sort_keys=True) + "\n"}
    files |= {f"{name}.patch.json": written(difference(base, plan)) for name, plan in plans.items() if name != BASE}
    for name, text in files.items():
        (HERE / "plans" / name).write_text(text)
        sys.stdout.write(f"{name}: {len(text):,} characters\n")


def _terraform(folder: Path, endpoint: str, *arguments: str) -> str:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))},
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "CHECKPOINT_DISABLE": "1",
        "TF_INPUT": "0",
    }
    done = subprocess.run(
        ["terraform", f"-chdir={folder}", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"terraform {arguments[0]}: {done.stderr}")
    return done.stdout


def _trimmed(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "format_version": document["format_version"],
        "complete": document["complete"],
        "variables": document.get("variables", {}),
        "resource_changes": [
            {
                **{key: found[key] for key in _KEPT if key in found and key != "change"},
                "change": {key: found["change"][key] for key in _OF_A_CHANGE if key in found["change"]},
            }
            for found in document["resource_changes"]
        ],
        "output_changes": document.get("output_changes", {}),
        "configuration": {"root_module": document["configuration"]["root_module"]},
    }


def _zip(path: Path, text: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("next_step.py", (1980, 1, 1, 0, 0, 0)), text)


if __name__ == "__main__":
    main()
