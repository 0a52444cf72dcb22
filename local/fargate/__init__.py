"""ECS and EC2 for the local cloud: moto behind a stand-in that behaves like Fargate.

moto serves clusters, task definitions and the network. The stand-in serves tasks, because moto's
run nothing.

    tasks          a task, its states, and its shape in the API and in events
    engine         moves tasks from state to state, as time passes and as their processes end
    containers     runs a container as a process: image `local/<folder>` is a folder of this repository
    container_secrets  reads the secrets that a task definition names for a container
    task_logs      sends the containers' output to CloudWatch Logs
    placement      RunTask's decisions before a task exists
    network        a task's network interface and public address, stored in moto's EC2
    operations     the ECS calls that differ from moto's: RunTask, StopTask, DeleteCluster, …
    authorization  the actions and resources that a call needs, and MiniStack's decision
    errors         ECS errors
    events         sends ECS Task State Change events to EventBridge
    control        test controls: capacity shortage, a dying task, an interruption
    kept_state     saves moto's state to a file, and restores it
    application    the WSGI application that joins these modules

Sources of the rules: docs/aws-limits/compute.md.
"""
