"""Reads and checks a study on disk.

study      read(): a folder → Study, with all its faults
document   config.yml with a line for each value
project    the faults of the `project` part
fixes      suggests a fix for each fault
aws_setup  the `awsSetup` part
container  the server: its size and its image
game       the `game` part: the game that hippo_play serves
compare    the `compare` part: pairs of clips
compare_pages  the pages of its steps
clips      whether browsers show a clip
payload    the part of config.yml that is sent to AWS
folder     the files of a study's folder
boundary   whether a path leads out of it
step_file  the file of one step, as config.yml names it
pages      the files of the steps
condition_pages  the pages for values of the study's conditions
assets     the files in the folder assets
css        the addresses in a style sheet
content    the text of a page
markup     the HTML of a page: faults of its form
tree       a page as browsers read it
fields     the fields of a page, as the participant's page collects them
lost       what is in a page's source and not on the participant's page
addresses  the addresses in a page
exits      how participants can leave a study, and their completion codes
consistency  whether dates, codes, labels and last pages fit each other
dockerfile  what a Dockerfile copies and exposes
findings   a fault: its place and its severity
listing    faults on the terminal
"""

from __future__ import annotations

from hippo_cli.study.container import AwsSetup
from hippo_cli.study.findings import Finding, Place, Severity
from hippo_cli.study.study import Study, read

__all__ = ["AwsSetup", "Finding", "Place", "Severity", "Study", "read"]
