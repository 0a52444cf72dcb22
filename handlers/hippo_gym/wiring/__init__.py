"""Assembles the objects that each Lambda function calls, once per warm execution environment.

next_step          for next_step: imports only what a request needs, so a cold start stays short
session_functions  for start_server, stop_server and sweep_sessions
upload_tickets     for issue_upload_ticket
retaining          the retention, for sweep_sessions
"""
