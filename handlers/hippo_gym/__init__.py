"""HIPPO Gym on AWS: studies, participants, and the sessions of their servers.

A package imports only from the packages below it:

    wiring        assembles what each Lambda function calls
    retention     removes participants' data after the retention of their study
    participants  handles a participant's requests to /next
    sessions      starts, watches and stops one server per participant
    studies       the studies that researchers register
    storage       reads and writes of the S3 bucket
    runtime       clients, settings, time, errors, logs and metrics

Only `runtime.http` and `sessions.messages` know the shape of a Lambda event.
"""
