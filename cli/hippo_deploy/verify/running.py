"""Runs the checks, side by side where they do not disturb each other; then removes the study, whatever has happened.

A check that fails, is refused by AWS or breaks stops no other but those that need it.
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
    """What a verification found.

    Attributes:
        results: in the order of the plan.
        interrupted: it was ended by Ctrl-C, or by a fault of the command.
        left: what could not be removed, each with the command that removes it.
    """

    results: list[Result] = field(default_factory=list)
    seconds: float = 0.0
    interrupted: bool = False
    left: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether everything is proven that applies to the deployment."""
        fine = (Status.PROVEN, Status.NOT_APPLICABLE)
        return not self.interrupted and not self.left and all(result.status in fine for result in self.results)

    def count(self, status: Status) -> int:
        """Return how many results there are of a status."""
        return sum(result.status is status for result in self.results)


Tell = Callable[[str], None]


def run(
    world: World,
    tell: Tell = lambda _: None,
    checks: Sequence[Check] = CHECKS,
    afterwards: Sequence[Check] = AFTERWARDS,
) -> Report:
    """Verify a deployment. The study is removed before this returns, and before it raises.

    Args:
        world: the verification.
        tell: is given what happens, a line each.
        checks: that run while the study is there; those that are not among them are needed by none.
        afterwards: that run once it was removed.

    Raises:
        KeyboardInterrupt: it came while the study was being removed; `tell` was given what is left.
    """
    report = Report()
    by_name: dict[str, Result] = {}
    try:
        _side_by_side(world, checks, by_name, tell)
    except KeyboardInterrupt:
        report.interrupted = True
        tell("Interrupted: the study is removed first. Ctrl-C again leaves it there.")
    finally:
        report.results = [by_name[check.name] for check in checks if check.name in by_name]
        report.left = _removed(world, tell)
    if not report.interrupted:
        for check in afterwards:
            report.results.append(_looked_at(check, world))
            tell(_line(report.results[-1]))
    report.seconds = (world.clock.now() - world.began).total_seconds()
    return report


def _removed(world: World, tell: Tell) -> list[str]:
    """Remove the study; return what is left or could not be looked at, a line each."""
    try:
        wrong = removal.remove(world, tell)
    except KeyboardInterrupt:
        tell("Interrupted again. Still there, with the commands that remove it:")
        for line in removal.still_there(world):
            tell(f"  {line}")
        raise
    return [*wrong, *removal.still_there(world)] if wrong else []


def _side_by_side(world: World, checks: Sequence[Check], done: dict[str, Result], tell: Tell) -> None:
    """Run each check as soon as those before it have ended; interrupted, end those that run."""
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
                            check.name, Status.UNPROVEN, f"not looked at: it needs {missing[0]!r}", look=""
                        )
                    else:
                        running[threads.submit(_looked_at, check, world)] = check
                if not running:
                    continue
                # With a time limit, or else Ctrl-C is not noticed before a check ends.
                ended, _ = wait(running, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in ended:
                    check = running.pop(future)
                    done[check.name] = future.result()
                    tell(_line(done[check.name]))
        except BaseException:
            world.stop.set()
            raise


def _may_run(check: Check, known: set[str], done: dict[str, Result]) -> bool:
    return all(name in done for name in (*check.needs, *check.after) if name in known)


def _looked_at(check: Check, world: World) -> Result:
    """Run one check and put whatever comes of it into a result."""
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
        status, found, look = Status.UNPROVEN, "ended before it was through", ""
    except ClientError as error:
        if is_denied(error):
            action = permission(error)
            status, found = Status.UNPROVEN, f"you may not {action}, so it cannot be proven that {check.proves}"
            look = f"have {action} allowed to you, or have a person run this who has it (docs/deploy.md, Prove it)"
        else:
            found = in_words(error).message
    except BotoCoreError as error:
        status, found = Status.UNPROVEN, in_words(error).message
    except Exception as error:  # noqa: BLE001 - a fault in one check must not keep the others from being made
        found = f"the check itself broke: {type(error).__name__}: {error}"
    return Result(check.name, status, found, (world.clock.now() - began).total_seconds(), look)


def _line(result: Result) -> str:
    return f"{result.status.value}: {result.name}, {result.seconds:.0f} s"
