"""The studies that researchers register.

projects      the master list and its entries
exits         answers that end a study early, and completion codes
owners        who may change a study's entry
registration  adds an entry to the master list
versions      where each version of a study is stored
assignment    which group and which conditions a participant has
balance       keeps the cells of a balanced study equal
enrolment     the cap on the participants of a study (`mostParticipants`)
links         signed links: how they are made and checked
link_keys     the keys of signed links, in SSM
task_families  which task definitions a project may name
warm          how many servers of a study wait for participants, and when
warnings      what of an entry is probably not intended
task_limits   the largest server that a deployment allows a study
object_cache  the objects that a warm function keeps in memory
"""
