"""Participants' records are tagged, so that their noncurrent versions expire before those of pages."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.moto_world import MotoWorld, entry
from tests.unit.handlers.interposed import client_error, interpose

RECORD = "study/Users/ada"


@pytest.fixture
def study(world: MotoWorld) -> MotoWorld:
    world.register(entry(steps={"1": "a.html", "2": "b.html"}, start=None, stop=None))
    return world


def tags(world: MotoWorld, key: str) -> dict[str, str]:
    found = world.clients.s3.get_object_tagging(Bucket="projects.example", Key=key)["TagSet"]
    return {tag["Key"]: tag["Value"] for tag in found}


def test_each_version_of_a_record_has_the_tag_of_the_lifecycle_rule(study: MotoWorld) -> None:
    study.get()
    assert tags(study, RECORD) == {"hippo-gym:kind": "record"}
    study.post()
    assert tags(study, RECORD) == {"hippo-gym:kind": "record"}
    assert tags(study, "project_master_list.json") == {}


def test_a_function_that_may_not_tag_still_stores_the_answer(study: MotoWorld) -> None:
    """The policy of the last release has no s3:PutObjectTagging; IAM's changes take some seconds."""
    study.get()

    def refuse_tags(real: Any, **arguments: Any) -> Any:
        if "Tagging" in arguments:
            raise client_error("AccessDenied", status=403)
        return real(**arguments)

    interpose(study, "s3", put_object=refuse_tags)
    assert study.post(body='{"age": "34"}')["step"] == "2"
    assert study.record()["requests"][-1]["body"] == '{"age": "34"}'
    assert tags(study, RECORD) == {}
