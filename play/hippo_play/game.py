"""What a researcher says about a game, checked at once: every fault with its fix."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, Literal

from . import feedback as judging
from . import keys
from .feedback import Binary, Scale

if TYPE_CHECKING:
    from .steps import Episode, State, Step

FASTEST: Final = 60
"""Highest number of frames per second: a small container cannot draw more."""

RECORDABLE: Final = ("observation", "info")
CONTROLS: Final = ("pause", "reset", "stop", "speed")


@dataclass(frozen=True)
class Problem:
    """What is wrong, and how to fix it."""

    problem: str
    fix: str

    def __str__(self) -> str:
        return f"{self.problem}: {self.fix}"


class GameError(ValueError):
    """The game cannot be played; `problems` names every fault with its fix."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Game:
    """A game: an environment, and how people play it.

    >>> game = Game("LunarLander-v3", fps=30, episodes=5)
    >>> game = Game("CartPole-v1", keys_to_action={"ArrowLeft": 0, "ArrowRight": 1}, feedback=Binary())

    Attributes:
        env: a function that makes the environment, with `render_mode="rgb_array"`; or the id of
            one of gymnasium's.
        env_args: keyword arguments of `gymnasium.make`, with an id.
        keys_to_action: a key, or a tuple of keys held together → action. A key has the browser's
            name (`KeyboardEvent.key`): `"ArrowLeft"`, `" "`, `"x"`. `{}`: people only watch. None:
            the environment's own keys.
        noop: the action while no key is held. `"last"`: the last action stands.
        labels: key → label of its button.
        gamepad: control of a gamepad → the key that it presses: `{"button0": " ", "axis0-": "ArrowLeft"}`.
            Controls that it does not name have a usual key (docs/games.md).
        pointer: `"x"` or `"y"`, the place in the picture that the participant clicks or touches → the
            part of a Box's action that it sets, from its lowest value (left, bottom) to its highest.
            It stands until the next click; a key wins over it.
        fps: frames per second at the start, each one step of the environment: 1 to 60.
            None: the environment's own.
        seed: `"participant"`: each participant has their own; `"same"`: all have the same; or a
            number. Episode n of the game is reset with seed + n - 1.
        wait_on_player: each press of a key makes one step. None: as the environment is made
            for.
        episodes: after these the game is over. None: 1, or without a limit if `seconds` is set.
        seconds: of play, without pauses, after which the game is over.
        feedback: how participants judge.
        policy: who acts while no key is held: a `Policy`, a function observation → action,
            `"random"`, the path of an `.onnx` file or of a `.zip` of Stable-Baselines3; or a
            mapping of a condition's values to these.
        instructions: lines above the game. None: the keys in words.
        display: returns the figures beside the game: label → value. None: episode and score.
        record: what each step's row has beside action, reward and flags: some of
            `"observation"` and `"info"`, or a function step → mapping. None: observations of at
            most 64 numbers; larger ones are rebuilt by replay.
        on_step: called with each step.
        on_episode: called with each episode that ended.
        controls: which of pause, reset, stop and speed participants have.
        start_each_episode: an episode begins when the participant presses Start; otherwise only
            the first one does.
        budget: number of steps and judgements that participants may contribute. None: any.
        name: of this block, if a study has several.
    """

    env: str | Callable[[], Any]
    env_args: Mapping[str, Any] | None = None
    keys_to_action: Mapping[Any, Any] | None = None
    noop: Any = None
    labels: Mapping[Any, str] | None = None
    pointer: Mapping[str, int] | None = None
    gamepad: Mapping[str, str] | None = None
    fps: int | None = None
    seed: Literal["participant", "same"] | int = "participant"
    wait_on_player: bool | None = None
    episodes: int | None = None
    seconds: float | None = None
    feedback: Binary | Scale | None = None
    policy: Any = None
    instructions: Sequence[str] | None = None
    display: Callable[[State], Mapping[str, Any]] | None = None
    record: Sequence[str] | Callable[[Step], Mapping[str, Any]] | None = None
    on_step: Callable[[Step], None] | None = None
    on_episode: Callable[[Episode], None] | None = None
    controls: Sequence[str] = CONTROLS
    start_each_episode: bool = True
    budget: int | None = None
    name: str = "game"

    def __post_init__(self) -> None:
        """Check everything that needs no environment.

        Raises:
            GameError: names every fault.
        """
        problems = [found for check in _CHECKS if (found := check(self)) is not None]
        if problems:
            raise GameError(*problems)

    @property
    def last_episode(self) -> int | None:
        """Number of the last episode; None: `seconds` ends the game."""
        return self.episodes or (None if self.seconds else 1)

    @property
    def pace(self) -> tuple[int, int, int]:
        """Least and most frames per second that participants may choose, and the step of a change."""
        return 1, FASTEST, 5


