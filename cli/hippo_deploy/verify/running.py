"""Runs the checks, independent ones in parallel; then removes the study after any outcome.

A check that fails, that AWS refuses or that breaks prevents only the checks that need it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from hippo_deploy.errors import in_words
from hippo_deploy.verify import removal
from hippo_deploy.verify.cloud import is_denied, permission
from hippo_deploy.verify.plan import AFTERWARDS, CHECKS, Check
from hippo_deploy.verify.results import Cancelled, Failed, NotApplicable, Result, Status, Unproven
from hippo_deploy.verify.world import World


@dataclass
class Report:
    """The outcome of a verification.

    Attributes:
        results: in the order of the plan.
        interrupted: Ctrl-C or a fault of the command ended it.
        left: what could not be removed, each with a command that removes it.
    """

    results: list[Result] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False
    left: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every check that applies to the deployment is proven."""
        fine = (Status.PROVEN, Status.NOT_APPLICABLE)
        return not self.interrupted and not self.left and all(result.status in fine for result in self.results)

    def count(self, status: Status) -> int:
        """Return the number of results with a status."""
        return sum(result.status is status for result in self.results)


Show = Callable[[str], None]


def run(
    world: World,
    show: Show = lambda _: None,
    checks: Sequence[Check] = CHECKS,
    afterwards: Sequence[Check] = AFTERWARDS,
) -> Report:
    """Verify a deployment. Removes the study before it returns or raises.

    Args:
        world: the verification.
        show: called with a line for each event.
        checks: run before the removal; a needed check that is not among them counts as passed.
        afterwards: run after the removal.

    Raises:
        KeyboardInterrupt: Ctrl-C interrupted the removal; `show` got a line for everything left.
    """
    report = Report()
    by_name: dict[str, Result] = {}
    try:
        _run_in_parallel(world, checks, by_name, show)
    except KeyboardInterrupt:
        report.interrupted = True
        show("Interrupted: the study is removed first. Ctrl-C again leaves it there.")
    finally:
        report.results = [by_name[check.name] for check in checks if check.name in by_name]
        report.left = _removed(world, show)
    if not report.interrupted:
        for check in afterwards:
            report.results.append(_result_of(check, world))
            show(_line(report.results[-1]))
    report.seconds = (world.clock.now() - world.began).total_seconds()
    return report


def _removed(world: World, show: Show) -> list[str]:
    """Remove the study; return a line for each failure, remaining thing and failed read."""
    try:
        wrong = removal.remove(world, show)
    except KeyboardInterrupt:
        show("Interrupted again. Still there, with the commands that remove it:")
        for line in removal.still_there(world):
            show(f"  {line}")
        raise
    return [*wrong, *removal.still_there(world)] if wrong else []


def _run_in_parallel(world: World, checks: Sequence[Check], done: dict[str, Result], show: Show) -> None:
    """Run each check as soon as those before it have ended; an interrupt stops the running ones."""
    known = {check.name for check in checks}
    waiting = list(checks)
    running: dict[Future[Result], Check] = {}
    with ThreadPoolExecutor(len(checks) or 1, thread_name_prefix="verify") as threads:
        try:
            while waiting or running:
                for check in [each for each in waiting if _may_run(each, known, done)]:
                    waiting.remove(check)
                    missing = [name for name in check.needs if name in done and done[name].status is not Status.PROVEN]
                    if missing:
                        done[check.name] = Result(
                            check.name, Status.UNPROVEN, f"not run: it needs {missing[0]!r}", look=""
                        )
                    else:
                        running[threads.submit(_result_of, check, world)] = check
                if not running:
                    continue
                # Without a timeout Python would handle Ctrl-C only when a check ends.
                ended, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in ended:
                    check = running.pop(future)
                    done[check.name] = future.result()
                    show(_line(done[check.name]))
        except BaseException:
            world.stop.set()
            raise


def _may_run(check: Check, known: set[str], done: dict[str, Result]) -> bool:
    return all(name in done for name in (*check.needs, *check.after) if name in known)


def _result_of(check: Check, world: World) -> Result:
    """Run one check; turn its value or error into a result."""
    began = world.clock.now()
    status, found, look = Status.FAILED, "", check.look
    try:
        status, found, look = Status.PROVEN, check.run(world), ""
    except Failed as error:
        found = str(error)
    except NotApplicable as error:
        status, found, look = Status.NOT_APPLICABLE, str(error), ""
    except Unproven as error:
        status, found = Status.UNPROVEN, str(error)
    except Cancelled:
        status, found, look = Status.UNPROVEN, "the verification ended before this check", ""
    except ClientError as error:
        if is_denied(error):
            action = permission(error)
            status, found = Status.UNPROVEN, f"you may not {action}, so it cannot be proven that {check.proves}"
            look = f"get permission for {action}, or let a person with it run make verify (docs/verify.md)"
        else:
            found = in_words(error).message
    except BotoCoreError as error:
        status, found = Status.UNPROVEN, in_words(error).message
    except Exception as error:  # noqa: BLE001 - a fault in one check must not prevent the others
        found = f"the check itself broke: {type(error).__name__}: {error}"
    return Result(check.name, status, found, (world.clock.now() - began).total_seconds(), look)


def _line(result: Result) -> str:
    return f"{result.status.value}: {result.name}, {result.seconds:.0f} s"
