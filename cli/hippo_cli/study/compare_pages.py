"""The pages of the `compare` steps of config.yml: pairs of clips of which participants say which is better.

The master list does not hold these steps. Each has a page that this module writes, and that `hippo`
previews and uploads as it does with other pages (`hippo_gym.studies.comparisons`).

with_pages   the steps with the names of these pages
pages        their content
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from jsonschema import Draft202012Validator

from hippo_gym.runtime import schemas
from hippo_gym.studies import comparisons
from hippo_gym.studies.comparisons import EQUAL, LEFT, RIGHT, UNSURE, Comparison, Pair
from hippo_gym.studies.projects import FINAL_STEP
from hippo_gym.studies.wording import ENGLISH

COMPARE: Final = "compare"
"""The value of such a step, and the key that describes the comparisons."""

_TEXTS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "en": ("Left", "Both are equal", "I cannot tell", "Right"),
    "de": ("Links", "Beide gleich", "Ich kann es nicht sagen", "Rechts"),
    "fr": ("Gauche", "Les deux se valent", "Je ne sais pas", "Droite"),
    "es": ("Izquierda", "Las dos por igual", "No lo sé", "Derecha"),
    "ar": ("اليسار", "متساويان", "لا أستطيع الحكم", "اليمين"),
    "zh": ("左边", "两者一样", "无法判断", "右边"),
}
"""Language → texts of the choices, in the order of the page, for studies that give none."""


def with_pages(steps: Any) -> Any:
    """Return the steps of a project with the name of its page for each step that is `compare`."""
    if not isinstance(steps, Mapping):
        return steps
    return {step: page_name(step) if _is_compare(step, file) else file for step, file in steps.items()}


def page_name(step: Any) -> str:
    """Return the name of the page of a `compare` step."""
    return f"{step}_{COMPARE}.html"


def steps_of(project: Mapping[str, Any]) -> list[str]:
    """Return the numbers of the `compare` steps of a project, in the order of participants."""
    steps = project.get("steps")
    found = [str(step) for step, file in steps.items() if _is_compare(step, file)] if isinstance(steps, Mapping) else []
    return sorted(found, key=lambda step: (len(step), step))


def pages(project: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the pages of a project's `compare` steps by their names; none if its `compare` part has a fault."""
    found, steps = project.get(COMPARE), steps_of(project)
    if not steps or not isinstance(found, Mapping) or _is_wrong(found):
        return {}
    pairs = [pair for _, pair in pairs_of(found)]
    most = min(found.get("judge") or len(pairs), len(pairs))
    answers = answers_of(found, project.get("language"))
    return {
        page_name(step): comparisons.page(
            Comparison(found["question"], pairs, most, answers, part, len(steps))
        ).encode()
        for part, step in enumerate(steps)
    }


def _is_compare(step: Any, file: Any) -> bool:
    return bool(file == COMPARE and step != FINAL_STEP)


def _is_wrong(found: Mapping[str, Any]) -> bool:
    return ("clips" in found) == ("pairs" in found) or not validator().is_valid(found)


def pairs_of(found: Mapping[str, Any]) -> list[tuple[str, Pair]]:
    """Return each pair of a valid `compare` part, with its path below it."""
    if "pairs" in found:
        return [(f"pairs[{index}]", (first, second)) for index, (first, second) in enumerate(found["pairs"])]
    numbered = itertools.combinations(enumerate(found["clips"]), 2)
    return [(f"clips[{index}]", (first, second)) for (_, first), (index, second) in numbered]


def answers_of(found: Mapping[str, Any], language: Any) -> dict[str, str]:
    """Return choice → text of a valid `compare` part, in the order of the page: left first, right last."""
    order = (LEFT, EQUAL, UNSURE, RIGHT)
    texts = dict(zip(order, _TEXTS.get(str(language or ENGLISH).partition("-")[0], _TEXTS[ENGLISH]), strict=True))
    given = found.get("answers") or order
    named = dict(given) if isinstance(given, Mapping) else {choice: texts[choice] for choice in given}
    return dict(sorted(named.items(), key=lambda each: (each[0] == RIGHT) - (each[0] == LEFT)))


@cache
def validator() -> Draft202012Validator:
    """Return the validator of the `compare` part."""
    schema = schemas.contents(schemas.PROJECT)
    definitions = {name: schema["$defs"][name] for name in ("clip", COMPARE)}
    text = _local({"$ref": f"#/$defs/{COMPARE}", "$defs": definitions})
    return Draft202012Validator(text)


def _local(schema: Any) -> Any:
    """Return a schema whose references name its own definitions, instead of those of the project's schema."""
    if isinstance(schema, Mapping):
        return {key: _local(value) for key, value in schema.items()}
    if isinstance(schema, list | tuple):
        return [_local(value) for value in schema]
    return schema.removeprefix("urn:hippo-gym:project") if isinstance(schema, str) else schema
