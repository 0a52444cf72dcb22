"""Studies put on a deployment, looked at there, changed and taken back.

    plans             what is intended + what is live -> plan, a pure function; execution carries a plan out
    submitting        plans to publish a study on disk     rollback   plans to make an earlier version current
    approval          shows a plan and asks
    intended          what a study on disk asks for        live       what the deployment has of it now

    master_list       the list: read from the bucket, changed by the deployment's function alone
    stored_pages      pages in the bucket: a project's own, and those that are kept under its versions
    list_versions     what list and pages were before: S3's versions of them
    task_definitions  the container's settings, as ECS keeps them
    registry, docker  its image, and build_context: what that is built from, and the tag that follows

    overview          all studies, one study               history    who changed what and when
    doors             a study opened to new participants, or closed
    *_view            how each is shown; words             values as a researcher reads them

Nothing that participants are shown is changed before the master list is, and that is one write: a publication that dies
anywhere leaves the live study as it was, or as it was to become, and can be run again.
"""
