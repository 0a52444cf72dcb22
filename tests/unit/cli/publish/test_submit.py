"""`hippo submit`: its output, and the deployment afterwards."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.publish import execution, submitting
from hippo_cli.study import read
from hippo_common.errors import HippoError
from hippo_gym.studies import versions
from tests.support.moto_deployment import BUCKET, PAGES, Folder, MotoDeployment

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def submitted(cloud: MotoDeployment, folder: Folder, docker: Path) -> MotoDeployment:
    """A deployment on which the study was submitted a minute ago."""
    cloud.submit(folder)
    cloud.clock.advance()
    cloud.calls.clear()
    return cloud


def submit(cloud: MotoDeployment, folder: Folder, *arguments: str) -> int:
    return cloud.hippo("submit", str(folder.path), *arguments)


# --- the first time ---


def test_a_first_submit_puts_the_study_into_the_list(cloud: MotoDeployment, folder: Folder, docker: Path) -> None:
    assert submit(cloud, folder, "--yes") == 0
    assert [entry["id"] for entry in cloud.entries()] == ["grid"]


def test_everything_that_the_list_names_exists(submitted: MotoDeployment) -> None:
    assert submitted.broken() == []


def test_pages_are_kept_under_the_version(submitted: MotoDeployment) -> None:
    assert submitted.pages(f"_versions/grid/{submitted.entry()['version']}") == PAGES


def test_pages_are_copied_to_the_projects_own_folder(submitted: MotoDeployment) -> None:
    assert submitted.pages("grid") == PAGES


def test_a_version_keeps_its_entry(submitted: MotoDeployment) -> None:
    listed = {key: value for key, value in submitted.entry().items() if key not in {"updatedAt", "groupsBy"}}
    kept = json.loads(submitted.text(versions.entry_key("grid", listed["version"])))
    assert {key: value for key, value in kept.items() if key != versions.DIGESTS} == listed


def test_pages_are_html_in_utf_8(submitted: MotoDeployment, s3: Any) -> None:
    assert s3.head_object(Bucket=BUCKET, Key="grid/1_consent.html")["ContentType"] == "text/html; charset=utf-8"


def test_the_container_is_pinned_to_its_revision(submitted: MotoDeployment) -> None:
    assert submitted.entry()["ecsTask"] == "grid:1"


def test_the_entry_names_who_wrote_it(submitted: MotoDeployment) -> None:
    assert submitted.entry()["updatedBy"] == "moto"


def test_the_task_definition_is_as_the_deployment_wants_it(submitted: MotoDeployment) -> None:
    found = submitted.aws("ecs").describe_task_definition(taskDefinition="grid:1", include=["TAGS"])
    definition, container = found["taskDefinition"], found["taskDefinition"]["containerDefinitions"][0]
    assert found["tags"] == [
        {"key": "hippo-gym:deployment", "value": "HIPPO_Gym"},
        {"key": "hippo-gym:project", "value": "grid"},
    ]
    assert (definition["cpu"], definition["memory"], definition["networkMode"]) == ("1024", "2048", "awsvpc")
    assert container["logConfiguration"]["options"] == {
        "awslogs-group": "/hippo/sessions",
        "awslogs-region": "ca-central-1",
        "awslogs-stream-prefix": "grid",
    }
    assert container["portMappings"][0]["containerPort"] == 5000


def test_the_repository_is_scanned_immutable_and_tagged(submitted: MotoDeployment) -> None:
    ecr = submitted.aws("ecr")
    found = ecr.describe_repositories(repositoryNames=["grid"])["repositories"][0]
    tags = ecr.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]
    assert (found["imageTagMutability"], found["imageScanningConfiguration"]) == ("IMMUTABLE", {"scanOnPush": True})
    assert tags == [{"Key": "hippo-gym:deployment", "Value": "HIPPO_Gym"}]


def test_a_study_without_a_server_needs_no_container(cloud: MotoDeployment, folder: Folder) -> None:
    steps = {1: "1_consent.html", "finalStep": "5_thanks.html"}
    folder.without_server().configure(steps=steps, events={"startServerStep": None, "stopServerStep": None})
    cloud.submit(folder)
    assert (cloud.entry()["ecsTask"], cloud.revisions(), cloud.broken()) == (None, [], [])


def test_pages_in_a_folder_keep_their_folder(cloud: MotoDeployment, folder: Folder, docker: Path) -> None:
    folder.page("StepFiles/Consent.html", "<p>In a folder</p>")
    steps = {1: "StepFiles/Consent.html", 2: "game", "finalStep": None}
    cloud.submit(folder.configure(steps=steps))
    assert cloud.pages("grid") == {"StepFiles/Consent.html": "<p>In a folder</p>"}
    assert cloud.broken() == []


def test_an_id_in_upper_case_gets_a_repository_in_lower_case(
    cloud: MotoDeployment, folder: Folder, docker: Path
) -> None:
    cloud.submit(folder.configure(id="Grid"))
    assert [found["repositoryName"] for found in cloud.aws("ecr").describe_repositories()["repositories"]] == ["grid"]


# --- again ---


def test_an_unchanged_study_changes_nothing(submitted: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    before = submitted.entry()
    assert submit(submitted, folder) == 0
    assert "Nothing to change" in capsys.readouterr().out
    assert submitted.entry() == before
    assert not {
        call for call in submitted.calls if call.partition(".")[2].startswith(("Put", "Invoke", "Register", "Create"))
    }


def test_an_unchanged_study_does_not_call_docker(submitted: MotoDeployment, folder: Folder) -> None:
    calls = len(submitted.docker())
    submit(submitted, folder, "--yes")
    assert len(submitted.docker()) == calls


def test_a_changed_page_makes_a_new_version_and_leaves_the_old_one(submitted: MotoDeployment, folder: Folder) -> None:
    before = submitted.entry()["version"]
    submitted.submit(folder.page("1_consent.html", "<p>Other words</p>"))
    assert submitted.pages(f"_versions/grid/{before}") == PAGES
    assert submitted.pages(f"_versions/grid/{submitted.entry()['version']}")["1_consent.html"] == "<p>Other words</p>"


def test_a_changed_page_keeps_the_container(submitted: MotoDeployment, folder: Folder) -> None:
    submitted.submit(folder.page("1_consent.html", "<p>Other words</p>"))
    assert (submitted.entry()["ecsTask"], submitted.revisions()) == ("grid:1", ["grid:1"])


def test_only_changed_pages_are_copied_to_the_projects_own_folder(
    submitted: MotoDeployment, folder: Folder, s3: Any
) -> None:
    submitted.submit(folder.page("1_consent.html", "<p>Other words</p>"))
    listed = s3.list_object_versions(Bucket=BUCKET, Prefix="grid/")["Versions"]
    assert [found["Key"] for found in listed if not found["IsLatest"]] == ["grid/1_consent.html"]


def test_a_removed_variant_is_deleted_from_the_projects_own_folder(submitted: MotoDeployment, folder: Folder) -> None:
    submitted.submit(folder.page("2_rules-1.html", None))
    assert "2_rules-1.html" not in submitted.pages("grid")


def test_data_of_participants_and_servers_is_not_changed(submitted: MotoDeployment, folder: Folder) -> None:
    submitted.put("grid/Users/ada.html", "theirs")
    submitted.put("grid/Trials/ada/1_consent.html", "theirs")
    submitted.put("grid/notes.html", "a researcher's own")
    submitted.submit(folder.page("4_survey.html", None).configure(steps={1: "1_consent.html", 2: "game"}))
    assert {"Users/ada.html", "Trials/ada/1_consent.html", "notes.html"} <= submitted.pages("grid").keys()


def test_a_changed_container_makes_a_new_revision(submitted: MotoDeployment, folder: Folder) -> None:
    submitted.submit(folder.page("server/game.py", "print(1)"))
    assert (submitted.entry()["ecsTask"], submitted.broken()) == ("grid:2", [])


def test_more_memory_makes_a_new_revision_of_the_same_image(submitted: MotoDeployment, folder: Folder) -> None:
    pushes = len(submitted.docker())
    submitted.submit(folder.configure(awsSetup={"cpu": 1, "memory": 4}))
    assert (submitted.entry()["ecsTask"], len(submitted.docker())) == ("grid:2", pushes)


def test_submitting_the_old_folder_restores_the_old_version(submitted: MotoDeployment, folder: Folder) -> None:
    first = submitted.entry()["version"]
    submitted.submit(folder.page("1_consent.html", "<p>Other words</p>"))
    assert submitted.submit(folder.page("1_consent.html", PAGES["1_consent.html"])) == first


def test_other_studies_are_not_changed(submitted: MotoDeployment, folder: Folder) -> None:
    before = submitted.entry()
    submitted.submit(folder.configure(id="other"))
    assert (submitted.entry(), submitted.broken()) == (before, [])


def test_a_server_larger_than_the_deployment_allows_is_refused_before_anything_is_built(
    cloud: MotoDeployment, folder: Folder, capsys: Capture
) -> None:
    assert submit(cloud, folder.configure(awsSetup={"cpu": 8, "memory": 32}), "--yes") == 1
    shown = " ".join(capsys.readouterr().err.split())
    assert "cpu is 8 vCPU; this deployment allows at most 4 (max_task_cpu)" in shown
    assert "memory is 32 GB; this deployment allows at most 30 (max_task_memory)" in shown
    assert cloud.docker() == []


# --- where the image comes from ---


def test_a_given_image_is_used_and_nothing_is_built(cloud: MotoDeployment, folder: Folder, docker: Path) -> None:
    cloud.submit(folder, image="public/game:3")
    found = cloud.aws("ecs").describe_task_definition(taskDefinition="grid")["taskDefinition"]
    assert (found["containerDefinitions"][0]["image"], cloud.docker()) == ("public/game:3", [])


def test_keep_image_uses_the_image_of_the_published_study(submitted: MotoDeployment, folder: Folder) -> None:
    calls = len(submitted.docker())
    submitted.submit(folder.page("server/game.py", "print(1)").page("1_consent.html", "new"), keep_image=True)
    assert (submitted.entry()["ecsTask"], len(submitted.docker())) == ("grid:1", calls)


def test_an_image_that_a_script_registered_is_kept_without_a_dockerfile(cloud: MotoDeployment, folder: Folder) -> None:
    cloud.register_task()
    cloud.submit(folder.without_server())
    found = cloud.aws("ecs").describe_task_definition(taskDefinition=cloud.entry()["ecsTask"])["taskDefinition"]
    assert found["containerDefinitions"][0]["image"] == "old/image:1"


def test_without_any_image_nothing_is_submitted(
    cloud: MotoDeployment, folder: Folder, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert submit(cloud, folder.without_server(), "--yes") == 1
    assert "--image URI" in capsys.readouterr().err
    assert cloud.keys() == []


def test_keep_image_without_an_image_is_an_error(cloud: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    assert submit(cloud, folder, "--yes", "--keep-image") == 1
    assert "no image" in capsys.readouterr().err


def test_a_missing_image_of_the_accounts_registry_is_an_error(cloud: MotoDeployment, folder: Folder) -> None:
    with pytest.raises(HippoError, match=r"The image .* does not exist"):
        cloud.submit(folder, image="123456789012.dkr.ecr.ca-central-1.amazonaws.com/grid:7")


def test_an_image_of_the_accounts_registry_can_be_named(submitted: MotoDeployment, folder: Folder) -> None:
    container = submitted.aws("ecs").describe_task_definition(taskDefinition="grid:1")["taskDefinition"]
    image = container["containerDefinitions"][0]["image"]
    submitted.submit(folder, image=image)
    found = submitted.aws("ecs").describe_task_definition(taskDefinition="grid:2")["taskDefinition"]
    assert found["containerDefinitions"][0]["image"].startswith(f"{image.partition(':')[0]}@sha256:")


def test_an_image_that_may_move_gives_a_warning(submitted: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    submit(submitted, folder, "--image", "ghcr.io/lab/game:latest", "--dry-run")
    assert "may point to another image later" in capsys.readouterr().err


def test_a_repository_of_an_old_script_is_adopted(cloud: MotoDeployment, folder: Folder, docker: Path) -> None:
    cloud.aws("ecr").create_repository(repositoryName="grid")
    cloud.submit(folder)
    found = cloud.aws("ecr").describe_repositories()["repositories"][0]
    tags = cloud.aws("ecr").list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]
    assert tags == [{"Key": "hippo-gym:deployment", "Value": "HIPPO_Gym"}]
    assert cloud.broken() == []


def test_a_repository_of_another_deployment_is_not_changed(cloud: MotoDeployment, folder: Folder, docker: Path) -> None:
    tags = [{"Key": "hippo-gym:deployment", "Value": "Pilot"}]
    cloud.aws("ecr").create_repository(repositoryName="grid", tags=tags)
    with pytest.raises(HippoError, match="on the deployment Pilot"):
        cloud.submit(folder)


def test_a_task_definition_named_in_the_config_is_pinned_and_none_is_registered(
    cloud: MotoDeployment, folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADMITTED_TASK_FAMILIES", "by_hand")  # of update_project_master_list
    cloud.register_task("by_hand")
    cloud.submit(folder.without_server().configure(ecsTask="by_hand"))
    assert (cloud.entry()["ecsTask"], cloud.revisions()) == ("by_hand:1", [])


def test_a_task_definition_of_another_family_is_refused_with_the_setting_that_admits_it(
    cloud: MotoDeployment, folder: Folder
) -> None:
    cloud.register_task("by_hand")
    with pytest.raises(HippoError, match="admitted_task_families"):
        cloud.submit(folder.without_server().configure(ecsTask="by_hand"))


def test_a_missing_task_definition_named_in_the_config_is_an_error(cloud: MotoDeployment, folder: Folder) -> None:
    with pytest.raises(HippoError, match="not registered or not active"):
        cloud.submit(folder.without_server().configure(ecsTask="by_hand"))


def test_images_for_arm_are_built_for_arm(cloud: MotoDeployment, folder: Folder, docker: Path) -> None:
    cloud.aws("ecs").register_task_definition(
        family="grid",
        runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        containerDefinitions=[{"name": "grid", "image": "old", "memory": 512}],
    )
    cloud.submit(folder)
    build = next(call["arguments"] for call in cloud.docker() if call["arguments"][0] == "build")
    assert build[build.index("--platform") + 1] == "linux/arm64"


# --- asking, showing, refusing ---


def test_a_broken_study_is_not_submitted(cloud: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    assert submit(cloud, folder.page("1_consent.html", None), "--yes") == 1
    assert "nothing was submitted" in capsys.readouterr().err
    assert (cloud.keys(), cloud.calls) == ([], [])


def test_a_dry_run_changes_nothing(cloud: MotoDeployment, folder: Folder, docker: Path, capsys: Capture) -> None:
    assert submit(cloud, folder, "--dry-run") == 0
    assert "--dry-run" in capsys.readouterr().out
    assert (cloud.keys(), cloud.docker(), cloud.revisions()) == ([], [], [])


def test_without_a_terminal_yes_is_required(
    cloud: MotoDeployment, folder: Folder, docker: Path, capsys: Capture
) -> None:
    assert submit(cloud, folder) == 1
    assert "--yes" in capsys.readouterr().err
    assert cloud.keys() == []


def test_the_plan_is_shown_before_the_question(submitted: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    folder.page("1_consent.html", "longer words").page("2_rules-1.html", None).configure(name="Another name")
    submit(submitted, folder.page("4_survey-1.html", "<p>Other</p>"))
    shown = capsys.readouterr().out
    for line in ("~ name: A study → Another name", "~ 1_consent.html", "- 2_rules-1.html", "+ 4_survey-1.html"):
        assert line in shown


def test_settings_of_the_container_are_shown_in_config_s_units(
    submitted: MotoDeployment, folder: Folder, capsys: Capture
) -> None:
    submit(submitted, folder.configure(awsSetup={"cpu": 2, "memory": 4}), "--dry-run")
    shown = capsys.readouterr().out
    assert "cpu: 1 vCPU → 2 vCPU" in shown
    assert "memory: 2 GB → 4 GB" in shown


def test_a_submit_that_opens_the_study_gives_a_warning(
    submitted: MotoDeployment, folder: Folder, capsys: Capture
) -> None:
    submitted.hippo("close", "grid")
    submit(submitted, folder, "--dry-run")
    assert "opens it to new participants again" in capsys.readouterr().err


def test_resources_of_another_deployment_give_a_warning(
    submitted: MotoDeployment, folder: Folder, capsys: Capture
) -> None:
    submit(submitted, folder.configure(awsSetup={"bucket": "elsewhere", "cpu": 1, "memory": 2}), "--dry-run")
    assert "awsSetup names bucket elsewhere (not projects.example)" in capsys.readouterr().err


def test_an_image_for_a_study_without_a_server_is_wrong_use(cloud: MotoDeployment, folder: Folder) -> None:
    folder.without_server().configure(steps={1: "1_consent.html", "finalStep": None}, events=...)
    assert submit(cloud, folder, "--image", "game:1", "--yes") == 2


def test_the_plan_as_json(submitted: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    submit(submitted, folder.page("1_consent.html", "new"), "--dry-run", "--json")
    plan = json.loads(capsys.readouterr().out)
    assert (plan["project"], plan["changes"], plan["pages"]["changed"]) == ("grid", True, ["1_consent.html"])


def test_the_result_of_a_submit_as_json(submitted: MotoDeployment, folder: Folder, capsys: Capture) -> None:
    submit(submitted, folder.page("1_consent.html", "new"), "--yes", "--json")
    published = json.loads(capsys.readouterr().out)["published"]
    assert published == {"version": submitted.entry()["version"], "taskDefinition": "grid:1"}


def test_json_without_yes_is_wrong_use(submitted: MotoDeployment, folder: Folder) -> None:
    assert submit(submitted, folder, "--json") == 2


def test_image_and_keep_image_exclude_each_other(submitted: MotoDeployment, folder: Folder) -> None:
    assert submit(submitted, folder, "--image", "game", "--keep-image") == 2


# --- others at the same time ---


def test_the_slower_of_two_submits_is_refused_and_changes_nothing(
    submitted: MotoDeployment, folder: Folder, tmp_path: Path
) -> None:
    mine = Folder(tmp_path / "mine").write(name="Mine").page("1_consent.html", "mine")
    target = submitted.deployment()
    plan = submitting.prepare(target, read(mine.path))
    submitted.clock.advance()
    submitted.submit(folder.configure(name="Theirs"))
    with pytest.raises(HippoError, match="moto changed it"):
        execution.carry_out(target, plan, "moto")
    assert (submitted.entry()["name"], submitted.pages("grid")) == ("Theirs", PAGES)
