"""ECS and EC2 for the local cloud: moto, and in front of it a stand-in that behaves like Fargate.

moto keeps clusters, task definitions and the network; tasks are ours, because moto's have no life.

    tasks.py          a task, its states, and the shape that the API and the events give it
    engine.py         moves tasks from state to state, with time and with what their processes do
    containers.py     a container is a process: image `local/<folder>` is a folder of this repository
    task_logs.py      what containers write, in CloudWatch Logs
    placement.py      what RunTask decides before a task exists
    network.py        a task's network interface and public address, kept in moto's EC2
    operations.py     the ECS calls that differ from moto's: RunTask, StopTask, DeleteCluster, …
    authorization.py  which actions on which resources a call needs, and who decides
    errors.py         a call that fails as ECS fails it
    events.py         ECS Task State Change events to EventBridge
    control.py        for tests: shortage of capacity, a task that dies, an interruption
    application.py    the WSGI application that joins them
    __main__.py       the process: `python -m local.fargate`

Sources of the rules: docs/aws-limits.md.
"""
