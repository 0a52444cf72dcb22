"""The record of a game.

parts      events as JSON lines, in numbered parts that never change; kept while the store is away
store      the projects bucket, or a folder
progress   where a participant is, for a second server
replay     reads a record, plays it again, and compares the observations
"""

from .parts import Record
from .progress import Progress
from .store import BucketStore, FolderStore, Store

__all__ = ["BucketStore", "FolderStore", "Progress", "Record", "Store"]
