"""The texts of the pages, the parts that several share, and the register of their kinds."""

# ruff: noqa: RUF001 - the markup and the letters are those of other systems

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final


@dataclass(frozen=True)
class Text:
    """What a page asks, in one language."""

    lang: str
    right_to_left: bool
    title: str
    items: tuple[str, ...]
    scale: tuple[str, ...]
    agree: str


ENGLISH: Final = Text(
    "en",
    False,
    "Working with the agent",
    (
        "The agent was easy to teach.",
        "I knew what it would do next.",
        "I would play again.",
        "It needed my help & time.",
    ),
    ("Strongly disagree", "Disagree", "Neither", "Agree", "Strongly agree"),
    "I agree to take part.",
)
GERMAN: Final = Text(
    "de",
    False,
    "Einwilligung und Fragen",
    ("Ich fühlte mich sicher.", "Die Übung war zu lang.", "Größe & Tempo passten.", "Ich würde es „weiterempfehlen“."),
    ("trifft nicht zu", "teils/teils", "trifft zu"),
    "Ich willige ein.",
)
ARABIC: Final = Text(
    "ar",
    True,
    "استبيان قصير",
    ("كانت المهمة سهلة.", "فهمت التعليمات.", "أود المشاركة مرة أخرى."),
    ("لا", "ربما", "نعم"),
    "أوافق على المشاركة.",
)
FRENCH: Final = Text(
    "fr",
    False,
    "Charge de travail",
    ("Exigence mentale", "Exigence physique", "Exigence temporelle", "Performance", "Effort", "Frustration"),
    ("Très faible", "Très élevée"),
    "J’accepte de participer.",
)
JAPANESE: Final = Text(
    "ja",
    False,
    "参加の同意",
    ("説明を理解しました。", "いつでもやめられます。", "結果は匿名です。"),
    ("いいえ", "はい"),
    "参加に同意します。",
)
HEBREW: Final = Text(
    "he", True, "שאלון", ("המשימה הייתה ברורה.", "נהניתי מהמשחק."), ("לא", "אולי", "כן"), "אני מסכים להשתתף."
)

Kind = Callable[[Text], str]
KINDS: Final[dict[str, tuple[Kind, Sequence[Text]]]] = {}


def kind(*texts: Text) -> Callable[[Kind], Kind]:
    """Register a kind of page, written in these languages."""

    def added(function: Kind) -> Kind:
        KINDS[function.__name__] = (function, texts)
        return function

    return added


def page(text: Text, body: str, head: str = "") -> str:
    direction = ' dir="rtl"' if text.right_to_left else ""
    return (
        f'<!DOCTYPE html>\n<html lang="{text.lang}"{direction}>\n<head><meta charset="utf-8"><title>{text.title}'
        f"</title>{head}</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def radios(name: str, scale: Sequence[str], wrap: str = "<label>{box} {text}</label>\n") -> str:
    boxes = (f'<input type="radio" name="{name}" value="{number}">' for number in count(1))
    return "".join(wrap.format(box=box, text=text) for box, text in zip(boxes, scale, strict=False))
