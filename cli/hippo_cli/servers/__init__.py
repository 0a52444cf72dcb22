"""What runs now: participants' servers, looked at, stopped, and their logs.

    sessions   the servers that are live: who, at which step, how far, since when
    tasks      what a session's task definition says: its size, and where its log goes
    prices     a dated table of list prices, and what a server costs by it
    stopping   ends one session, and waits until nothing of it is left
    finding    a participant's session, live or the last one that is over
    logs       what a session's container wrote
    show       sessions as a table and as JSON; times and amounts in words

Records are read by `hippo_gym.sessions`, the functions' own code; nothing here writes to the bucket.
"""
