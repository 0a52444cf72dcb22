"""All checks in order: what each proves and needs, and where to look if it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hippo_deploy.verify.checks import addresses, afterwards, edge, ending, playing, watching
from hippo_deploy.verify.world import World


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        name: a few words.
        proves: the statement that the check proves.
        run: returns what it found as a sentence; raises the errors of `results`.
        look: where to look if it fails.
        needs: names of the checks that must have passed, because this one uses their results.
        after: names of the checks that must have ended, because they would disturb this one.
    """

    name: str
    proves: str
    run: Callable[[World], str]
    look: str
    needs: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


CHECKS: Final = (
    Check(
        "API",
        "the API answers by its names",
        addresses.api,
        "the delegation of the zone (make preflight); the log of next_step; docs/alarms.md, Alarm: API errors",
    ),
    Check(
        "TLS",
        "API and page have valid certificates for their names",
        addresses.tls,
        "the certificate in ACM; docs/domains-and-certificates.md, Names of your own, and certificates",
    ),
    Check(
        "participant page",
        "CloudFront serves the page, which calls this API",
        addresses.website,
        "the CloudFront distribution and its bucket; make plan shows what differs",
    ),
    Check(
        "list update",
        "update_project_master_list publishes a study, and /next serves it",
        playing.published,
        "the log of update_project_master_list, then that of next_step",
    ),
    Check(
        "start",
        "a participant gets a server: topic, function, task, DNS record, readiness",
        playing.started,
        "the log of start_server; docs/operate.md, A participant says that their server does not come",
        needs=("list update",),
    ),
    Check(
        "DNS",
        "public resolvers answer the server's name with its address",
        playing.resolves,
        "the NS record of root_domain at its parent; make preflight checks the delegation",
        needs=("start",),
    ),
    Check(
        "game connection",
        "a browser's WebSocket reaches this participant's own server",
        playing.connected,
        "security groups and network ACLs; the servers' certificate (session_certificate); the container's log",
        needs=("start",),
    ),
    Check(
        "edge: WebSocket",
        "the function runs on an upgrade, and the handshake arrives at the server",
        edge.upgraded,
        "the function <name>_game in CloudFront, stage LIVE; its log in us-east-1; docs/connection.md",
        needs=("start",),
    ),
    Check(
        "edge: refusals",
        "only signed paths lead to a server, and only CloudFront reaches its port",
        edge.refused,
        "the security group <name>_sessions_edge; the key in /hippo-gym-edge/<name> and in the key value store",
        needs=("start",),
    ),
    Check(
        "edge: quiet sockets",
        "a socket lives on although its server is quiet",
        edge.quiet,
        "readTimeout in terraform/modules/website/game_route.js, at most 120 s",
        needs=("start",),
    ),
    Check(
        "edge: names and errors",
        "how long an edge remembers a missing name, and an error",
        edge.names,
        "error_caching_min_ttl of the distribution; docs/connection.md",
        needs=("start",),
    ),
    Check(
        "edge: compute time",
        "the function stays within its compute time",
        edge.utilisation,
        "terraform/modules/website/game_route.js",
        needs=("start",),
    ),
    Check(
        "edge: recommendation",
        "which game_route the measurements recommend",
        edge.recommendation,
        "docs/connection.md, What is not proven",
        needs=("start",),
        after=(
            "edge: WebSocket",
            "edge: refusals",
            "edge: quiet sockets",
            "edge: names and errors",
            "edge: compute time",
        ),
    ),
    Check(
        "servers' certificate",
        "renew_certificate runs, and servers get a certificate that is valid",
        watching.certificate,
        "the log of renew_certificate; docs/alarms.md, Alarm: certificate",
    ),
    Check(
        "delayed stop",
        "the page after the game ends the server after the study's stopDelay, not earlier",
        ending.delayed_stop,
        "the log of stop_server; the dead-letter queue of the stop topic",
        needs=("start",),
        after=(
            "DNS",
            "game connection",
            "sweeper",
            "edge: WebSocket",
            "edge: refusals",
            "edge: quiet sockets",
            "edge: names and errors",
            "edge: compute time",
        ),
    ),
    Check(
        "stop by schedule",
        "EventBridge Scheduler ends a session whose time is up: schedule, role, topic, stop_server",
        ending.schedule,
        "the role <name>_scheduler and its policy; the stop topic; the log of stop_server",
        needs=("list update",),
    ),
    Check(
        "task that dies",
        "a stopped task's event ends its session: rule, role, topic, stop_server",
        ending.task_dies,
        "the rule <name>_task_stopped (enabled? FailedInvocations?), its role, the stop topic's policy and its "
        "dead-letter queue",
        needs=("list update",),
        after=("sweeper",),
    ),
    Check(
        "sweeper",
        "a sweep finishes, finds the live sessions and reports no fault",
        watching.sweeper,
        "docs/alarms.md, Alarm: sweep faults",
        after=("start",),
    ),
    Check(
        "metrics",
        "CloudWatch counts what the functions log",
        watching.metrics,
        "the namespace HippoGym; the functions' log format",
        needs=("start",),
        after=("sweeper",),
    ),
    Check(
        "alarms",
        "every alarm exists, is enabled and has an action",
        watching.alarms,
        "make plan shows manual changes",
    ),
    Check(
        "alarm mail",
        "alarms reach a person",
        watching.alarm_mail,
        "the mailboxes of alarm_emails, for AWS's message to confirm; or subscribe to the output alarm_topic_arn",
    ),
)
"""The checks that run before the removal of the study."""

AFTERWARDS: Final = (
    Check(
        "nothing left behind",
        "no resource or object of the study and its sessions is left",
        afterwards.nothing_left,
        "the commands named here; docs/operate.md, Something seems to be left running",
    ),
    Check(
        "logs",
        "no function has logged an error during the verification",
        watching.logs,
        "docs/alarms.md, Alarm: function errors. These logs include other participants' requests",
    ),
    Check(
        "cost",
        "the cost of the verification",
        afterwards.costs,
        "the price table of this checkout, which has no prices for this Region",
    ),
)
"""The checks that run after the removal of the study, one after the other."""
