"""Handles one participant's requests to /next.

visits       carries out a request: decide, publish, then one conditional write
requests     reads a request: who sends it, for which step, with which answers
steps        the step machine: (record, project, request) -> decision, a pure function
servers      the step machine's part about servers: requests, repeats and stops a session
decisions    the types of both: request, view of the session, decision
answers      the JSON objects that /next answers with
assigning    gives new participants their groups and conditions
enrolling    admits new participants, and counts them where their number is limited
pages        which file of a step a participant sees, and the pages that this product adds
words        the texts of those pages, in the study's language
waits        how long a participant waits for their game, and what follows
server_history  which servers a participant has asked for and seen, and how long they waited
records      the participant record and its place in the bucket
access       what proves that a request is the participant's
old_records  where a participant of the old system stands
request_log  what a participant record keeps of each request, and how much of it
"""
