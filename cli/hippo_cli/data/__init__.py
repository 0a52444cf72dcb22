"""A study's data: read back, made into tables and into a report, and removed.

    exporting    what `hippo export` does; kept: what its folder holds already, so that it goes on
    reporting    what `hippo report` does: collecting → counting, costs → figures, page
    forgetting   what `hippo forget` does

    fetching     objects of the bucket, many at once          studies   which study is meant
    designs      the study as each participant began with it: steps, variants, groups
    records      participant records as they are stored, by this system and the one before it
    old_records  which step an old system's request was about: its record does not say, but it follows
    journeys     one participant's way: which steps when, which answers, which waits
    tables       the rows of an export, column by column      files     CSV, JSON Lines and Parquet of them
    wording      numbers and durations as people read them

Nothing here writes to the bucket but `forgetting`, which removes.
"""
