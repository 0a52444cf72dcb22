"""The one logger: structured JSON by Powertools. Ids go in; bodies, headers and pages never do."""

from __future__ import annotations

from aws_lambda_powertools import Logger

logger = Logger(service="hippo_gym")
