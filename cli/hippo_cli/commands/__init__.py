"""The commands of `hippo`. The docstring of each module's `command` is its help text.

    init       begins a study
    preview    shows a study in the browser, with its game
    validate   checks a study on disk, and its game
    rehearse   sends simulated participants through a study
    submit     publishes a study
    list       lists the studies of a deployment
    show       shows one study in full
    history    shows who changed a study, and when
    rollback   makes an earlier version of a study current
    open       opens a study to new participants
    close      closes a study to new participants
    link       makes a link for one participant
    links      makes signed links for many participants
    sessions   lists the live sessions
    stop       stops one session
    logs       shows what a session's container wrote
    export     writes a study's data into files
    report     writes a study's report
    replay     plays a participant's game again, and shows it
    retention  shows which data will be removed, and when
    forget     removes a participant's data

At module level they import only the standard library and typer, so that `hippo --help` is fast.
"""
