"""A study's data: read back, exported as tables, reported, and removed.

exporting    `hippo export`: writes the tables, and continues an earlier export
kept         what an export's folder holds already
reporting    `hippo report`: collects, counts, draws and writes one page
collecting   reads all that a report is made from
counting     the numbers of a report
costs        what a study's servers cost
figures      the diagrams of a report
page         the HTML page of a report
forgetting   `hippo forget`: removes a participant; the only module here that writes to the bucket

fetching     lists and reads objects of the bucket
studies      which study is meant
designs      the study as each participant began it: steps, variants, groups
records      participant records as they are stored, by this system and by the original one
old_records  which step a request of an original record was about: the record does not say, but it follows
journeys     one participant's way: which steps when, which answers, which waits
tables       the rows of an export, column by column
files        CSV, JSON Lines and Parquet files of the rows
"""
