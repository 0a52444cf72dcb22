"""Which pairs of clips a participant judges, in which order, and which clip stands on the left."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_gym.studies.comparisons import CHOICES, Comparison, arranged, ending, page, shown_to
from hippo_gym.studies.projects import COMPARISON

CLIPS = [f"assets/{letter}.mp4" for letter in "abcdefgh"]
PAIRS = list(combinations(CLIPS, 2))
WORDS = {choice: choice.upper() for choice in CHOICES}
SOME = Comparison("Which is better?", PAIRS, 6, WORDS)
PEOPLE = [f"worker-{number}" for number in range(2000)]


def fields(text: str) -> dict[str, str]:
    """Return the hidden fields of a page."""
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)">', text))


def pairs_in(text: str) -> list[tuple[str, str]]:
    found = fields(text)
    numbers = sorted({int(name.removeprefix("compare").partition(".")[0]) for name in found})
    return [(found[f"compare{number}.left"], found[f"compare{number}.right"]) for number in numbers]


def test_a_participant_sees_their_own_pairs_each_time_they_come() -> None:
    stored = page(SOME)
    ada, bob = (shown_to(stored, "study", user) for user in ("ada", "bob"))
    assert pairs_in(ada) == arranged(SOME, "study", "ada")
    assert len({frozenset(pair) for pair in pairs_in(ada)}) == SOME.judge
    assert ada == shown_to(stored, "study", "ADA") != bob
    assert ada != shown_to(stored, "other", "ada")


def test_the_page_of_a_participant_names_no_clip_of_other_pairs() -> None:
    shown = shown_to(page(replace(SOME, judge=1)), "study", "ada")
    assert set(re.findall(r"assets/\w+\.mp4", shown)) == set(arranged(SOME, "study", "ada")[0])
    assert "<!--" not in shown


def test_pairs_and_sides_are_drawn_evenly() -> None:
    one = replace(SOME, judge=1)
    drawn = Counter(arranged(one, "study", user)[0] for user in PEOPLE)
    expected = len(PEOPLE) / len(PAIRS)
    spread = 5 * expected**0.5
    per_pair = Counter(frozenset(pair) for user in PEOPLE for pair in arranged(one, "study", user))
    assert len(per_pair) == len(PAIRS)
    assert all(abs(number - expected) < spread for number in per_pair.values())
    left_first = sum(number for pair, number in drawn.items() if pair == tuple(sorted(pair)))
    assert abs(left_first - len(PEOPLE) / 2) < 5 * (len(PEOPLE) / 4) ** 0.5


@given(st.sampled_from(PEOPLE), st.integers(0, len(PAIRS) - 1))
def test_another_pair_in_the_study_changes_neither_order_nor_sides_of_the_others(user: str, gone: int) -> None:
    every = replace(SOME, judge=len(PAIRS))
    fewer = replace(every, pairs=[pair for index, pair in enumerate(PAIRS) if index != gone], judge=len(PAIRS) - 1)
    kept = [pair for pair in arranged(every, "study", user) if frozenset(pair) != frozenset(PAIRS[gone])]
    assert arranged(fewer, "study", user) == kept


def test_how_config_yml_writes_the_pairs_does_not_matter() -> None:
    turned = replace(SOME, pairs=[(second, first) for first, second in reversed(PAIRS)])
    assert arranged(turned, "study", "ada") == arranged(SOME, "study", "ada")


@pytest.mark.parametrize(("judge", "parts"), [(6, 1), (6, 2), (6, 6), (7, 3), (28, 5)])
def test_steps_share_the_pairs_of_a_participant(judge: int, parts: int) -> None:
    steps = [replace(SOME, judge=judge, part=part, parts=parts) for part in range(parts)]
    shown = [pairs_in(shown_to(page(step), "study", "ada")) for step in steps]
    assert [pair for pairs in shown for pair in pairs] == arranged(steps[0], "study", "ada")
    assert max(map(len, shown)) - min(map(len, shown)) <= 1


def test_a_release_that_does_not_know_the_comment_shows_pairs_with_the_same_fields() -> None:
    stored = page(SOME)
    plain = re.sub(r"<!--.*?-->", "", stored)
    assert pairs_in(plain) == PAIRS[: SOME.judge]
    assert fields(plain).keys() == fields(shown_to(stored, "study", "ada")).keys()


@pytest.mark.parametrize("text", ["-->", "--!>", "<!--", "</p> & \" ' <b>", "\u2028 \\u003e", "🎮"])
def test_any_text_can_be_a_question_and_a_choice(text: str) -> None:
    asked = Comparison(text, [("assets/a.gif", "assets/b.png")], 1, {"left": text, "right": "R"})
    shown = shown_to(page(asked), "study", "ada")
    escaped = html.escape(text)
    assert f"<legend>{escaped}</legend>" in shown
    assert f"required> {escaped}</label>" in shown
    assert page(asked).count("-->") == 1


@pytest.mark.parametrize(
    "other",
    [
        "<p>A page</p>",
        f"{COMPARISON}never closed",
        f"{COMPARISON}[] -->",
        f"{COMPARISON}{{}} -->",
        f'{COMPARISON}{{"question":"?","clips":[],"pairs":[[0,1]],"judge":1,"answers":{{}}}} -->',
    ],
)
def test_any_other_page_stays_as_it_is(other: str) -> None:
    assert shown_to(other, "study", "ada") == other


def test_a_page_with_one_pair_plays_its_clips_and_one_with_many_does_not() -> None:
    one, many = (shown_to(page(replace(SOME, judge=judge)), "study", "ada") for judge in (1, 2))
    assert (one.count(" autoplay"), many.count(" autoplay")) == (2, 0)
    assert "<legend>Which is better?</legend>" in one
    assert "<legend>2. Which is better?</legend>" in many


@pytest.mark.parametrize(
    ("clip", "expected"),
    [("assets/a.MP4", "mp4"), ("https://x.example/a.webm?b=c.d#e", "webm"), ("assets/a.b/c", ""), ("a", "")],
)
def test_the_name_decides_what_a_clip_is(clip: str, expected: str) -> None:
    assert ending(clip) == expected
