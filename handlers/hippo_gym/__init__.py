"""The domain of HIPPO Gym on AWS: projects, participants and the sessions of their servers.

Nothing in here knows the shape of a Lambda event, but for `http` and `messages`, the adapters at the edge.

    steps         the step machine: (record, project, request) -> decision, a pure function
    next_step     carries a decision out: messages first, then one conditional write
    lifecycle     converge: what a session should be against what was seen of it
    sweeping      finds what a lost message or a dead function left behind
    projects      the master list and its entries; registration puts an entry into it
    participants  the participant record          pages     the pages of a step, and their variants
    sessions      the session record: the lock    fargate, dns, schedules   a session's resources
    bucket        conditional reads and writes    schemas   JSON Schema, and faults in words
"""
