"""The studies that researchers register.

projects      the master list and its entries
registration  adds an entry to the master list
versions      where each version of a study is stored
enrolment     counts the participants of a study that limits them
object_cache  the objects that a warm function keeps in memory
"""