def _number(
    name: str, lowest: float, highest: float, fix: str, *, whole: bool = True
) -> Callable[[Game], Problem | None]:
    def check(game: Game) -> Problem | None:
        value = getattr(game, name)
        kinds = (int,) if whole else (int, float)
        if value is None or (not isinstance(value, bool) and isinstance(value, kinds) and lowest <= value <= highest):
            return None
        kind = "a whole number" if whole else "a number"
        return Problem(f"{name} must be {kind} from {lowest} to {highest}, not {value!r}", fix)

    return check


def _function(name: str, what: str) -> Callable[[Game], Problem | None]:
    def check(game: Game) -> Problem | None:
        value = getattr(game, name)
        if value is None or callable(value):
            return None
        return Problem(f"{name} must be a function, not {value!r}", f"write {name}={what}")

    return check


def _flag(name: str, *, optional: bool) -> Callable[[Game], Problem | None]:
    def check(game: Game) -> Problem | None:
        value = getattr(game, name)
        if isinstance(value, bool) or (optional and value is None):
            return None
        return Problem(f"{name} must be True or False, not {value!r}", f"write {name}=True or leave it out")

    return check


def _check_env(game: Game) -> Problem | None:
    fix = 'write the id of an environment, or lambda: gymnasium.make("CartPole-v1", render_mode="rgb_array")'
    made: Any = game.env
    if isinstance(made, str):
        return None if made else Problem("env is empty", fix)
    if not callable(made):
        return Problem(f"env must be an id or a function that makes the environment, not {made!r}", fix)
    if game.env_args:
        return Problem("env_args needs the id of an environment", "pass the arguments in the function itself")
    return None


def _check_env_args(game: Game) -> Problem | None:
    given: Any = game.env_args
    if given is None or (isinstance(given, Mapping) and all(isinstance(name, str) for name in given)):
        return None
    return Problem(f"env_args must be keyword arguments, not {given!r}", 'write {"map_name": "8x8"}, for example')


def _check_keys(game: Game) -> Problem | None:
    fix = 'write {"ArrowLeft": 0, "ArrowRight": 1}, with the browser\'s names of the keys (KeyboardEvent.key)'
    given: Any = game.keys_to_action
    labels: Any = game.labels
    if given is not None and not isinstance(given, Mapping):
        return Problem(f"keys_to_action must map keys to actions, not {given!r}", fix)
    if labels is not None and not (
        isinstance(labels, Mapping) and all(isinstance(word, str) for word in labels.values())
    ):
        return Problem(f"labels must map keys to texts, not {labels!r}", 'write {"ArrowLeft": "Push left"}')
    try:
        keys.bindings(given or {}, labels or {})
    except ValueError as error:
        return Problem(f"keys_to_action: {error}", fix)
    return None


def _check_gamepad(game: Game) -> Problem | None:
    given: Any = game.gamepad
    fix = 'write {"button0": " ", "axis0-": "ArrowLeft"}, with the browser\'s names of the keys'
    if given is not None and not isinstance(given, Mapping):
        return Problem(f"gamepad must map controls to keys, not {given!r}", fix)
    try:
        keys.gamepad(given or {})
    except ValueError as error:
        return Problem(f"gamepad: {error}", fix)
    return None


def _check_pointer(game: Game) -> Problem | None:
    given: Any = game.pointer
    if given is None:
        return None
    if isinstance(given, Mapping) and given and set(given) <= {"x", "y"}:
        parts = [part for part in given.values() if isinstance(part, int) and not isinstance(part, bool) and part >= 0]
        if len(parts) == len(given) == len(set(parts)):
            return None
    return Problem(
        f"pointer must map x and y to parts of the action, not {given!r}", 'write {"x": 0} or {"x": 0, "y": 1}'
    )


