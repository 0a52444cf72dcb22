"""Starts, watches and stops one server per participant. Every function here may be called again after a crash.

start      handles a start message
stop       handles a stop message, or the event of a task that stopped
sweep      finds sessions and resources that a lost message left behind
converge   compares what a session should be with what was observed; start, stop and sweep call it
plan       the next step of a session, a pure function
observe    reads a session's resources, with as few AWS calls as possible
provision  carries out the steps of a plan that bring a server up
teardown   removes a session's resources, then its place and its lock
launch     the RunTask request of a session, and when a launch is tried again
model      the session: what is wanted, and what was observed
store      reads and writes session records; a record is the session's lock
capacity   which sessions have a server slot, and which wait in line
messages   the messages on the session topics
resources  the AWS resources of a session, a package of its own
"""
