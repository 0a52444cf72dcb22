# The metrics that the functions write, by the names declared in
# handlers/hippo_gym/runtime/metrics.py. A test compares the two lists
# (tests/terraform/test_monitoring.py); docs/operate.md explains each metric.

locals {
  namespace = "HippoGym"

  metrics = {
    steps_served          = "StepsServed"
    requests_failed       = "RequestsFailed"
    inputs_rejected       = "InputsRejected"
    study_faults          = "StudyFaults"
    sessions_started      = "SessionsStarted"
    sessions_ready        = "SessionsReady"
    sessions_failed       = "SessionsFailed"
    sessions_ended        = "SessionsEnded"
    sessions_live         = "SessionsLive"
    servers_lost          = "ServersLost"
    seconds_to_ready      = "SecondsToReady"
    seconds_in_line       = "SecondsInLine"
    seconds_to_play       = "SecondsToPlay"
    participants_in_line  = "ParticipantsInLine"
    warm_servers_waiting  = "WarmServersWaiting"
    warm_servers_taken    = "WarmServersTaken"
    warm_servers_failed   = "WarmServersFailed"
    sweeps_done           = "SweepsDone"
    sweep_faults          = "SweepFaults"
    orphans_swept         = "OrphansSwept"
    participants_removed  = "ParticipantsRemoved"
    list_updates_done     = "ListUpdatesDone"
    list_updates_rejected = "ListUpdatesRejected"

    certificate_days_left    = "CertificateDaysLeft"
    certificate_percent_left = "CertificatePercentLeft"
  }
}
