"""A study on disk, read and checked.

study      read(): a folder → Study, with all its faults
document   config.yml with a line for each value
project    the faults of the `project` part
fixes      what to do about each fault
aws_setup  the `awsSetup` part
container  the server: its size and its image
payload    what is sent to AWS of config.yml
folder     the files of a study's folder
pages      the files of the steps
content    the text of a page
markup     the HTML of a page
exits      how participants can leave a study, and their completion codes
findings   a fault: where it is, how serious it is
listing    faults on the terminal
"""

from __future__ import annotations

from hippo_cli.study.container import AwsSetup
from hippo_cli.study.findings import Finding, Place, Severity
from hippo_cli.study.study import Study, read

__all__ = ["AwsSetup", "Finding", "Place", "Severity", "Study", "read"]
