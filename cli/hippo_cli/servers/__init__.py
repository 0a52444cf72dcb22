"""Participants' servers: which are live, how to stop one, and their logs.

    sessions  the live sessions: whose, at which step, how far, since when
    tasks     a session's task definition: its size, and where its log goes
    stopping  ends one session, and waits until all its resources are removed
    finding   a participant's session: the live one, or the last one that ended
    logs      what a session's container wrote
    show      sessions as a table and as JSON

Records are read with `hippo_gym.sessions`, the functions' own code. Nothing here writes to the bucket.
"""
