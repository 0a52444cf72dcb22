"""The `compare` steps of config.yml: their pages, and the faults that `hippo validate` finds."""

from __future__ import annotations

import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.study import Study, markup
from hippo_gym.studies import registration
from tests.unit.cli.study.studies import codes, judged, only, project

BEGINS = {
    "mp4": b"\0\0\0\x18ftypisom",
    "webm": b"\x1a\x45\xdf\xa3",
    "gif": b"GIF89a",
    "png": b"\x89PNG\r\n",
    "jpg": b"\xff\xd8\xff",
    "webp": b"RIFF\0\0\0\0WEBP",
    "avif": b"\0\0\0\x18ftypavif",
}


def content(name: str) -> bytes:
    return BEGINS[name.rpartition(".")[2].lower()] + name.encode()


CLIPS = {f"assets/{name}": content(name) for name in ("a.mp4", "b.webm", "c.gif", "d.PNG", "e.mp4")}
NAMES = list(CLIPS)
PAGES: dict[str, str | bytes] = {"1_consent.html": "<p>Hello</p>", "9_end.html": "<p>Thanks. You may exit now.</p>"}
STEPS: dict[Any, Any] = {1: "1_consent.html", 2: "compare", "finalStep": "9_end.html"}
SOUND: dict[str, Any] = {"question": "Which is better?", "clips": NAMES, "judge": 4}


def study_with(folder: Path, compare: Any, steps: dict[Any, Any] | None = None, **more: Any) -> Study:
    changes = {} if compare is ... else {"compare": compare}
    events = {"startServerStep": None, "stopServerStep": None}
    config = project(steps=steps or STEPS, events=events, maxRuntime=..., awsSetup=..., **changes, **more)
    return judged(folder, config, {**PAGES, **CLIPS})


def test_a_compare_step_is_a_page_that_hippo_writes(tmp_path: Path) -> None:
    study = study_with(tmp_path, SOUND)
    assert study.findings == ()
    assert study.entry["steps"] == {"1": "1_consent.html", "2": "2_compare.html", "finalStep": "9_end.html"}
    assert "compare" not in study.entry
    assert "compare" not in study.project  # a deployment of an earlier release does not know the key
    assert list(study.pages) == ["1_consent.html", "2_compare.html", "9_end.html"]


def test_the_page_is_one_that_validate_finds_no_fault_in_and_every_client_can_answer(tmp_path: Path) -> None:
    study = study_with(tmp_path, {**SOUND, "judge": 10, "question": "Which --> is </p> <better>?"})
    page = markup.read(study.pages["2_compare.html"].decode(), "2_compare.html", study.assets)
    assert list(page.findings) == []
    names = [f"compare{number}{side}" for number in range(1, 11) for side in ("", ".left", ".right")]
    assert sorted(page.questions) == sorted(names)
    assert page.questions["compare1"].values == {"left", "equal", "unsure", "right"}
    assert page.questions["compare1.left"].values == {"assets/a.mp4"}


def test_several_compare_steps_share_the_pairs(tmp_path: Path) -> None:
    pages: dict[Any, Any] = dict.fromkeys(range(1, 10), "1_consent.html")
    steps = {**pages, 2: "compare", 10: "compare", "finalStep": "9_end.html"}
    study = study_with(tmp_path, {**SOUND, "judge": 5}, steps)
    assert study.findings == ()
    asked = [
        [name for name in markup.read(study.pages[file].decode(), file).questions if "." not in name]
        for file in ("2_compare.html", "10_compare.html")
    ]
    assert asked == [["compare1", "compare2"], ["compare3", "compare4", "compare5"]]


@pytest.mark.parametrize(
    ("language", "answers", "texts"),
    [
        (..., ..., ["Left", "Both are equal", "I cannot tell", "Right"]),
        ("de-AT", ["left", "right"], ["Links", "Rechts"]),
        ("it", ["right", "equal", "left"], ["Left", "Both are equal", "Right"]),
        ("it", {"left": "A < B", "right": "B", "unsure": "Boh"}, ["A &lt; B", "Boh", "B"]),
    ],
)
def test_the_choices_have_the_studys_language_or_its_own_texts(
    tmp_path: Path, language: Any, answers: Any, texts: list[str]
) -> None:
    compare = {**SOUND, "judge": 1} | ({} if answers is ... else {"answers": answers})
    study = study_with(tmp_path, compare, language=language)
    page = study.pages["2_compare.html"].decode()
    shown = [part.partition("</label>")[0] for part in page.split("required> ")[1:]]
    assert (shown, study.errors) == (texts, ())


