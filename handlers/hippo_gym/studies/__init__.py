"""The studies that researchers register.

projects      the master list and its entries
registration  adds an entry to the master list
versions      where each version of a study is stored
enrolment     counts the participants of a study that limits them
object_cache  what a warm function remembers of the bucket
"""
