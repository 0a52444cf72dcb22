"""The checks, by subject: each is a function that returns what it found, or raises why it failed.

addresses      API and participant page answer by their names
playing        publishes a study, starts a server, resolves its name, opens the game connection
edge           what is open about games through the page's distribution
ending         the ways in which a session ends: a delayed stop, its schedule, a task that dies
watching       sweeper, metrics, alarms, mail, logs
afterwards     nothing is left behind; the cost
"""
