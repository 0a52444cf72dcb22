"""Publishes, shows, changes and rolls back studies on a deployment.

    plans                     intended study + current study -> plan, a pure function
    execution                 carries out a plan
    submitting                plans the publication of a study on disk
    rollback                  plans to make an earlier version current
    approval                  shows a plan and asks
    plan_view                 a plan on the terminal
    intended                  the study as it should be, from a folder on disk
    current                   the study as it is on the deployment now

    master_list               reads the list of studies, and changes it through the function
    proof                     proves who asks for a change of a study with owners
    stored_pages              pages in the bucket: a project's own, and those of its versions
    stored_assets             files of studies' folders assets, in the bucket of the participant page
    list_versions             earlier states of the list and the pages, from S3's object versions
    task_definitions          the container's settings in ECS; its environment: hippo_gym.sessions.launch
    registry                  the image's repository in ECR
    docker                    builds and pushes the image
    build_context             the files that the image is built from, and the image's tag
    secrets                   files that must not be in an image

    overview                  all studies, and one study
    overview_view             both on the terminal
    history                   who changed what and when
    history_view              the history on the terminal
    enrolment_window          opens a study to new participants, or closes it
    enrolment_window_view     the enrolment window on the terminal
    retention                 which data will be removed, and when
    links                     participants' links with a proof of who they are
    warm_servers              what warm servers are, and what they cost
    words                     formats values for researchers

Participants see a change only after the single write of the master list. An interrupted publication
leaves the study either unchanged or fully published, and can be repeated.
"""
