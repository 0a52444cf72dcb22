"""The context of an invocation; imports nothing, because a cold start is measured with it."""

from __future__ import annotations


class Context:
    """The part of Lambda's context that the handlers read."""

    function_name = "HIPPO_Gym_next_step"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:ca-central-1:123456789012:function:HIPPO_Gym_next_step"
    aws_request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Return the time-out of next_step."""
        return 10_000