@pytest.mark.parametrize(
    ("change", "code", "where", "fix"),
    [
        ({"clips": ["assets/a.mp4", "assets/x.mp4"]}, "compare-missing-clip", "clips[1]", "Write assets/"),
        ({"clips": ["assets/a.mp4", "assets/A.mp4"]}, "compare-missing-clip", "clips[1]", "Write assets/a.mp4."),
        ({"clips": ["assets/a.mp4", "assets/b.webm?x"]}, "compare-missing-clip", "clips[1]", "Write assets/b.webm,"),
        ({"clips": ["a.mp4", "assets/b.webm"]}, "not-allowed", "clips[0]", "Write assets/a.mp4"),
        ({"clips": ["http://x.example/a.mp4", "assets/b.webm"]}, "not-allowed", "clips[0]", ""),
        ({"clips": ["assets/a.mp4", "https://x.example/a.mov"]}, "compare-format", "clips[1]", "Save it as"),
        ({"clips": ["assets/a.mp4", "https://x.example/mp4"]}, "compare-format", "clips[1]", "Save it as"),
        ({"clips": ["assets/a.mp4"]}, "not-allowed", "clips", ""),
        ({"clips": ["assets/a.mp4", "assets/a.mp4"]}, "compare-same", "clips[1]", "Delete the one."),
        ({"clips": ..., "pairs": [["assets/a.mp4", "assets/a.mp4"]]}, "compare-same", "pairs[0]", "Name another"),
        (
            {"clips": ..., "pairs": [["assets/a.mp4", "assets/c.gif"], ["assets/c.gif", "assets/a.mp4"]], "judge": 1},
            "compare-twice",
            "pairs[1]",
            "Delete it.",
        ),
        ({"clips": ..., "pairs": [["assets/a.mp4"]]}, "not-allowed", "pairs[0]", ""),
        ({"clips": ...}, "not-allowed", "", "Add `clips:`"),
        ({"pairs": [["assets/a.mp4", "assets/b.webm"]]}, "not-allowed", "", "Keep one."),
        ({"judge": 11}, "compare-number", "judge", "Write `judge: 10`"),
        ({"judge": 0}, "not-allowed", "judge", ""),
        ({"question": ...}, "not-allowed", "question", "Add `question:"),
        ({"question": ""}, "not-allowed", "question", ""),
        ({"questoin": "x"}, "unknown-key", "questoin", "Rename it to `question`."),
        ({"answers": ["left", "equal"]}, "compare-answers", "answers", "Add what is missing."),
        ({"answers": {"left": "A", "right": "A"}}, "compare-answers", "answers", "Give each choice"),
        ({"answers": ["left", "right", "both"]}, "not-allowed", "answers", ""),
    ],
)
def test_a_fault_names_its_line_and_the_fix(
    tmp_path: Path, change: dict[str, Any], code: str, where: str, fix: str
) -> None:
    compare = {key: value for key, value in {**SOUND, "judge": 1, **change}.items() if value is not ...}
    study = study_with(tmp_path, compare)
    found = only(study, code)
    assert found.where == f"project.compare.{where}".rstrip(".")
    assert (found.file, found.line > 1, found.fix.startswith(fix), study.is_valid) == ("config.yml", True, True, False)
    assert codes(study) == [code]


def test_two_names_of_one_content_are_no_pair(tmp_path: Path) -> None:
    config = {"question": "Q?", "clips": ["assets/a.mp4", "assets/copy.mp4"]}
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "copy.mp4").write_bytes(CLIPS["assets/a.mp4"])
    assert "same content" in only(study_with(tmp_path, config), "compare-same").what


def test_a_step_without_comparisons_and_comparisons_without_a_step_are_found(tmp_path: Path) -> None:
    found = only(study_with(tmp_path / "one", ...), "compare-missing")
    assert (found.where, found.fix.startswith("Add `compare:")) == ("project.steps.2", True)
    other = study_with(tmp_path / "two", SOUND, {1: "1_consent.html", "finalStep": "9_end.html"})
    assert (codes(other), other.is_valid) == (["no-compare"], True)


