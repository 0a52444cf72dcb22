"""The mountain car study: registration, pages, and the README's code and tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import mountain_car_server
from hippo_cli.rehearsal import forms
from hippo_cli.study import Study, read
from hippo_gym.studies.projects import from_entry
from local.fargate.containers import image_command
from mountain_car_server import protocol
from mountain_car_server.agent import Agent, Source, Step
from mountain_car_server.game import Game, Rules
from mountain_car_server.mountain import Action, Mountain, Observation
from mountain_car_server.settings import Settings

FOLDER = Path(mountain_car_server.__file__).parents[2]
README = (FOLDER / "README.md").read_text(encoding="utf-8")


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
    assert asked[field].choices == ["yes", "no"]
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


def test_the_container_runs_the_program() -> None:
    assert image_command(FOLDER / "server") == ("python", "-m", "mountain_car_server")
    dockerfile = (FOLDER / "server" / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^FROM python:3\.\d+\.\d+-slim", dockerfile, re.MULTILINE)
    assert re.search(r"^USER participant$", dockerfile, re.MULTILINE)
    assert f"EXPOSE {Settings.from_environment({}).port}" in dockerfile


def test_the_instructions_name_every_control_that_the_game_shows(study: Study) -> None:
    words = {"left": "←", "right": "→", "fpsUp": "Faster", "fpsDown": "Slower"}
    for name in ("2_instructions.html", "2_instructions-1.html"):
        for control in protocol.CONTROLS:
            assert words.get(control, control.capitalize()) in study.pages[name].decode()


class Model:
    """A lab's model for the README's agent: it prefers one action."""

    def __init__(self) -> None:
        self.updates: list[tuple[Observation, Action, int]] = []

    def predict(self, observation: Observation, action: Action) -> float:
        return float(action is Action.LEFT)

    def update(self, observation: Observation, action: Action, value: int) -> None:
        self.updates.append((observation, action, value))


def test_the_readmes_agent_drives_and_learns() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names = {"Action": Action}
    exec(code, names)  # noqa: S102 - our own README
    model = Model()
    agent: Agent = names["Tamer"](model)  # type: ignore[assignment, arg-type]
    game = Game(Rules(), 7, Mountain(200), agent)
    game.start()
    before = game.observation
    game.advance()
    assert isinstance(game.last_step, Step)
    assert (game.last_step.action, game.last_step.source) == (Action.LEFT, Source.AGENT)
    game.judge(-1)
    assert model.updates == [(before, Action.LEFT, -1)]


def test_the_readme_names_every_variable_that_the_settings_read() -> None:
    source = (FOLDER / "server" / "mountain_car_server" / "settings.py").read_text(encoding="utf-8")
    for variable in set(re.findall(r'"([A-Z][A-Z_]+)"', source)):
        assert f"`{variable}`" in README, variable
