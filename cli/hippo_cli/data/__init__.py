"""Exports, reports on and removes a study's data.

exporting    `hippo export`: writes the tables, and continues an earlier export
kept         the records that an export's folder already holds
reporting    `hippo report`: collects, counts, draws and writes one page
collecting   reads the data of a report
counting     the numbers of a report
clip_counts  how often each clip of comparisons was preferred
costs        what a study's servers cost
figures      the diagrams of a report
drawing      what these diagrams and those of games share
page         the HTML page of a report
forgetting   `hippo forget`: removes a participant's data; only this module writes to the bucket
exports      `hippo forget --export`: removes a participant from the files of an export

fetching     lists and reads objects of the bucket
studies      checks study ids and participant ids
designs      the study as each participant began it: steps, variants, groups
records      participant records as they are stored, by this system and by the original one
old_records  derives the step of each request in records of the original system
journeys     one participant's way through the study: steps, times, answers, waits
games        `hippo export --games`: steps, episodes and feedback of the games
game_report  the section of a report on games
preferences  the rows of comparisons of clips
tables       the rows of an export, column by column
files        CSV, JSON Lines and Parquet files of the rows
spreadsheet_cells  texts of a CSV file that no spreadsheet runs as a formula
"""
