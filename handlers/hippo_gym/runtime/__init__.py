"""What every function needs, without knowledge of studies, participants or sessions.

aws_clients   the boto3 clients, and the classification of their errors
sdk_session   the SDK's session, with the small service models of sdk_models/
parameters    reads keys from Parameter Store
http          requests and answers of API Gateway and of function URLs
kept_headers  what is kept of a participant's address and browser
user_agents   the family of a browser, from its User-Agent
settings      the environment variables of each function
deadline      how many seconds an invocation has left
caller_identity  whose signature a request has, from AWS STS
clock         the time
backoff       how long to wait before the next try
errors        the error types, by the person who can act on them
logs          the JSON logger
metrics       names and units of the metrics
emf           writes metrics to the log in CloudWatch's embedded metric format
tracing       the X-Ray trace, from a request to the task
json_reading  JSON from outside, with limits
schemas       JSON Schema validation, with errors in plain words
quick_check   whether a value is valid, without reasons: makes schemas fast
"""
