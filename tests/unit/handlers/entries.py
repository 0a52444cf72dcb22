"""Lambda's context and an SNS event, for calls of the entry files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext


@dataclass
class Context(LambdaContext):
    """A context with `seconds` left."""

    seconds: float = 300.0

    def __post_init__(self) -> None:
        self._function_name = "function"
        self._memory_limit_in_mb = 256
        self._invoked_function_arn = "arn:aws:lambda:ca-central-1:123456789012:function:function"
        self._aws_request_id = "invocation"

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override] # the stub calls it static; Lambda's is not
        return int(self.seconds * 1000)


def sns_event(*payloads: Any) -> dict[str, Any]:
    """Make an SNS event of a function; a text is used unchanged as the message."""
    texts = [payload if isinstance(payload, str) else json.dumps(payload) for payload in payloads]
    return {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": text}} for text in texts]}
