"""Starts, watches and stops one server per participant.

Every function here may be called again after a crash.

start      handles a start message
stop       handles a stop message, or the event of a task that stopped
sweep      finds sessions and resources that a lost message left behind
converge   makes a session what its record wants; start, stop and sweep call it
plan       the next step of a session, and how often and how long a start is tried; a pure function
observe    reads a session's resources, with as few AWS calls as possible
provision  makes the AWS calls that bring a server up
teardown   removes a session's resources, then its place and its lock
warm_names    the names of warm servers, which were started before a participant asked for one
warm_servers  warm servers that wait: finding one, and taking it
warm_pool     keeps as many waiting as the studies want; the sweeper calls it
variables  the environment variables about a container's participant; a warm server asks for them
uploads    upload tickets for the session's container
edge       the signed path on which a page reaches its server through the page's distribution
edge_keys  the keys that sign these paths
probe      asks through that distribution whether a server is ready
tokens     the session's tokens, and how a presented one is checked
launch     the RunTask request of a session: all its environment variables, and the pause before it
model      the session: what is wanted, and what was observed
store      reads and writes session records; a record is the session's lock
presence   the heartbeats of participants' pages
capacity   the cap on simultaneous servers: which sessions have a slot, and which wait in line
messages   the messages on the session topics
resources  the AWS resources of a session, a package of its own
"""
