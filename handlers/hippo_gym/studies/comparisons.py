"""Pages that show pairs of clips and ask which is better: the steps `compare` of config.yml.

`hippo` writes the page of such a step. A comment at its beginning describes every pair of the
study; `shown_to` replaces the page by one with a participant's own pairs. What follows the comment
is a page with pairs that are the same for everyone: a release that does not know the comment shows
it, and its answers have the same fields.

A hash of the study's id, the participant's id and the two clips decides which pairs a participant
judges, in which order, and which clip stands on the left. The fields of an answer, for pair 3:

    compare3         the choice: left, right, equal or unsure
    compare3.left    the clip on the left
    compare3.right   the clip on the right
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hippo_gym.studies.assignment import rank
from hippo_gym.studies.projects import COMPARISON

LEFT: Final = "left"
RIGHT: Final = "right"
EQUAL: Final = "equal"
UNSURE: Final = "unsure"
CHOICES: Final = (LEFT, RIGHT, EQUAL, UNSURE)
"""The values of an answer."""

FIELD: Final = "compare"

VIDEOS: Final = ("mp4", "webm")
PICTURES: Final = ("avif", "gif", "jpeg", "jpg", "png", "webp")
"""Endings of the names of clips."""

_END: Final = " -->"
_STYLE: Final = (
    "<style>"
    ".hippo-compare{border:0;margin:0 0 2.5rem;padding:0;min-width:0}"
    ".hippo-compare legend{font-weight:600;margin-bottom:.6rem;padding:0}"
    ".hippo-clips{display:flex;gap:1rem;align-items:center}"
    ".hippo-clips>*{flex:1 1 0;min-width:0;width:50%;height:auto;object-fit:contain}"
    ".hippo-choices{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.4rem 1.2rem;margin-top:.6rem}"
    "</style>"
)

Pair = tuple[str, str]


@dataclass(frozen=True)
class Comparison:
    """The comparisons of a study, as one of its steps shows them.

    Attributes:
        question: what participants are asked about each pair.
        pairs: the addresses of the two clips of each pair.
        judge: how many pairs each participant judges, in all steps together.
        answers: choice → its text, in the order in which the page shows them.
        part, parts: this is the step of this number, counted from 0, of so many.
    """

    question: str
    pairs: Sequence[Pair]
    judge: int
    answers: Mapping[str, str]
    part: int = 0
    parts: int = 1

    @property
    def places(self) -> range:
        """Return the places, counted from 0, of this step's pairs among those of a participant."""
        return range(self.part * self.judge // self.parts, (self.part + 1) * self.judge // self.parts)


def page(comparison: Comparison) -> str:
    """Return the page of a step, to be stored with the study's pages."""
    clips = sorted({clip for pair in comparison.pairs for clip in pair})
    number = {clip: index for index, clip in enumerate(clips)}
    stored = {
        "question": comparison.question,
        "clips": clips,
        "pairs": [[number[first], number[second]] for first, second in comparison.pairs],
        "judge": comparison.judge,
        "answers": dict(comparison.answers),
        "part": comparison.part,
        "parts": comparison.parts,
    }
    text = json.dumps(stored, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>-":  # a comment ends with them
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return f"{COMPARISON}{text}{_END}\n{_rendered(comparison, comparison.pairs)}"


def shown_to(stored: str, project_id: str, user_id: str) -> str:
    """Return the page that a participant sees instead of a stored page; any other page as it is.

    Args:
        stored: the stored page.
        project_id: the study's id.
        user_id: the participant's id, in any case.
    """
    comparison = _read(stored) if stored.startswith(COMPARISON) else None
    return stored if comparison is None else _rendered(comparison, arranged(comparison, project_id, user_id))


def arranged(comparison: Comparison, project_id: str, user_id: str) -> list[Pair]:
    """Return the pairs of a participant in their order, each as the left and the right clip.

    A pair that is added to a study, or taken out, does not change the order of the others, nor
    their sides.
    """

    def drawn(purpose: str, pair: Pair) -> int:
        return rank(project_id, user_id, "\n".join((FIELD, purpose, *sorted(pair))))

    order = sorted(comparison.pairs, key=lambda pair: (drawn("order", pair), pair))
    sides = [tuple(sorted(pair)) for pair in order[: comparison.judge]]
    return [(second, first) if drawn("side", (first, second)) % 2 else (first, second) for first, second in sides]


def is_video(clip: str) -> bool:
    """Return whether the address of a clip names a video."""
    return ending(clip) in VIDEOS


def ending(clip: str) -> str:
    """Return the ending of the name of a clip in lower case, without the dot; "" if it has none."""
    name = clip.partition("?")[0].partition("#")[0].rpartition("/")[2]
    return name.rpartition(".")[2].lower() if "." in name else ""


def _read(stored: str) -> Comparison | None:
    """Return what the comment of a page describes; None if `hippo` did not write it."""
    try:
        found = json.loads(stored[len(COMPARISON) : stored.index(_END)])
        clips = found["clips"]
        return Comparison(
            question=str(found["question"]),
            pairs=[(clips[first], clips[second]) for first, second in found["pairs"]],
            judge=int(found["judge"]),
            answers={str(choice): str(text) for choice, text in found["answers"].items()},
            part=int(found["part"]),
            parts=max(1, int(found["parts"])),
        )
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return None


def _rendered(comparison: Comparison, pairs: Sequence[Pair]) -> str:
    places = [place for place in comparison.places if place < len(pairs)]
    is_single = len(places) == 1
    shown = [_pair(comparison, place + 1, pairs[place], is_single=is_single) for place in places]
    return "\n".join([_STYLE, *shown]) + "\n"


def _pair(comparison: Comparison, number: int, pair: Pair, *, is_single: bool) -> str:
    left, right = pair
    name = f"{FIELD}{number}"
    question = html.escape(comparison.question)
    clips = "".join(
        _clip(clip, comparison.answers.get(side, side), plays=is_single)
        for side, clip in ((LEFT, left), (RIGHT, right))
    )
    choices = "".join(
        f'<label dir="auto"><input type="radio" name="{name}" value="{html.escape(choice)}" required> '
        f"{html.escape(text)}</label>"
        for choice, text in comparison.answers.items()
    )
    # Left stays on the left in languages that are written from right to left.
    return (
        f'<fieldset class="hippo-compare"><legend>{question if is_single else f"{number}. {question}"}</legend>'
        f'<div class="hippo-clips" dir="ltr">{clips}</div><div class="hippo-choices" dir="ltr">{choices}</div>'
        f'<input type="hidden" name="{name}.left" value="{html.escape(left)}">'
        f'<input type="hidden" name="{name}.right" value="{html.escape(right)}"></fieldset>'
    )


def _clip(clip: str, label: str, *, plays: bool) -> str:
    address, called = html.escape(clip), html.escape(label)
    if not is_video(clip):
        return f'<img src="{address}" alt="{called}">'
    plays_itself = " autoplay" if plays else ""
    return (
        f'<video src="{address}" aria-label="{called}" controls loop muted playsinline{plays_itself} '
        'preload="metadata"></video>'
    )
