"""The record of a game.

    parts      events as JSON lines, in numbered parts that never change; kept while the store is away
    store      the projects bucket
    progress   where a participant is, for a second server
    rows       reads a record again
    replay     plays a record again, and compares the observations
"""

from .parts import Record
from .store import BucketStore, Store

__all__ = ["BucketStore", "Record", "Store"]
