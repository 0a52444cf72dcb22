"""ECS and EC2 for the local cloud: moto, and in front of it a stand-in that behaves like Fargate.

moto keeps clusters, task definitions and the network. Tasks are the stand-in's own: moto's never run anything.

    tasks          a task, its states, and the shape that the API and the events give it
    engine         moves tasks from state to state, with time and with what their processes do
    containers     a container is a process: image `local/<folder>` is a folder of this repository
    task_logs      what containers write, in CloudWatch Logs
    placement      what RunTask decides before a task exists
    network        a task's network interface and public address, kept in moto's EC2
    operations     the ECS calls that differ from moto's: RunTask, StopTask, DeleteCluster, …
    authorization  which actions on which resources a call needs, and who decides
    errors         a call that fails as ECS fails it
    events         ECS Task State Change events to EventBridge
    control        for tests: shortage of capacity, a task that dies, an interruption
    kept_state     saves what moto holds into a file, and restores it
    application    the WSGI application that joins them

Sources of the rules: docs/aws-limits.md.
"""
