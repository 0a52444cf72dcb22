"""The commands of `hippo`: each module holds `command`, whose docstring is its help. main.py's table names them all.

    validate  checks a study on disk
    preview   shows a study in the browser
    submit    publishes a study
    list      lists the studies of a deployment
    show      shows one study
    history   shows who changed a study, and when
    rollback  makes an earlier version current
    open      opens a study to new participants
    close     closes a study to new participants
    sessions  shows the live sessions
    stop      stops one session
    logs      shows what a session's container wrote
    export    writes a study's data into files
    report    writes a study's report
    forget    removes a participant's data

At module level they import the standard library and typer only, so that `hippo --help` answers immediately.
"""
