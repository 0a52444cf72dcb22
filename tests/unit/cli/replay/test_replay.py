"""`hippo replay`: a game is played again, and the first value that differs is named."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import urllib.error
import urllib.request
from importlib import import_module
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hippo_cli.game.python import choose
from hippo_cli.main import run
from hippo_cli.replay import finding, playing
from hippo_cli.replay.serving import Server
from hippo_common.errors import HippoError
from hippo_play import filming, loading
from hippo_play.recording import replay
from tests.support.trial_events import faults_of
from tests.unit.cli.data.field import no_progress
from tests.unit.cli.replay.games import ONE, STUDY, TWO, change, lines, record, study


def replayed(folder: Path, place: Path, user: str, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, Any]:
    """Run the command with --json; return its status and what it printed."""
    status = run(["replay", str(place), user, "--records", str(folder), "--no-browser", "--json", *more])
    output = capsys.readouterr().out
    return status, json.loads(output) if output else None


def filmed(place: Path, kept: Path, folder: Path, **wanted: Any) -> dict[str, Any]:
    """Play a record again in this process, without pictures; return what replay.json holds."""
    blocks = loading.load(str(place / "config.yml"))
    return filming.film(replay.read(kept), blocks, folder, filming.Wanted(pictures=False, **wanted))


def differences(report: dict[str, Any]) -> list[Any]:
    return [each["difference"] for each in report["episodes"] if each["difference"]]


def is_step(number: int, episode: int = 1) -> Any:
    return lambda event: event["event"] == "step" and (event["episode"], event["step"]) == (episode, number)


@pytest.mark.parametrize("game", [ONE, TWO], ids=["one block", "two blocks"])
def test_a_record_is_the_same_again(tmp_path: Path, capsys: pytest.CaptureFixture[str], game: str) -> None:
    place = study(tmp_path, game)
    kept = record(place, tmp_path / "records")
    status, found = replayed(tmp_path / "records", place, "ada", capsys)
    events = [event for _, _, event in lines(kept)]
    assert [fault for event in events for fault in faults_of(event)] == []
    began = [event for event in events if event["event"] == "episode_started"]
    assert (status, found["same"], found["study"]) == (0, True, STUDY)
    assert [each["seed"] for each in found["episodes"]] == [event["seed"] for event in began]
    assert {each["attempt"] for each in found["episodes"]} == {1, 2}
    assert sum(each["steps"] for each in found["episodes"]) == sum(event["event"] == "step" for event in events)
    assert all(each["compared"] == each["steps"] + 1 for each in found["episodes"])


def test_the_steps_of_a_policy_are_made_again_without_it(tmp_path: Path) -> None:
    place = study(tmp_path)
    kept = record(place, tmp_path / "records", policy=lambda observation: int(observation[2] > 0))
    assert "policy" in {event.get("source") for _, _, event in lines(kept)}
    assert differences(filmed(place, kept, tmp_path)) == []


def test_the_first_observation_that_differs_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = study(tmp_path)
    kept = record(place, tmp_path / "records")
    was = next(event for _, _, event in lines(kept) if is_step(3, 2)(event))["next_observation"]
    change(kept, is_step(3, 2), next_observation=[*was[:2], 0.125, was[3]])
    status, found = replayed(tmp_path / "records", place, "ada", capsys)
    differs = [each for each in found["episodes"] if each["difference"]]
    assert (status, found["same"]) == (1, False)
    assert [each["episode"] for each in differs] == [2]
    assert differs[0]["difference"] == {"step": 3, "name": "next_observation[2]", "recorded": 0.125, "found": was[2]}
    run(["replay", str(place), "ada", "--records", str(tmp_path / "records"), "--no-browser"])
    words = capsys.readouterr().out
    assert f"differs at step 3: next_observation[2] is {was[2]}, and 0.125 in the record" in words
    status, found = replayed(tmp_path / "records", place, "ada", capsys, "--episode", "3")
    assert (status, [each["episode"] for each in found["episodes"]]) == (0, [3])


@pytest.mark.parametrize(
    ("name", "value"), [("reward", 7.5), ("terminated", True), ("truncated", True), ("observation", [9, 9, 9, 9])]
)
def test_rewards_and_ends_are_compared_too(tmp_path: Path, name: str, value: Any) -> None:
    place = study(tmp_path)
    kept = record(place, tmp_path / "records")
    change(kept, is_step(2), **{name: value})
    (differs,) = differences(filmed(place, kept, tmp_path))
    assert (differs["step"], differs["name"].partition("[")[0]) == (2, name)


def test_the_first_observation_of_an_episode_is_compared(tmp_path: Path) -> None:
    place = study(tmp_path)
    kept = record(place, tmp_path / "records")
    change(kept, lambda event: event["event"] == "episode_started", seed=12345)
    first, *others = filmed(place, kept, tmp_path)["episodes"]
    assert (first["difference"]["step"], [each["difference"] for each in others]) == (0, [None] * len(others))


def test_a_tolerance_takes_near_numbers_as_the_same(tmp_path: Path) -> None:
    place = study(tmp_path)
    kept = record(place, tmp_path / "records")
    was = next(event for _, _, event in lines(kept) if is_step(1)(event))["next_observation"]
    change(kept, is_step(1), next_observation=[was[0] + 1e-7, *was[1:]])
    found = [len(differences(filmed(place, kept, tmp_path, tolerance=each))) for each in (0.0, 1e-8, 1e-6)]
    assert found == [1, 1, 0]


def test_a_record_of_another_environment_differs_from_its_first_observation(tmp_path: Path) -> None:
    place = study(tmp_path)
    kept = record(place, tmp_path / "records")
    study(tmp_path, "{env: Pendulum-v1, episodes: 3}")
    first = filmed(place, kept, tmp_path)["episodes"][0]
    assert (first["difference"]["name"], first["difference"]["step"]) == ("observation", 0)


def test_a_step_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    place = study(tmp_path)
    kept = record(place, tmp_path / "records")
    change(kept, is_step(3), action=17)
    first, second = filmed(place, kept, tmp_path)["episodes"][:2]
    assert [each["fault"] is None for each in (first, second)].count(False) == 1
    (fault,) = [each["fault"] for each in (first, second) if each["fault"]]
    assert fault.startswith("step 3 could not be made: AssertionError")


def test_other_versions_of_packages_are_named(tmp_path: Path) -> None:
    place = study(tmp_path)
    kept = record(place, tmp_path / "records")
    change(kept, lambda event: event["event"] == "server_started", packages={"gymnasium": "0.1", "no-such": "2"})
    versions = filmed(place, kept, tmp_path)["versions"]
    assert (versions["gymnasium"][0], versions["no-such"]) == ("0.1", ["2", "none"])


def test_a_block_that_the_study_no_longer_has_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = study(tmp_path, TWO)
    record(place, tmp_path / "records")
    study(tmp_path, TWO.replace("name: test", "name: exam"))
    status, found = replayed(tmp_path / "records", place, "ada", capsys)
    faults = {each["block"]: each["fault"] for each in found["episodes"]}
    assert (status, faults["practice"]) == (1, None)
    assert faults["test"] == "the study has no block test; it has practice, exam"
    assert replayed(tmp_path / "records", place, "ada", capsys, "--block", "practice")[0] == 0


@pytest.mark.parametrize(
    ("change_it", "words"),
    [
        (lambda place: None, "has no record of bob"),
        (lambda place: place.joinpath("config.yml").unlink(), "is not in this folder"),
        (lambda place: study(place.parent, "{env: Nowhere-v1}"), "cannot be played again"),
    ],
)
def test_what_cannot_be_played_again_ends_with_2_and_the_fix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change_it: Any, words: str
) -> None:
    place = study(tmp_path)
    record(place, tmp_path / "records")
    change_it(place)
    user = "bob" if "bob" in words else "ada"
    assert run(["replay", str(place), user, "--records", str(tmp_path / "records"), "--no-browser"]) == 2
    assert words in " ".join(capsys.readouterr().err.split())


def test_an_older_hippo_play_is_named_with_the_line_that_upgrades_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    place = study(tmp_path)
    record(place, tmp_path / "records")
    old = "import argparse; argparse.ArgumentParser().parse_args()"
    monkeypatch.setattr(playing, "play_command", lambda python, config, *more: [str(python.path), "-c", old, *more])
    assert run(["replay", str(place), "ada", "--records", str(tmp_path / "records"), "--no-browser"]) == 2
    assert "too old" in capsys.readouterr().err


@pytest.mark.parametrize("records", ["export", "trials", "session"])
def test_the_record_is_found_in_an_export_and_in_hippo_plays_own_folder(tmp_path: Path, records: str) -> None:
    kept = record(study(tmp_path), tmp_path / "records")
    where = {"export": kept.parents[2], "trials": tmp_path / "records", "session": kept}[records]
    finding.from_folder(where, "ada", tmp_path / "found")
    assert replay.read(tmp_path / "found") == replay.read(kept)


def test_the_record_of_the_deployment_is_fetched_into_its_folder(tmp_path: Path) -> None:
    kept = record(study(tmp_path), tmp_path / "records")
    prefix = f"{STUDY}/Trials"
    stored = {f"{prefix}/ada/s1/{path.name}": path.read_bytes() for path in kept.iterdir()}
    outside = {f"{prefix}/ada/../escaped.jsonl": b'{"event": "none"}\n'}
    others = outside | {f"{prefix}/ada/progress.json": b"{}", f"{prefix}/adam/s2/x-00000.jsonl": b"{}\n"}
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="projects")
        for key, body in (stored | others).items():
            s3.put_object(Bucket="projects", Key=key, Body=body)
        finding.from_deployment(s3, "projects", STUDY, "Ada", tmp_path / "found", no_progress)
        with pytest.raises(HippoError, match="eve has no record of a game"):
            finding.from_deployment(s3, "projects", STUDY, "eve", tmp_path / "none", no_progress)
    assert not list(tmp_path.glob("escaped*"))
    assert (tmp_path / "found" / "%2E%2E" / "escaped.jsonl").is_file()
    assert replay.read(tmp_path / "found" / "s1") == replay.read(kept)


def test_the_record_of_the_preview_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = study(tmp_path)
    record(place, place / finding.OF_PREVIEW)
    assert run(["replay", str(place), "ada", "--preview", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["same"] is True


def test_an_id_names_the_study_of_this_folder_or_of_one_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = study(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert finding.study_of(STUDY, None).study.config == Path(STUDY) / "config.yml"
    (tmp_path / "a_broken_one").mkdir()
    (tmp_path / "a_broken_one" / "config.yml").write_text("a: [")
    assert finding.study_of(STUDY, None).project_id == STUDY
    monkeypatch.chdir(place)
    assert finding.study_of(STUDY, None).project_id == STUDY
    monkeypatch.chdir("/")
    with pytest.raises(HippoError, match="is not in this folder"):
        finding.study_of(STUDY, None)
    assert finding.study_of("other_id", place).project_id == "other_id"


def film(tmp_path: Path, place: Path, kept: Path) -> playing.Film:
    target = tmp_path / "film"
    target.mkdir()
    found = finding.study_of(str(place), None)
    return playing.play(found.study, choose(place), kept, target, [], lambda done, of: None)


def get(address: str, **headers: str) -> tuple[int, bytes]:
    request = urllib.request.Request(address, headers=headers)  # noqa: S310 - on this machine
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_the_server_has_pictures_keys_and_judgements_and_answers_this_machine_only(tmp_path: Path) -> None:
    place = study(tmp_path)
    kept = record(place, tmp_path / "records")
    with Server(film(tmp_path, place, kept), STUDY, "ada") as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        whole = json.loads(get(f"{server.address}replay.json")[1])
        pictures = [moment["picture"] for episode in whole["episodes"] for moment in episode["moments"]]
        shown = [get(f"{server.address}picture/{number}") for number in (pictures[0], pictures[-1])]
        missing = get(f"{server.address}picture/{max(pictures) + 1}")[0]
        others = [get(server.address, Host="evil.example")[0], get(server.address, Origin="https://evil.example")[0]]
        outside = get(f"{server.address}../serving.py")[0]
        pages = [get(f"{server.address}{name}")[0] for name in ("", "replay.js", "replay.css")]
        server.shutdown()
        thread.join()
    assert [status for status, _ in shown] == [200, 200]
    assert all(picture.startswith(b"\xff\xd8") for _, picture in shown)
    assert (missing, others, outside, pages) == (404, [403, 403], 404, [200, 200, 200])
    second = whole["episodes"][1]
    assert (second["verdict"].startswith("the same"), bool(second["keys"]), bool(second["feedback"])) == (True,) * 3
    assert {key["key"] for key in second["keys"]} <= {"←", "→"}
    judged = [event for _, _, event in lines(kept) if event["event"] == "feedback"]
    assert sum(len(episode["feedback"]) for episode in whole["episodes"]) == len(judged)
    assert all(0 <= key["from"] <= key["to"] for episode in whole["episodes"] for key in episode["keys"])


def test_a_video_has_the_length_of_the_game_and_its_keys_as_subtitles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = study(tmp_path)
    record(place, tmp_path / "records")
    video = tmp_path / "ada.mp4"
    words = ["replay", str(place), "ada", "--records", str(tmp_path / "records"), "--no-browser", "--video", str(video)]
    assert run([*words, "--episode", "2"]) == 0
    ffmpeg = import_module("imageio_ffmpeg")
    frames, seconds = ffmpeg.count_frames_and_secs(str(video))
    assert frames == round(seconds * 30)
    assert f"{seconds:.1f} seconds" in capsys.readouterr().out
    made = [ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(video), "-map", "0:s", "-f", "srt", "-"]
    subtitles = subprocess.run(made, capture_output=True, check=True).stdout.decode()
    assert "episode 2, step" in subtitles
    assert "→" in subtitles or "←" in subtitles
    assert list(tmp_path.glob(".*")) == []


def test_a_video_may_show_some_steps_of_an_episode(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = study(tmp_path)
    record(place, tmp_path / "records")
    words = ["replay", str(place), "ada", "--records", str(tmp_path / "records"), "--no-browser", "--episode", "2"]
    part = tmp_path / "part.mp4"
    assert run([*words, "--video", str(part), "--steps", "2-3"]) == 0
    ffmpeg = import_module("imageio_ffmpeg")
    made = [ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-i", str(part), "-map", "0:s", "-f", "srt", "-"]
    subtitles = subprocess.run(made, capture_output=True, check=True).stdout.decode()
    assert set(re.findall(r"step (\d+)", subtitles)) == {"2", "3"}
    capsys.readouterr()
    for wrong in ("3-2", "x", "900000-900001"):
        assert run([*words, "--video", str(tmp_path / "none.mp4"), "--steps", wrong]) == 2
        assert "--steps" in capsys.readouterr().err
    assert run([*words, "--steps", "2-3"]) == 2
    assert not (tmp_path / "none.mp4").exists()


def test_a_video_without_its_library_names_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("hippo_cli.replay.video.find_spec", lambda name: None)
    assert run(["replay", str(study(tmp_path)), "ada", "--video", "ada.mp4", "--no-browser"]) == 2
    assert "hippo-gym-aws[video]" in capsys.readouterr().err
    assert run(["replay", str(study(tmp_path)), "ada", "--video", "ada.avi", "--no-browser"]) == 2