def _check_seed(game: Game) -> Problem | None:
    seed: Any = game.seed
    if seed in ("participant", "same") or (isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed < 2**31):
        return None
    return Problem(
        f"seed must be participant, same or a number from 0 to {2**31 - 1}, not {seed!r}", "write one of them"
    )


def _check_feedback(game: Game) -> Problem | None:
    given: Any = game.feedback
    if given is None or isinstance(given, Binary | Scale):
        return None
    return Problem(
        f"feedback must be Binary(), Scale(least, most, step) or None, not {given!r}",
        "write feedback=Binary() for Good and Bad, or feedback=Scale(-2, 2, 1) for a slider",
    )


def _check_texts(game: Game) -> Problem | None:
    lines: Any = game.instructions
    if lines is None or (
        isinstance(lines, Sequence) and not isinstance(lines, str) and all(isinstance(line, str) for line in lines)
    ):
        return None
    return Problem(f"instructions must be a list of lines, not {lines!r}", 'write ["Press Start.", "Reach the flag."]')


def _check_record(game: Game) -> Problem | None:
    what: Any = game.record
    if what is None or callable(what):
        return None
    if isinstance(what, Sequence) and not isinstance(what, str) and set(what) <= set(RECORDABLE):
        return None
    return Problem(f"record must list some of {', '.join(RECORDABLE)}, not {what!r}", "write record=['observation']")


def _check_controls(game: Game) -> Problem | None:
    given: Any = game.controls
    if not isinstance(given, str) and isinstance(given, Sequence) and set(given) <= set(CONTROLS):
        return None
    return Problem(f"controls must list some of {', '.join(CONTROLS)}, not {given!r}", "write controls=['pause']")


def _check_policy(game: Game) -> Problem | None:
    from .policies import check  # imports what a game does not need

    found = check(game.policy)
    return None if found is None else Problem(*found)


def _check_watching(game: Game) -> Problem | None:
    if game.keys_to_action == {} and game.pointer is None and game.wait_on_player:
        return Problem("wait_on_player waits without end where there are no keys", "give keys, or leave it out")
    return None


_CHECKS: Final = (
    _check_env,
    _check_env_args,
    _check_keys,
    _check_pointer,
    _check_gamepad,
    _number("fps", 1, FASTEST, "set the steps per second"),
    _check_seed,
    _flag("wait_on_player", optional=True),
    _number("episodes", 1, 100_000, "set how many episodes are played"),
    _number("seconds", 1, 86_400, "set the seconds of play", whole=False),
    _number("budget", 0, 10**9, "set how often the participant may help", whole=True),
    _check_feedback,
    _check_policy,
    _check_texts,
    _function("display", 'lambda state: {"Score": state.score}'),
    _check_record,
    _function("on_step", "a function that takes the Step"),
    _function("on_episode", "a function that takes the Episode"),
    _check_controls,
    _flag("start_each_episode", optional=False),
    _check_watching,
)

PARAMETERS: Final = tuple(field.name for field in fields(Game))

_FROM_CONFIG: Final = (*(name for name in PARAMETERS if name not in ("on_step", "on_episode")), "file")


def arguments(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return a game's parameters from a block of config.yml, without `file`.

    Raises:
        GameError: a key is unknown, or is given in a form that config.yml cannot hold.
    """
    problems = [
        Problem(f"game has no key {name!r}", f"use some of {', '.join(_FROM_CONFIG)}")
        for name in block
        if name not in _FROM_CONFIG
    ]
    found = {name: value for name, value in block.items() if name in PARAMETERS}
    try:
        found["feedback"] = judging.from_config(found["feedback"]) if "feedback" in found else None
    except (ValueError, TypeError) as error:
        problems.append(Problem(str(error), "write binary, or {scale: [-2, 2, 1]}"))
    if isinstance(found.get("instructions"), str):
        found["instructions"] = found["instructions"].strip().splitlines()
    if "display" in found and not callable(found["display"]):
        found["display"], problem = _display(found["display"])
        problems += [problem] if problem else []
    if problems:
        raise GameError(*problems)
    return {name: value for name, value in found.items() if value is not None}


def _display(names: Any) -> tuple[Any, Problem | None]:
    from .display import FIGURES, only

    if isinstance(names, Sequence) and not isinstance(names, str) and set(names) <= set(FIGURES):
        return only(names), None
    fix = "for other figures write display=... in a game.py"
    return None, Problem(f"display must list some of {', '.join(FIGURES)}, not {names!r}", fix)
