"""The record of a game.

parts      events as JSON lines, in numbered parts that never change; kept while the store is away
store      the projects bucket by the container's role, or a folder
choosing   which of the two a container has
tickets    the projects bucket by upload tickets, without a role
progress   where a participant is, for a second server
spaces     the spaces of observations and actions, as JSON
replay     reads a record, plays it again, and compares the observations
comparing  where an observation differs from the record
"""

from .choosing import bucket_store, proof_of
from .parts import Record
from .progress import Progress
from .store import BucketStore, FolderStore, Store
from .tickets import TicketStore, ask_for_participant

__all__ = [
    "BucketStore",
    "FolderStore",
    "Progress",
    "Record",
    "Store",
    "TicketStore",
    "ask_for_participant",
    "bucket_store",
    "proof_of",
]
