"""Lists participants' servers, stops one, and reads their logs.

    sessions  the live sessions, with their participants' steps and their costs
    tasks     a session's task definition: its size, and where its log goes
    stopping  ends one session, and waits until all its resources are removed
    finding   a participant's session: the live one, or the last one that ended
    logs      what a session's container wrote
    show      sessions as a table and as JSON

`hippo_gym.sessions`, the functions' own code, reads the records. This package never writes to the
bucket.
"""
