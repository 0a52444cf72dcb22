"""Further configurations for the plan contract: the roles of GitHub Actions, and single modules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from local.places import REPOSITORY
from local.terraform_program import Program
from tests.terraform.planning import Root

MODULES = REPOSITORY / "terraform" / "modules"


class SmallRoot(Root):
    """A root of a few files, initialised with its own state in a temporary folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str], files: dict[str, str]) -> None:
        """Write the files into `folder`, beside which the modules are, and install the provider."""
        folder.mkdir(parents=True)
        (folder.parent / "modules").symlink_to(MODULES)
        for name, text in files.items():
            (folder / name).write_text(text)
        self._folder = folder
        self.bundle = folder / "bundle.zip"
        self._terraform = Program(folder, environment)
        self._install_provider()


def github_roles(folder: Path, environment: Mapping[str, str]) -> SmallRoot:
    """terraform/github, with its state in a file: no bucket is asked for it."""
    return SmallRoot(
        folder,
        environment,
        {
            "main.tf": (REPOSITORY / "terraform" / "github" / "main.tf").read_text(),
            "override.tf": 'terraform {\n  backend "local" {}\n}\n',
        },
    )


def parts_with_ids(folder: Path, environment: Mapping[str, str]) -> SmallRoot:
    """The modules whose long texts hold what AWS gives out, with such values given, so that a plan knows the texts."""
    return SmallRoot(folder, environment, {"main.tf": _PARTS})


_PARTS = """
variable "bundle_path" {
  type = string
}

variable "name" {
  type = string
}

variable "root_domain" {
  type = string
}

variable "role_path" {
  type = string
}

locals {
  region     = "ap-southeast-2"
  account_id = "123456789012"
  api_id     = "abcdefghij"
  role_arn   = "arn:aws:iam::${local.account_id}:role${var.role_path}${var.name}"
  secret_arn = "arn:aws:secretsmanager:${local.region}:${local.account_id}:secret:${var.name}-AbCdEf"

  functions = {
    for file in [
      "next_step", "start_server", "stop_server", "send_start_server_message", "send_stop_server_message",
      "update_project_master_list", "issue_upload_ticket", "sweep_sessions",
    ] : file => "${var.name}_${file}"
  }
}

provider "aws" {
  region = local.region

  default_tags {
    tags = { Product = "hippo-gym" }
  }
}

module "monitoring" {
  source = "../modules/monitoring"

  name               = var.name
  region             = local.region
  account_id         = local.account_id
  functions          = local.functions
  dead_letter_queues = { for topic in ["start_server", "stop_server"] : topic => "${var.name}_${topic}_dead_letters" }
  stop_rule          = "${var.name}_task_stopped"
  api_id             = local.api_id
  sweep_minutes      = 5
  max_sessions       = 100
}

module "deployment_description" {
  source = "../modules/deployment_description"

  name                = var.name
  region              = local.region
  account_id          = local.account_id
  bucket              = join("", [for _ in range(63) : "b"])
  root_domain         = var.root_domain
  api_url             = "https://${local.api_id}.execute-api.${local.region}.amazonaws.com"
  functions           = local.functions
  execution_role_arn  = "${local.role_arn}_session_execution"
  task_role_arn       = "${local.role_arn}_session_task"
  session_log_group   = "/ecs/${var.name}"
  shared_cluster      = "${var.name}-shared"
  max_runtime_minutes = 1440
  max_task_cpu        = 16
  max_task_memory     = 120
  keep_addresses      = "coarse"
  keep_browser        = "family"
  retain_days         = 36500
  session_ports       = range(5000, 5060)
  page_url            = "https://${join("", [for _ in range(63) : "p"])}.${var.root_domain}"
  assets_bucket       = join("", [for _ in range(63) : "a"])

  session_certificate_secret_arn = local.secret_arn
}
"""
