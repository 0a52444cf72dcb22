"""The local cloud: AWS emulated on this machine, for `make up`, `make demo` and the end-to-end tests.

Two processes, both bound to loopback:

- `local.gateway`: MiniStack, which serves every AWS service but ECS and EC2, with IAM enforced.
- `local.fargate`: moto's ECS and EC2 behind a stand-in that behaves like Fargate where moto does not.

    gateway.py and iam_corrections.py    MiniStack, with what its IAM leaves out
    fargate/       ECS and EC2
    places.py      where things are: the repository, the state folder, fixed names
    processes.py   starting, recognising and removing processes of ours
    state.py       state.json: what runs, where, and what was deployed
    cloud.py       start, stop, and clients (the one class that tests and the demo need)
    terraform.py   the real terraform on the real root; terraform_program.py runs it, for tests of plans too
    kept_deployment.py    an applied deployment, kept for further clouds to start from a copy
    deployment.py  bundle, hosted zone, terraform, outputs
    study.py       a study's pages, task definition and project entry
    demo.py        what `make demo` does; checks.py and presentation.py collect and print its claims
    participants.py    a participant to drive: forms.py fills in pages, player.py plays the game
    inspection.py  what a deployment holds, through AWS's own APIs; function_logs.py saves what the functions logged
    __main__.py    the command line
"""
