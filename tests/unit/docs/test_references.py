"""Generated documents match their sources, and the generators read every part of the sources."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from hippo_cli import main
from references import decisions, hcl, markdown, terraform
from references.documents import documents

ROOT = Path(__file__).resolve().parents[3]
MADE = documents(ROOT)


@pytest.mark.parametrize("path", sorted(MADE), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_generated_document_is_up_to_date(path: Path) -> None:
    assert path.is_file(), "run `make references`"
    assert path.read_text("utf-8") == MADE[path], "run `make references`"


def test_every_module_has_a_readme_with_a_purpose() -> None:
    modules = {path.parent.name for path in (ROOT / "terraform" / "modules").glob("*/main.tf")}
    readmes = {path.parent.name: path.read_text("utf-8") for path in MADE if path.parent.parent.name == "modules"}
    assert set(readmes) == modules
    for name, text in readmes.items():
        purpose = text.partition("<!-- begin interface -->")[0].removeprefix(f"# {name}")
        assert len(purpose.split()) >= 15, f"terraform/modules/{name}/README.md says too little about its purpose"


def test_every_command_of_hippo_is_in_the_reference() -> None:
    text = MADE[ROOT / "docs" / "reference" / "hippo-cli.md"]
    for names in main.COMMANDS.values():
        for name in names:
            assert f"### hippo {name}\n" in text


def test_every_variable_and_output_of_the_root_is_in_the_reference() -> None:
    """Another reader than the generator's counts them: keywords at the margin."""
    text = MADE[ROOT / "docs" / "reference" / "terraform.md"]
    declared = [line.split('"')[1] for path in (ROOT / "terraform").glob("*.tf") for line in _declarations(path)]
    assert declared
    for name in declared:
        assert f"### {name}\n" in text or f"| `{name}` |" in text


def _declarations(path: Path) -> list[str]:
    lines = path.read_text("utf-8").splitlines()
    return [line for line in lines if line.startswith(("variable ", "output "))]


# --- reading Terraform files ---

EXAMPLE = """\
variable "plain" {
  description = "Says \\"what\\" it is, with $${a} pattern."
  type        = string
}

variable "heredoc" {
  description = <<-EOT
    First line,
    type = not an argument.
  EOT
  type = object({
    a = optional(string)
  })
  default = {}

  validation {
    condition     = true
    error_message = "Never."
  }
}

output "found" {
  description = "An output."
  value       = local.found
}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "example.tf"
    path.write_text(EXAMPLE, "utf-8")
    return path


def test_variables_and_outputs_are_read_in_order(file: Path) -> None:
    found = hcl.blocks(file)
    assert [(block.kind, block.name, block.required) for block in found] == [
        ("variable", "plain", True),
        ("variable", "heredoc", False),
        ("output", "found", True),
    ]


def test_a_description_is_plain_text(file: Path) -> None:
    descriptions = [block.description for block in hcl.blocks(file)]
    assert descriptions[:2] == ['Says "what" it is, with ${a} pattern.', "First line, type = not an argument."]


def test_an_argument_of_several_lines_is_read_whole(file: Path) -> None:
    assert hcl.blocks(file)[1].arguments["type"] == "object({\n  a = optional(string)\n})"


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("  value       = local.found\n}\n", "", "no end"),
        ('"An output."', "local.text", "cannot be read"),
        ('  description = "An output."\n', "", "cannot be read"),
    ],
)
def test_an_unreadable_block_is_an_error_with_its_name(file: Path, right: str, wrong: str, words: str) -> None:
    assert right in EXAMPLE
    file.write_text(EXAMPLE.replace(right, wrong), "utf-8")
    with pytest.raises(ValueError, match=f"output found.*{words}"):
        hcl.blocks(file)


def test_a_change_of_a_variable_changes_the_reference_and_the_module_s_readme(tmp_path: Path) -> None:
    module = tmp_path / "modules" / "part"
    module.mkdir(parents=True)
    (module / "main.tf").write_text("# A part of it.\n", "utf-8")
    (module / "variables.tf").write_text(
        'variable "old" {\n  description = "Old."\n  type        = string\n}\n', "utf-8"
    )
    (tmp_path / "main.tf").write_text('module "part" {\n  source = "./modules/part"\n\n  old = 1\n}\n', "utf-8")
    before = terraform.module_readmes(tmp_path)[module / "README.md"]
    (module / "README.md").write_text(before.replace("A part of it.", "By hand."), "utf-8")
    (module / "variables.tf").write_text(
        'variable "new" {\n  description = "New."\n  type        = string\n}\n', "utf-8"
    )
    after = terraform.module_readmes(tmp_path)[module / "README.md"]
    assert "A part of it." in before
    assert "| `old` | Old. | `string` | required |" in before
    assert "By hand." in after
    assert "| `new` | New. | `string` | required |" in after
    assert "| `old` |" not in after


# --- sections and decisions ---


@pytest.mark.parametrize(
    "text",
    [
        "no markers",
        "<!-- begin a -->\n",
        "<!-- end a --><!-- begin a -->\n",
        "<!-- begin a -->\n" * 2 + "<!-- end a -->",
    ],
)
def test_a_document_without_its_markers_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="expected one"):
        markdown.with_section(text, "a", "new\n")


def test_the_index_lists_the_newest_decision_first(tmp_path: Path) -> None:
    (tmp_path / "2026-01-01-old.md").write_text("# An old one\n", "utf-8")
    (tmp_path / "2026-02-01-new.md").write_text("# A new one\n", "utf-8")
    text = decisions.index(tmp_path)
    assert text.index("[A new one](2026-02-01-new.md)") < text.index("[An old one](2026-01-01-old.md)")


@pytest.mark.parametrize(("name", "text"), [("new.md", "# New\n"), ("2026-01-01-new.md", "New\n")])
def test_a_decision_in_another_form_is_an_error(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(ValueError, match="YYYY-MM-DD-slug"):
        decisions.index(tmp_path)


def test_the_installed_packages_have_a_py_typed_marker() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    for package in build["packages"]:
        assert (ROOT / package / "py.typed").is_file()
