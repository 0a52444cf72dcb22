"""The memory of each function is the same in Terraform, in example.tfvars and in the guide."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]


def sizes(path: str, heading: str, pattern: str) -> dict[str, int]:
    """Return the name and size of each function below a heading of a file."""
    _, _, text = (REPOSITORY / path).read_text().partition(heading)
    text = text.partition("\n}" if path.endswith(".tf") else "\n\n#")[0]
    return {name: int(size) for name, size in re.findall(pattern, text, re.MULTILINE)}


DEFAULTS = sizes(
    "terraform/variables_functions.tf", 'variable "memory_mb"', r"^    (\w+) += optional\(number, (\d+)\)$"
)


def test_there_is_a_size_for_each_function() -> None:
    assert set(DEFAULTS) == {path.stem for path in (REPOSITORY / "handlers").glob("*.py")}


def test_the_example_s_sizes_are_the_defaults() -> None:
    assert sizes("terraform/environments/example.tfvars", "# memory_mb = {", r"^#   (\w+) += (\d+)$") == DEFAULTS


def test_the_guide_s_sizes_are_the_defaults() -> None:
    assert sizes("docs/settings.md", "## Memory of the functions", r"^\| `(\w+)` \| (\d+) \|") == DEFAULTS
