"""The studies that researchers register.

projects      a project: an entry of the master list, as the handlers use it
master_list   finds the projects of requests in the master list
exits         answers that end a study early, and completion codes
devices       what a study requires of a participant's device
owners        who may change a study's entry
registration  adds an entry to the master list
versions      where each version of a study is stored
assignment    which group and which conditions a participant has
comparisons   pages that show pairs of clips and ask which is better
balance       keeps the cells of a balanced study equal
enrolment     the cap on the participants of a study (`mostParticipants`)
links         signed links: how they are made and checked
link_keys     the keys of signed links, in SSM
task_definitions  warns of a script's task definition that cannot run
task_families  which task definitions a project may name
wording       how a study speaks to its participants
own_texts     checks a study's own texts
warm          how many servers of a study wait for participants, and when
warnings      what of an entry is probably not intended
task_limits   the largest server that a deployment allows a study
object_cache  the objects that a warm function keeps in memory
"""
