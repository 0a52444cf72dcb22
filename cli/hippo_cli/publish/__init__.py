"""Studies on a deployment: published, looked at, changed and rolled back.

    plans                     what is intended + what is current -> plan, a pure function
    execution                 carries out a plan
    submitting                plans the publication of a study on disk
    rollback                  plans to make an earlier version current
    approval                  shows a plan and asks
    plan_view                 a plan on the terminal
    intended                  what a study on disk asks for
    current                   what the deployment holds of it now

    master_list               the list: read from the bucket, changed by the deployment's function alone
    stored_pages              pages in the bucket: a project's own, and those of its versions
    list_versions             earlier states of list and pages: S3's versions of them
    task_definitions          the container's settings, as ECS keeps them
    registry                  the image's repository in ECR
    docker                    builds and pushes the image
    build_context             what the image is built from, and the tag that follows

    overview                  all studies, and one study
    overview_view             both on the terminal
    history                   who changed what and when
    history_view              the history on the terminal
    enrolment_window          opens a study to new participants, or closes it
    enrolment_window_view     the window on the terminal
    words                     values as a researcher reads them

Nothing that participants see changes before the master list does, and that is one write: a publication that is
interrupted leaves the study either as it was or as it was to become, and can be repeated.
"""
