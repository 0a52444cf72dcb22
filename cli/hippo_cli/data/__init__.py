"""A study's data: read back, made into tables and into a report, and removed.

    export, report   what the commands do          forget      removing one participant's data
    fetching         objects of the bucket, many at once
    designs          the study as each participant began with it: steps, variants, groups
    records          participant records as they are stored, of this system and the old one
    old_records      which step an old system's request was about: the record does not say, it follows
    journeys         one participant's way: which step when, which answers, how long they waited
    tables           the rows of an export, and CSV, JSON Lines and Parquet files of them
    kept             what a folder of an export already holds, so that the next run goes on
    sessions, costs  ended servers: how long they took to start, what they used
    statistics, figures, page   what a report counts, draws and says

Nothing here writes to the bucket but `forget`.
"""
