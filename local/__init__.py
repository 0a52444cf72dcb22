"""The local cloud: AWS emulated on this machine, for `make up`, `make demo` and the end-to-end tests.

Two processes, both bound to loopback: `local.gateway` is MiniStack, which serves every AWS service except ECS and
EC2, with IAM enforced; `local.fargate` is moto's ECS and EC2 behind a stand-in that behaves like Fargate where moto
does not.

    gateway            MiniStack's process
    iam_corrections    what MiniStack's IAM leaves out
    fargate            ECS and EC2
    places             where things are: the repository, the state folder, fixed names
    processes          starts, recognises and ends processes
    child              a process that ends with its parent
    loopback           free addresses and ports
    state              state.json: what runs, where, and what was deployed
    cloud              starts and stops a cloud, and makes its clients
    terraform_program  runs the terraform program with an environment of its own
    terraform          the real root, applied
    kept_deployment    keeps an applied deployment, from which further clouds start
    deployment         bundle, hosted zone, terraform, outputs
    failures           errors of the local cloud in words

    page_server        serves the participant page
    content_policy     the page's content policy, read from the Terraform module
    relay              relays the page's WebSocket to a server of the local cloud

    study              a study's pages, task definition and project entry
    researcher         `hippo` as a researcher of the local cloud runs it
    participants       simulated participants
    forms              fills in the forms of a page
    player             plays a game
    demo               `make demo`
    checks             the claims of the demo, and whether they hold
    presentation       prints them
    inspection         what a deployment holds, through AWS's own APIs
    function_logs      saves what the functions logged
"""
