"""The domain of HIPPO Gym on AWS: projects, participants and the sessions of their servers.

Nothing in here knows the shape of a Lambda event, but for `http` and `messages`, the adapters at the edge.

A request to /next
    visits           carries a request out: decide, publish, then one conditional write
    steps            the step machine: (record, project, request) -> decision, a pure function
    answers          what a participant is shown, as the JSON object that says so
    participants     the participant record, and where it is kept
    kept_requests    what the record keeps of each request, and how much
    pages            which file of a step somebody is shown; the pages that this product adds itself
    rosters          who has begun a study that takes so many participants

Projects
    projects         the master list and its entries
    registration     puts an entry into the list
    versions         where a version of a study is kept
    schemas          JSON Schema, and faults in words

A session converges
    starting         what a start message leads to; all three call lifecycle
    stopping         what a stop message, or a task that stopped, leads to
    sweeping         the sweeper: what is left over, whatever message was lost
    lifecycle        converge: what a session should be against what was seen of it
    plans            the next step of a session, a pure function
    watching         looks at a session on its way up, as seldom as can be
    bringing_up      carries out the steps of a plan that lead up
    taking_down      the way down: everything of a session, then its place and its lock
    launches         what a session's task is launched with, and when again
    sessions         what is wanted of a server, and what was seen of it
    session_records  the session record: the lock
    places           who has a place for a server, and who is in line

Its resources
    resources        all of a session's, by name, whoever made them
    fargate          its cluster and task
    dns              its name in the zone
    names            what that name is
    schedules        its stop schedule

At the edge
    http             requests and answers, whatever brought them
    messages         what is published to the session topics, and how it is read
    bucket           conditional reads and writes of objects
    races            when a write that came too late is tried again
    cache            what a warm function remembers of the bucket
    aws              the clients, and what their errors mean

Of each function
    serving          puts together what next_step calls
    deployment       puts together what the functions that converge sessions call
    settings         its environment
    invocation       how long it may still work
    clock            the time
    errors           what can go wrong, by who can act on it
    logs             the one logger
    metrics          what is counted and measured
    emf              writes that to the log
    tracing          the trace, from a request to the task
"""
