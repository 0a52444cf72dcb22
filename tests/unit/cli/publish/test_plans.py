"""Plans depend only on the intended and the current study."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hippo_cli.publish import plans
from hippo_cli.publish.build_context import BuildContext
from hippo_cli.publish.current import CurrentStudy
from hippo_cli.publish.intended import Intended, Server
from hippo_cli.publish.plans import Change, Plan
from hippo_cli.publish.registry import Repository
from hippo_cli.publish.stored_pages import StoredPage
from hippo_cli.publish.task_definitions import Revision, Revisions, with_image
from hippo_common.errors import HippoError
from hippo_gym.studies import versions
from tests.support.moto_world import entry

PAGES = {"1_consent.html": b"consent", "3_survey.html": b"survey", "4_thanks.html": b"thanks"}
SETTINGS: dict[str, Any] = {
    "family": "study",
    "cpu": "1024",
    "memory": "2048",
    "runtimePlatform": {"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
    "containerDefinitions": {"study": {"essential": True}},
}
CONTEXT = BuildContext(Path("server/Dockerfile"), "linux/amd64", 3, "context-1")
REPOSITORY = Repository("study", "registry/study", exists=True, has_image=True)
ENTRY = {**entry(), "ecsTask": None}
INTENDED = Intended(ENTRY, PAGES, Server(SETTINGS, "game:1"))


def revision(number: int = 1, image: str = "game:1", **changes: Any) -> Revision:
    return Revision("study", number, with_image({**SETTINGS, **changes}, image))


def published(intended: Intended = INTENDED, task: str = "study:1", **changes: Any) -> CurrentStudy:
    """Return the current study after the publication of an intended one."""
    listed = {**intended.entry, "ecsTask": task}
    version = versions.version_of(listed, intended.pages)
    listed |= {"version": version, "updatedAt": "2026-11-22T12:00:00+00:00", "updatedBy": "ada"}
    files = {file: StoredPage(len(content)) for file, content in intended.pages.items()}
    there = CurrentStudy(
        entry=listed,
        pages=intended.pages,
        own_pages=intended.pages,
        kept={version: {**files, "project.json": StoredPage(1)}},
        revisions=Revisions(revision(), revision()),
        repository=REPOSITORY,
    )
    return replace(there, **changes)


def with_pages(**pages: bytes | None) -> Intended:
    """Change pages, named without `.html`; None removes one."""
    changed = PAGES | {f"{name}.html": content for name, content in pages.items()}
    return replace(INTENDED, pages={file: content for file, content in changed.items() if content is not None})


def with_entry(**changes: Any) -> Intended:
    return replace(INTENDED, entry={**ENTRY, **changes})


def make(intended: Intended = INTENDED, **changes: Any) -> Plan:
    return plans.make(intended, published(**changes))


# --- nothing ---


def test_a_published_study_needs_no_action() -> None:
    assert make().is_empty


def test_a_published_study_keeps_its_version() -> None:
    assert make().version == published().version


# --- a new study ---


def test_a_new_study_is_registered_with_all_its_pages() -> None:
    plan = plans.make(INTENDED, CurrentStudy(repository=REPOSITORY))
    assert (plan.register, plan.keep, plan.keep_entry, plan.refresh) == (True, tuple(PAGES), True, tuple(PAGES))


def test_a_new_study_has_no_version_before_its_container_is_registered() -> None:
    assert plans.make(INTENDED, CurrentStudy()).version is None


def test_a_new_study_without_a_server_has_its_version_in_the_plan() -> None:
    plan = plans.make(replace(INTENDED, server=None), CurrentStudy())
    assert plan.version == versions.version_of(plan.entry, PAGES)


def test_without_any_image_the_plan_is_refused() -> None:
    with pytest.raises(HippoError, match="The study's server has no image"):
        plans.make(replace(INTENDED, server=Server(SETTINGS, None)), CurrentStudy())


# --- the entry ---


def test_a_changed_key_has_both_values() -> None:
    assert make(with_entry(name="Another")).entry_changes == (Change("name", "A study", "Another"),)


def test_a_changed_step_has_its_number() -> None:
    steps = {**ENTRY["steps"], "3": None}
    assert make(with_entry(steps=steps)).entry_changes == (Change("steps.3", "3_survey.html", None),)


def test_an_added_key_had_no_value_before() -> None:
    assert make(with_entry(maxSessions=3)).entry_changes == (Change("maxSessions", None, 3),)


def test_a_limit_of_servers_makes_no_new_version() -> None:
    plan = make(with_entry(maxSessions=3))
    assert (plan.version, plan.register, plan.keep) == (published().version, True, ())


def test_closing_makes_no_new_version() -> None:
    assert make(with_entry(live=False)).version == published().version


def test_another_name_makes_a_new_version() -> None:
    plan = make(with_entry(name="Another"))
    assert plan.version not in {None, published().version}


def test_stamps_are_no_change() -> None:
    listed = {**(published().entry or {}), "updatedBy": "bob", "updatedAt": "2027-01-01T00:00:00+00:00"}
    assert make(entry=listed).is_empty


def test_an_entry_that_a_script_wrote_gets_a_version() -> None:
    listed = {key: value for key, value in (published().entry or {}).items() if key != "version"}
    plan = make(entry=listed)
    assert (plan.register, plan.entry_changes, plan.version) == (True, (), published().version)


def test_a_key_that_the_old_system_left_out_is_no_change() -> None:
    listed = {key: value for key, value in (published().entry or {}).items() if key != "team_members"}
    assert make(entry=listed).entry_changes == ()


def test_a_broken_entry_can_be_replaced() -> None:
    plan = make(entry={"id": "study", "steps": None, "nonsense": 1})
    assert plan.register


# --- the pages ---


def test_pages_are_grouped_by_change() -> None:
    pages = make(with_pages(**{"1_consent": b"new text", "3_survey": None, "5_more": b"more"})).page_changes
    assert (pages.changed, pages.removed, pages.new, pages.unchanged) == (
        ("1_consent.html",),
        ("3_survey.html",),
        ("5_more.html",),
        ("4_thanks.html",),
    )


def test_a_changed_page_makes_a_new_version_with_every_page() -> None:
    plan = make(with_pages(**{"1_consent": b"new text"}))
    assert (plan.version != published().version, plan.keep) == (True, tuple(plan.pages))


def test_only_changed_copies_are_refreshed() -> None:
    plan = make(with_pages(**{"1_consent": b"new text"}))
    assert plan.refresh == ("1_consent.html",)


def test_a_removed_page_leaves_no_copy() -> None:
    assert make(with_pages(**{"3_survey": None})).remove == ("3_survey.html",)


def test_a_kept_version_is_not_uploaded_again() -> None:
    intended = with_pages(**{"1_consent": b"new text"})
    both = {**published().kept, **published(intended).kept}
    plan = make(intended, kept=both)
    assert (plan.keep, plan.keep_entry, plan.register) == ((), False, True)


def test_a_version_without_its_entry_is_uploaded_again() -> None:
    version = str(published().version)
    files = {file: page for file, page in published().kept[version].items() if file != "project.json"}
    plan = make(kept={version: files})
    assert (plan.keep, plan.keep_entry, plan.register) == (tuple(PAGES), True, False)


def test_a_missing_page_of_a_version_is_uploaded_again() -> None:
    version = str(published().version)
    files = {file: page for file, page in published().kept[version].items() if file != "1_consent.html"}
    assert make(kept={version: files}).keep == ("1_consent.html",)


def test_copies_that_an_interrupted_submit_left_are_refreshed_without_another_registration() -> None:
    plan = make(own_pages={**PAGES, "1_consent.html": b"old", "1_consent-1.html": b"old"})
    assert (plan.refresh, plan.remove, plan.register) == (("1_consent.html",), ("1_consent-1.html",), False)


# --- the container ---


def test_a_fitting_task_definition_is_kept() -> None:
    plan = make()
    assert (plan.task_definition, plan.entry["ecsTask"]) == (None, "study:1")


def test_another_image_needs_a_new_revision() -> None:
    plan = make(replace(INTENDED, server=Server(SETTINGS, "game:2")))
    assert plan.task_definition is not None
    assert plan.task_changes == (Change("containerDefinitions.study.image", "game:1", "game:2"),)


def test_the_newest_revision_is_used_if_it_fits() -> None:
    plan = make(revisions=Revisions(revision(1, "game:0"), revision(2)))
    assert (plan.task_definition, plan.entry["ecsTask"]) == (None, "study:2")
    assert Change("ecsTask", "study:1", "study:2") in plan.entry_changes


def test_the_current_revision_is_kept_if_a_newer_one_differs() -> None:
    plan = make(revisions=Revisions(revision(1), revision(2, "game:0")))
    assert plan.is_empty


def test_a_deregistered_revision_is_registered_again() -> None:
    plan = make(revisions=Revisions(replace(revision(), active=False), None))
    assert plan.task_definition is not None


def test_the_image_of_the_published_study_is_kept() -> None:
    plan = make(replace(INTENDED, server=Server({**SETTINGS, "cpu": "2048"}, None)))
    assert plan.image == "game:1"
    assert plan.task_changes == (Change("cpu", "1024", "2048"),)


def test_an_image_that_is_in_the_registry_is_not_built() -> None:
    plan = plans.make(replace(INTENDED, server=Server(SETTINGS, CONTEXT)), CurrentStudy(repository=REPOSITORY))
    assert (plan.build, plan.repository, plan.image) == (None, None, "registry/study:context-1")


def test_an_image_that_is_not_in_the_registry_is_built() -> None:
    there = replace(REPOSITORY, has_image=False)
    plan = plans.make(replace(INTENDED, server=Server(SETTINGS, CONTEXT)), CurrentStudy(repository=there))
    assert (plan.build, plan.repository) == (CONTEXT, None)


def test_a_missing_repository_is_created() -> None:
    there = Repository("study", "registry/study", exists=False)
    plan = plans.make(replace(INTENDED, server=Server(SETTINGS, CONTEXT)), CurrentStudy(repository=there))
    assert (plan.build, plan.repository) == (CONTEXT, "study")


def test_a_missing_image_is_built_again_for_the_same_version() -> None:
    built = replace(INTENDED, server=Server(SETTINGS, CONTEXT))
    known = revision(image="registry/study:context-1")
    plan = plans.make(
        built, published(revisions=Revisions(known, known), repository=replace(REPOSITORY, has_image=False))
    )
    assert (plan.build, plan.register, plan.is_empty) == (CONTEXT, False, False)


def test_a_study_that_names_a_task_definition_registers_none() -> None:
    own = Intended({**ENTRY, "ecsTask": "by-hand:4"}, PAGES, None)
    plan = plans.make(own, CurrentStudy())
    assert (plan.task_definition, plan.entry["ecsTask"]) == (None, "by-hand:4")
