"""The studies that researchers register.

projects      the master list and its entries
registration  adds an entry to the master list
versions      where each version of a study is stored
enrolment     the cap on the participants of a study (`mostParticipants`)
object_cache  the objects that a warm function keeps in memory
"""
