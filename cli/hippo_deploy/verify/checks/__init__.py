"""The checks, by what they look at: each is a function that returns what it has seen, or raises why it has not.

addresses      API and participant page answer by their names
playing        a study is published, a server comes up, its name resolves, the game connection opens
ending         the ways in which a session ends: a delayed stop, its schedule, a task that dies
watching       sweeper, metrics, alarms, mail, logs
afterwards     nothing is left behind; what it has cost
"""
