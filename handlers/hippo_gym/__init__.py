"""The domain of HIPPO Gym on AWS: projects, participants and the sessions of their servers.

Nothing in here knows the shape of a Lambda event, but for `http` and `messages`, the adapters at the edge.

    steps         the step machine: (record, project, request) -> decision, a pure function
    visits        carries a decision out: messages first, then one conditional write
    starting, stopping, sweeping    what start messages, stop messages and the sweeper's rule lead to; all of them call
    lifecycle     converge: what a session should be against what was seen of it
    plans         the next step of a session, a pure function; watching looks at it, as seldom as can be
    launches      what a session's task is launched with, and when again
    resources     a session's cluster, task, DNS name and schedule, by way of fargate, dns, schedules
    projects      the master list and its entries; registration puts an entry into it
    participants  the participant record          sessions  the session record: the lock
    pages         the pages of a step, and their variants
    bucket        conditional reads and writes    cache     what a warm function remembers of it
    schemas       JSON Schema, and faults in words
    names         what a server is called in the zone
    metrics       what is counted and measured     emf       writes it to the log
    deployment    puts all this together from a function's settings
"""
