"""The local cloud: AWS emulated on this machine, for `make up`, `make demo` and the end-to-end tests.

Two processes, both bound to loopback: `local.gateway` is MiniStack, which serves every AWS service except ECS and
EC2, with IAM enforced; `local.fargate` is moto's ECS and EC2 behind a stand-in that behaves like Fargate where moto
does not.

    gateway            MiniStack's process
    iam_corrections    adds the IAM checks that MiniStack lacks
    fargate            ECS and EC2
    places             paths and names that both emulators share
    processes          starts, recognises and ends processes
    child              a process that ends with its parent
    loopback           free addresses and ports
    state              state.json: what runs, where, and what was deployed
    cloud              starts and stops a cloud, and makes its clients
    terraform_program  runs the terraform program with a separate environment
    provider_server    runs the AWS provider once for commands that only read its schemas
    terraform          applies the real root module
    kept_deployment    keeps an applied deployment, from which further clouds start
    deployment         deploys: bundle, hosted zone, terraform, outputs
    failures           the error that every module of the local cloud raises

    page_server        serves the participant page
    content_policy     reads the page's content security policy from the Terraform module
    edge               sends games through the page's distribution, on the edge route
    relay              relays the page's WebSocket to a server of the local cloud

    study              submits a study: pages, task definition, project entry
    researcher         runs `hippo` with a researcher's credentials
    participants       simulated participants
    player             plays a game
    demo               `make demo`
    checks             collects the demo's checks and their results
    presentation       prints the demo's progress and results
    inspection         reads what a deployment holds, through AWS's own APIs
    function_logs      saves what the functions logged
"""
