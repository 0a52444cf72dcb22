"""The AWS resources of one session. A second compute engine would be a module beside `fargate`.

all         finds and deletes every resource of a session by name, no matter which function made it
fargate     the ECS cluster and task, and the task's network interface
dns         the session's record in the hosted zone
dns_labels  which DNS label a session has
schedules   the EventBridge schedule that stops the session
"""