def test_more_steps_than_pairs_and_a_page_of_the_same_name_are_errors(tmp_path: Path) -> None:
    steps = {1: "compare", 2: "compare", "finalStep": "9_end.html"}
    assert only(study_with(tmp_path, {**SOUND, "judge": 1}, steps), "compare-number").fix.startswith("Write `judge: 2`")
    (tmp_path / "2_compare.html").write_text("<p>Mine</p>")
    assert only(study_with(tmp_path, SOUND), "compare-page").where == "project.steps.2"


def test_many_pairs_on_one_page_are_a_warning(tmp_path: Path) -> None:
    clips = [f"https://lab.example.org/{number}.mp4" for number in range(15)]
    study = study_with(tmp_path / "few", {"question": "Q?", "clips": clips[:8]})
    assert ("28 pairs" in only(study, "compare-many").what, study.is_valid) == (True, True)
    study = study_with(tmp_path / "many", {"question": "Q?", "clips": clips})
    assert ("105 pairs" in only(study, "compare-many").what, study.is_valid) == (True, False)
    steps = {1: "compare", 2: "compare", 3: "compare", "finalStep": "9_end.html"}
    found = only(study_with(tmp_path / "steps", {"question": "Q?", "clips": clips[:2]}, steps), "compare-number")
    assert found.fix == "Delete a step, or add pairs."


def test_the_last_page_and_an_exit_cannot_be_a_comparison(tmp_path: Path) -> None:
    study = study_with(tmp_path, SOUND, {1: "1_consent.html", 2: "compare", "finalStep": "compare"})
    assert [finding.where for finding in study.errors] == ["project.steps.finalStep"]


def test_a_choice_can_be_an_exit(tmp_path: Path) -> None:
    leaving = {"unsure": {"step": 2, "field": "compare1", "values": ["unsure"], "page": "9_end.html"}}
    assert study_with(tmp_path, SOUND, exits=leaving).findings == ()


def test_a_script_that_sends_the_whole_mapping_is_told_that_hippo_makes_the_page() -> None:
    sent = project(steps=STEPS, compare=SOUND, ecsTask=None, bucket=None, events=None)
    (fault,) = registration.read_payload(sent).faults
    assert (fault.path, "of `hippo` also 'compare'" in fault.allowed) == ("steps.2", True)


@pytest.mark.parametrize("ending", BEGINS)
def test_a_clip_has_the_format_of_its_name(tmp_path: Path, ending: str) -> None:
    clips = ["assets/a.mp4", f"assets/x.{ending}"]
    for number, (body, expected) in enumerate([(content(f"x.{ending}"), []), (b"", [1]), (b"<html>" * 9, [1])]):
        folder = tmp_path / str(number)
        (folder / "assets").mkdir(parents=True)
        (folder / "assets" / f"x.{ending}").write_bytes(body)
        found = study_with(folder, {"question": "Q?", "clips": clips})
        assert [each.where for each in found.findings] == [f"project.compare.clips[{at}]" for at in expected]
        assert codes(found) == ["compare-format"] * len(expected)


@pytest.mark.parametrize(("codec", "is_played"), [("libx264", True), ("mpeg4", False), ("mjpeg", False)])
def test_a_video_with_a_codec_that_browsers_do_not_play_is_an_error(
    tmp_path: Path, codec: str, is_played: bool
) -> None:
    (tmp_path / "assets").mkdir()
    video = tmp_path / "assets" / "x.mp4"
    ffmpeg = import_module("imageio_ffmpeg").get_ffmpeg_exe()
    source = ["-f", "lavfi", "-i", "testsrc=size=32x32:rate=10:duration=0.3", "-pix_fmt", "yuvj420p"]
    subprocess.run([ffmpeg, "-loglevel", "error", *source, "-c:v", codec, str(video)], check=True)
    found = study_with(tmp_path, {"question": "Q?", "clips": ["assets/a.mp4", "assets/x.mp4"]})
    assert [each.code for each in found.findings] == ([] if is_played else ["compare-format"])
    assert all("libx264" in each.fix for each in found.findings)
