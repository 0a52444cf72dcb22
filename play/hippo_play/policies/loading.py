"""Makes a policy of what a researcher writes."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy

RANDOM: Final = "random"
_SUFFIXES: Final = (".onnx", ".py", ".zip")


class PolicyError(ValueError):
    """A policy cannot be loaded; `problem` and `fix` say why."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem}: {fix}")
        self.problem, self.fix = problem, fix


def check(given: Any) -> tuple[str, str] | None:
    """Return what is wrong with a game's `policy`, and the fix; None: nothing."""
    fix = "write a function observation -> action, an object with choose(observation, step), or a path"
    if given is None or callable(given) or callable(getattr(given, "choose", None)):
        return None
    if isinstance(given, Mapping):
        if not given:
            return "policy is an empty mapping", "write a policy for each value of a condition"
        nested = [value for value in given.values() if isinstance(value, Mapping)]
        if nested:
            return "policy has a mapping within a mapping", "write one policy for each value of one condition"
        return next((found for value in given.values() if (found := check(value)) is not None), None)
    if isinstance(given, str | Path):
        if str(given) == RANDOM or Path(given).suffix in _SUFFIXES:
            return None
        return (
            f"policy {str(given)!r} is no file of a known kind",
            f"write a path that ends with {', '.join(_SUFFIXES)}, or random",
        )
    return f"policy must be a policy, not {given!r}", fix


def load(given: Any, folder: Path, space: Any, conditions: Mapping[str, str]) -> tuple[Any, str]:
    """Return a policy, and its name for the record.

    Args:
        given: the game's `policy`.
        folder: that relative paths start from.
        space: the environment's action space.
        conditions: the participant's: name → value.

    Raises:
        PolicyError: it cannot be loaded.
    """
    if isinstance(given, Mapping):
        value = _value(given, conditions)
        policy, name = load(given[value], folder, space, conditions)
        return policy, f"{value}: {name}"
    if given is None:
        return None, "nobody"
    if isinstance(given, str | Path):
        if str(given) == RANDOM:
            return _Random(space), RANDOM
        return _file(folder / given, space), str(given)
    return given, getattr(given, "__name__", type(given).__name__)


def _value(given: Mapping[Any, Any], conditions: Mapping[str, str]) -> Any:
    """Return the key of the mapping that is the value of one of the participant's conditions."""
    by_text = {_text(key): key for key in given}
    found = {by_text[value] for value in conditions.values() if value in by_text}
    if len(found) == 1:
        return found.pop()
    values = ", ".join(by_text)
    if found:
        raise PolicyError(f"the values of policy ({values}) belong to two conditions", "use the values of one")
    shown = ", ".join(f"{name}={value}" for name, value in conditions.items()) or "none"
    raise PolicyError(
        f"no condition of this participant ({shown}) is one of the values of policy ({values})",
        "name them in `conditions` of config.yml; on your own machine set HIPPO_CONDITIONS, "
        f'such as {{"partner": "{next(iter(by_text))}"}}',
    )


def _text(key: Any) -> str:
    """Return a key as conditions have it: YAML reads on and off as true and false."""
    return {True: "on", False: "off"}[key] if isinstance(key, bool) else str(key)


class _Random:
    """Any action of the space; its own generator, so that the environment's draws are not disturbed."""

    def __init__(self, space: Any) -> None:
        self._space = space

    def choose(self, observation: Any, step: int) -> Any:
        """Choose at random."""
        return self._space.sample()


def _file(path: Path, space: Any) -> Any:
    if not path.is_file():
        raise PolicyError(f"policy {path} does not exist", "write the path of the file, from the folder of config.yml")
    return {".py": _module, ".onnx": _onnx, ".zip": _zip}[path.suffix](path, space)


def _module(path: Path, space: Any) -> Any:
    """Return `policy`, or else `choose`, of a Python file."""
    module = import_file(path)
    found = getattr(module, "policy", None)
    if found is None and callable(getattr(module, "choose", None)):
        found = module
    if found is None or isinstance(found, str | Path | Mapping) or check(found) is not None:
        raise PolicyError(f"{path} has no policy", "define choose(observation, step), or policy = …, in it")
    return found


def import_file(path: Path) -> Any:
    """Import a Python file by its path, under its own name; modules beside it can be imported."""
    import sys

    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise PolicyError(f"{path} cannot be imported", "write the path of a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    spec.loader.exec_module(module)
    return module


def _onnx(path: Path, space: Any) -> Callable[[Any], Any]:
    """Return an ONNX model.

    Its first input is a batch of observations, its first output a batch of actions, or of their
    values.
    """
    try:
        import onnxruntime
    except ModuleNotFoundError as error:
        raise PolicyError(f"{path} needs onnxruntime ({error})", "install it: pip install onnxruntime") from error
    try:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has many kinds of errors
        raise PolicyError(f"{path} is no ONNX model: {error}", "export it again") from error
    given = session.get_inputs()[0]
    kind = {"tensor(double)": numpy.float64, "tensor(int64)": numpy.int64}.get(given.type, numpy.float32)

    def choose(observation: Any) -> Any:
        batch = numpy.asarray(observation, dtype=kind)[numpy.newaxis]
        return _action(numpy.asarray(session.run(None, {given.name: batch})[0])[0], space)

    return choose


def _action(output: Any, space: Any) -> Any:
    """Return an action: an output with one value for each action of a Discrete space is their values."""
    if hasattr(space, "n") and hasattr(space, "start"):
        if numpy.size(output) == space.n and space.n > 1:
            return int(numpy.argmax(output)) + int(space.start)
        return int(numpy.reshape(output, -1)[0])
    if hasattr(space, "low"):
        return numpy.clip(numpy.reshape(output, space.shape), space.low, space.high)
    return output


def _zip(path: Path, space: Any) -> Callable[[Any], Any]:
    """Return a model of Stable-Baselines3, of any algorithm that fits the file."""
    try:
        import stable_baselines3
    except ModuleNotFoundError as error:
        raise PolicyError(f"{path} needs a package ({error})", "install it: pip install stable-baselines3") from error
    faults = []
    for name in ("PPO", "DQN", "A2C", "SAC", "TD3", "DDPG"):
        try:
            model = getattr(stable_baselines3, name).load(path, device="cpu")
        except Exception as error:  # noqa: BLE001 - each algorithm refuses others' files in a way of its own
            faults.append(f"{name}: {error}")
            continue

        def choose(observation: Any, model: Any = model) -> Any:
            return model.predict(observation, deterministic=True)[0]

        return choose
    raise PolicyError(f"{path} is no model of Stable-Baselines3 ({faults[0]})", "save it again with model.save(path)")
