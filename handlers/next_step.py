"""GET and POST /next: a participant's next page. Triggered by the HTTP API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hippo_gym.participants import answers, pages
from hippo_gym.runtime import deadline, http, settings
from hippo_gym.runtime.emf import measured, meter
from hippo_gym.runtime.errors import ParticipantError
from hippo_gym.runtime.logs import logged, logger
from hippo_gym.runtime.metrics import Metric
from hippo_gym.runtime.settings import NextStepSettings
from hippo_gym.studies.projects import UnknownProject
from hippo_gym.wiring import next_step

NOT_FOUND = "Project ID Not Found"
"""Old clients show their error page for 400 with this text; it is part of the API."""

_SERVED = ("GET", "POST")

if deadline.IN_LAMBDA:
    next_step.prepare()


@logged
@measured
def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer a request to /next.

    A page for the participant is always 200: old clients wait without end on a status other than
    200 or 400. A request that no person makes reads and writes nothing: other methods (HEAD, PUT),
    and what browsers and services fetch ahead.
    """
    visits = next_step.visits(settings.load(NextStepSettings))
    left = deadline.seconds_left(context, timeout=10)
    request = http.without_body(event)
    try:
        if request.method == "OPTIONS":
            return http.answer(request, 204, None)
        if request.method not in _SERVED:
            return http.answer(request, 405, "Method Not Allowed: send GET or POST", Allow="GET, POST, OPTIONS")
        request = http.read_request(event)
        if http.is_ahead(request):
            return http.answer(request, 200, answers.fetched_ahead())
        with deadline.within(left):
            return http.answer(request, 200, visits.serve(request))
    except UnknownProject as error:
        logger.info("refused", reason=str(error))
        meter.add(Metric.INPUTS_REJECTED)
        return http.answer(request, 400, NOT_FOUND)
    except ParticipantError as error:
        logger.info("refused", reason=type(error).__name__)  # the text quotes the participant's input
        meter.add(Metric.INPUTS_REJECTED)
        return http.answer(request, 400, str(error))
    except Exception:  # noqa: BLE001 - the participant gets a page for any error, and the log gets the error
        logger.exception("the request could not be served")
        meter.add(Metric.REQUESTS_FAILED)
        return http.answer(request, 200, {"page": pages.try_again(), "css": None, "retry": True})
