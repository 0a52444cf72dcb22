"""A study on disk, read and judged.

study       read: a folder → Study, with all that is wrong with it
document    config.yml with a line for each value       payload     what of it is sent to AWS
project     what is wrong with the project              fixes       what to do about it
setup, container    the server: its size and its image
pages       the files of the steps, in a folder; content and markup read what is in them
findings    what is found wrong; listing shows it
"""

from __future__ import annotations

from hippo_cli.study.container import AwsSetup
from hippo_cli.study.findings import Finding, Place, Severity
from hippo_cli.study.study import Study, read

__all__ = ["AwsSetup", "Finding", "Place", "Severity", "Study", "read"]
