"""A study in the browser, from its folder, as a participant will see it. It needs no AWS account.

    stage        the study in a bucket in memory, served by the product's own code; its servers are ready immediately
    watching     detects changes of the study's files
    server       HTTP on this machine: the preview's page, a participant's page, `/next`
    placeholder  a game server that only says that the game would be here

`page/` is the preview's bar (steps, groups, faults, answers). `participant/` is the product's participant page,
`frontend/`, copied here when the package is built.
"""
