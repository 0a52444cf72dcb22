"""From a `compare` step of config.yml to the table `preferences` of an export."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.data import exports
from hippo_cli.data.files import Format
from hippo_cli.rehearsal import forms
from hippo_cli.study import compare_pages
from hippo_common.errors import HippoError
from tests.unit.cli.data.field import STUDY, Field, csv_rows, json_lines
from tests.unit.cli.data.test_report import page_of

CLIPS = [f"assets/{name}.mp4" for name in ("bad", "good", "middling", "worst")]
BETTER = ["assets/good.mp4", "assets/middling.mp4", "assets/bad.mp4", "assets/worst.mp4"]
PROJECT: dict[str, Any] = {
    "steps": {"1": "1_hello.html", "2": "compare", "3": "compare", "finalStep": "4_end.html"},
    "compare": {"question": "Which is better?", "clips": CLIPS, "judge": 5},
}
Choose = Callable[[str, str], str]


def study(**changes: Any) -> Field:
    pages = {name: body.decode() for name, body in compare_pages.pages(PROJECT).items()}
    steps = compare_pages.with_pages(PROJECT["steps"])
    return Field(pages=pages, steps=steps, start=None, ecsTask=None, **changes)


def by_rank(left: str, right: str) -> str:
    return "left" if BETTER.index(left) < BETTER.index(right) else "right"


def judge(field: Field, user: str, choose: Choose = by_rank) -> list[dict[str, str]]:
    """Let a participant go through the study; return the answers to the two pages of comparisons."""
    field.get(user)
    shown = field.post(user)
    answers = []
    for _ in range(2):
        field.passes(seconds=30)
        questions = forms.read(shown["page"])
        hidden = {name: found.attributes["value"] for name, found in questions.items() if found.kind == "hidden"}
        form = dict(hidden)
        for number in sorted({name.partition(".")[0] for name in hidden}):
            form[number] = choose(hidden[f"{number}.left"], hidden[f"{number}.right"])
        answers.append(form)
        shown = field.post(user, form)
    assert "4_end" in shown["page"]
    return answers


def test_each_judged_pair_is_a_row_that_says_which_clip_stood_where(tmp_path: Path) -> None:
    field = study(conditions={"partner": ["novice", "expert"]})
    first, second = judge(field, "ada")
    done = field.export(tmp_path)
    rows = csv_rows(tmp_path / "preferences.csv")
    assert done.files["preferences.csv"] == len(rows) == 5
    assert [(row["step"], row["position"], row["pairs_on_page"]) for row in rows] == [
        ("2", "1", "2"),
        ("2", "2", "2"),
        ("3", "3", "3"),
        ("3", "4", "3"),
        ("3", "5", "3"),
    ]
    for row in rows:
        sent = {**first, **second}
        name = f"compare{row['position']}"
        assert (row["left"], row["right"]) == (sent[f"{name}.left"], sent[f"{name}.right"])
        assert (row["clip_a"], row["clip_b"]) == tuple(sorted((row["left"], row["right"])))
        assert row["choice"] == sent[name] == by_rank(row["left"], row["right"])
        assert row["preferred"] == row[row["choice"]]
        assert row["label"] == ("1.0" if row["preferred"] == row["clip_a"] else "0.0")
        assert (row["participant"], row["seconds"], row["accepted"]) == ("ada", "30.0", "true")
        assert row["condition_partner"] in ("novice", "expert")
    assert len({(row["clip_a"], row["clip_b"]) for row in rows}) == 5


def test_equal_unsure_and_missing_choices_prefer_no_clip(tmp_path: Path) -> None:
    field, choices = study(), iter(["equal", "unsure", "", "nonsense", "left"])
    judge(field, "ada", lambda left, right: next(choices))
    field.export(tmp_path, Format.JSONL)
    rows = json_lines(tmp_path / "preferences.jsonl")
    assert [row["choice"] for row in rows] == ["equal", "unsure", None, "nonsense", "left"]
    assert [row["label"] for row in rows[:4]] == [0.5, None, None, None]
    assert [row["preferred"] for row in rows[:4]] == [None] * 4
    assert rows[4]["preferred"] == rows[4]["left"]


def test_about_json_describes_the_table_and_parquet_has_its_types(tmp_path: Path) -> None:
    field = study()
    judge(field, "ada")
    field.export(tmp_path, Format.PARQUET)
    parquet: Any = import_module("pyarrow.parquet")
    schema = parquet.read_schema(tmp_path / "preferences.parquet")
    about = json.loads((tmp_path / "about.json").read_text())
    assert list(about["columns"]["preferences"]) == schema.names
    assert (str(schema.field("label").type), str(schema.field("position").type)) == ("double", "int64")


def test_a_late_answer_is_there_only_with_all_answers(tmp_path: Path) -> None:
    field = study()
    answers = judge(field, "ada")
    field.post("ada", answers[0], step="2")
    assert field.export(tmp_path / "usual").files["preferences.csv"] == 5
    assert field.export(tmp_path / "every", every=True).files["preferences.csv"] == 7


def test_a_study_without_comparisons_has_no_such_table(tmp_path: Path) -> None:
    field = Field(steps={"1": "a.html", "finalStep": "c.html"}, start=None, ecsTask=None)
    field.get()
    field.post(form={"compare1": "left", "comparex.left": "a", "compare2.left": "a", "compare3.right": "b"})
    assert list(field.export(tmp_path).files) == ["answers.csv", "participants.csv"]
    assert "preferences" not in json.loads((tmp_path / "about.json").read_text())["columns"]
    assert not (tmp_path / "preferences.csv").exists()


def test_a_participant_who_is_removed_is_gone_from_the_table(tmp_path: Path) -> None:
    field = study()
    for user in ("ada", "bob"):
        judge(field, user)
    field.export(tmp_path)
    found = exports.remove(tmp_path, STUDY, "ada")
    assert found.rows["preferences.csv"] == 5
    assert {row["participant"] for row in csv_rows(tmp_path / "preferences.csv")} == {"bob"}
    field.s3.delete_object(Bucket=field.bucket, Key=f"{STUDY}/Users/ada")
    field.s3.delete_object(Bucket=field.bucket, Key=f"{STUDY}/Users/bob")
    assert field.export(tmp_path).files["preferences.csv"] == 0
    assert csv_rows(tmp_path / "preferences.csv") == []


def test_a_table_of_that_name_from_elsewhere_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "preferences.csv").write_text("mine")
    with pytest.raises(HippoError, match="not from an export"):
        study().export(tmp_path)
    assert (tmp_path / "preferences.csv").read_text() == "mine"


def test_the_report_counts_how_often_each_clip_was_preferred(tmp_path: Path) -> None:
    field = study()
    for user in ("ada", "bob", "cleo", "test-1"):
        judge(field, user)
    page = page_of(field, tmp_path)
    rows = re.findall(r'<td class="name">(assets/[^<]+)</td>((?:<td class="n">[^<]*</td>)+)', page)
    cells = {clip: re.findall(r">([^<]+)<", text) for clip, text in rows}
    assert list(cells) == BETTER
    assert "15 pairs shown to 3 participants." in page
    assert sum(int(row[0]) for row in cells.values()) == 30
    assert [row[-1] for row in (cells[BETTER[0]], cells[BETTER[-1]])] == ["100%", "0%"]
    assert all(int(row[0]) == int(row[1]) + int(row[2]) for row in cells.values())


def test_a_report_without_comparisons_has_no_such_section(tmp_path: Path) -> None:
    field = Field(steps={"1": "a.html", "finalStep": "c.html"}, start=None, ecsTask=None)
    field.get()
    field.post()
    assert "Comparisons" not in page_of(field, tmp_path)


def test_the_guides_bradley_terry_model_finds_the_order_of_the_clips(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[4] / "docs" / "game-data.md").read_text(encoding="utf-8")
    (code,) = [found for found in re.findall(r"```python\n(.*?)```", guide, re.DOTALL) if "preferences.csv" in found]
    assert len([line for line in code.splitlines() if line]) <= 12
    field = study()
    for number in range(8):
        judge(field, f"worker-{number}")
    field.export(tmp_path)
    names: dict[str, Any] = {}
    exec(code.replace("my_study-export", str(tmp_path)), names)  # noqa: S102 - our own guide
    assert list(names["strength"].sort_values(ascending=False).index) == BETTER
