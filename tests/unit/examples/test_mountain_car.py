"""The mountain car study: registration, pages, and its game."""

from __future__ import annotations

import re
from typing import Any

import pytest

from hippo_cli.rehearsal import forms
from hippo_cli.study import Study, read
from hippo_gym.studies.projects import from_entry
from hippo_play.display import figures
from hippo_play.play import Play
from tests.unit.examples.playing import EXAMPLES, begin, block_of, played

FOLDER = EXAMPLES / "mountain_car"


@pytest.fixture(scope="module")
def study() -> Study:
    return read(FOLDER)


def test_the_study_has_no_faults_and_no_warnings(study: Study) -> None:
    assert study.findings == ()


def test_every_page_in_the_folder_belongs_to_the_study(study: Study) -> None:
    assert sorted(study.pages) == sorted(file.name for file in FOLDER.glob("*.html"))


def test_the_server_starts_one_step_before_the_game_and_stops_after_it(study: Study) -> None:
    project = from_entry(study.entry)
    (game,) = (number for number in project.steps if project.is_game(number))
    assert (project.start_step, project.stop_step) == (game - 1, game + 1)


@pytest.mark.parametrize(("outcome", "field"), [("refused", "consent"), ("tooYoung", "of_age")])
def test_the_answers_that_end_the_study_are_choices_of_the_consent_page(study: Study, outcome: str, field: str) -> None:
    asked = forms.read(study.pages["1_consent.html"].decode())
    assert set(asked[field].choices) == {"yes", "no"}
    taken = from_entry(study.entry).exit_at(1, {"consent": "yes", "of_age": "yes"} | {field: "no"})
    assert taken is not None
    assert taken.outcome == outcome


def test_every_outcome_has_its_own_code(study: Study) -> None:
    codes = from_entry(study.entry).completion.codes
    assert set(codes) == {"finished", "refused", "tooYoung", "serverFailed"}
    assert len(set(codes.values())) == len(codes)


def test_the_survey_has_every_common_kind_of_field(study: Study) -> None:
    kinds = {asked.kind for asked in forms.read(study.pages["5_survey.html"].decode()).values()}
    assert kinds >= {"radio", "range", "number", "select", "checkbox", "text", "textarea", "time"}


def test_every_field_has_a_label_and_every_choice_a_legend(study: Study) -> None:
    for name, page in study.pages.items():
        text = page.decode()
        labelled = set(re.findall(r'<label for="([^"]+)"', text))
        for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", text):
            wrapped = f"<label>{tag}" in text
            given = re.search(r'\bid="([^"]+)"', tag)
            assert 'type="hidden"' in tag or wrapped or (given and given[1] in labelled), f"{name}: {tag}"
        assert text.count("<fieldset>") == text.count("<legend>")


def controls() -> list[str]:
    """Return the controls that a page of any age is sent."""
    game = block_of("mountain_car").game
    nine = ["left", "right"]
    return [*nine, "start", "good", "bad", *(each for each in game.controls if each != "speed"), "fpsUp", "fpsDown"]


def test_the_instructions_name_every_control_that_the_game_shows(study: Study) -> None:
    words = {"left": "←", "right": "→", "fpsUp": "Faster", "fpsDown": "Slower"}
    for name in ("2_instructions.html", "2_instructions-1.html"):
        for control in controls():
            assert words.get(control, control.capitalize()) in study.pages[name].decode()


def shown(play: Play) -> dict[str, Any]:
    return figures(play.state(0, 20), play.game.display)


def test_the_display_shows_what_to_do_and_the_cars_position() -> None:
    play = begin("mountain_car")
    assert (shown(play)["Game"], shown(play)["Round"], shown(play)["Steps"]) == (
        "press Start to begin",
        "1 of 5",
        "0 of 200",
    )
    play.start(0)
    play.hold(["a"])
    for _ in range(20):
        play.advance(0)
    assert (shown(play)["Game"], shown(play)["Score"]) == ("running", -20)
    assert "rolling left" in shown(play)["Car"]
    play.pause(0)
    assert "paused" in shown(play)["Game"]


def test_a_good_driver_reaches_the_flag_in_every_round() -> None:
    play = begin("mountain_car")

    def push_as_it_rolls(play: Play, now: float) -> None:
        play.hold(["ArrowRight" if play.observation[1] >= 0 else "ArrowLeft"])

    finished = played(play, push_as_it_rolls)
    assert [event["terminated"] for event in finished] == [True] * 5
    assert shown(play)["Flags reached"] == 5
    assert shown(play)["Car"] == "at the flag"


def test_without_a_key_the_car_rolls() -> None:
    play = begin("mountain_car")
    play.start(0)
    (row,) = play.advance(0)
    assert (row["action"], row["source"]) == (1, "nobody")
