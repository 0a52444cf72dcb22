"""Shows a study from its folder in the browser, as a participant will see it, without AWS.

    stage        serves the study from a bucket in memory, with the functions' code
    watching     detects changes of the study's files
    server       HTTP on this machine: the preview's page, a participant's page, `/next`
    requests     what a request to the server must not say
    placeholder  a game server that shows a placeholder instead of a game

`page/` is the preview's bar (steps, groups, faults, answers). `participant/` is a copy of the
participant page, `frontend/`, made when the package is built.
"""
