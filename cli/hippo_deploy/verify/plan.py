"""All checks, in the order in which they are shown: what each proves, what it needs, where to look when it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hippo_deploy.verify.checks import addresses, afterwards, ending, playing, watching
from hippo_deploy.verify.world import World


@dataclass(frozen=True)
class Check:
    """One check.

    Attributes:
        name: in a few words.
        proves: what is so if it passes.
        run: returns what it has seen; see `results` for what it raises.
        look: where to look when it fails.
        needs: checks that must have passed, by name: without them there is nothing to look at.
        after: checks that must have ended, by name: they would disturb each other.
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
        "the delegation of the zone (make preflight); the log of next_step; docs/operate.md, Alarm: API errors",
    ),
    Check(
        "TLS",
        "API and page have certificates that are valid for their names",
        addresses.tls,
        "the certificate in ACM; docs/deploy.md, Names of your own, and certificates",
    ),
    Check(
        "participant page",
        "the page is served and calls this API",
        addresses.website,
        "the CloudFront distribution and its bucket; make plan shows what differs",
    ),
    Check(
        "list update",
        "a study can be published, and is served",
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
        "the NS record of root_domain at its parent; make preflight looks at the delegation",
        needs=("start",),
    ),
    Check(
        "game connection",
        "a browser's WebSocket reaches this participant's own server",
        playing.connected,
        "security groups and network ACLs; the secret session_certificate_secret_arn; the container's log",
        needs=("start",),
    ),
    Check(
        "delayed stop",
        "the page after the game ends the server, after the study's stopDelay and not before",
        ending.delayed_stop,
        "the log of stop_server; the dead-letter queue of the stop topic",
        needs=("start",),
        after=("DNS", "game connection", "sweeper"),
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
        "a sweep comes to its end, sees the live sessions and meets no fault",
        watching.sweeper,
        "docs/operate.md, Alarm: sweep faults",
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
        "every alarm is there and has somewhere to go",
        watching.alarms,
        "make plan shows what was changed by hand",
    ),
    Check(
        "alarm mail",
        "alarms reach a person",
        watching.alarm_mail,
        "the mailbox: each of alarm_emails got a message to confirm; or subscribe to the output alarm_topic_arn",
    ),
)
"""They run while the study is there."""

AFTERWARDS: Final = (
    Check(
        "nothing left behind",
        "everything of the study and its sessions is gone",
        afterwards.nothing_left,
        "the commands named here; docs/operate.md, Something seems to be left running",
    ),
    Check(
        "logs",
        "no function has logged an error meanwhile",
        watching.logs,
        "docs/operate.md, Alarm: function errors. Participants who play meanwhile are in these logs, too",
    ),
    Check(
        "cost",
        "what the verification has cost",
        afterwards.costs,
        "the price table of this checkout, which has no prices for this Region",
    ),
)
"""They run once the study was removed, one after the other."""
