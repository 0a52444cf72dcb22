"""`hippo submit` of a study with owners: with a proof of who sends the change."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from hippo_common.errors import HippoError
from hippo_gym.runtime import caller_identity
from tests.support.moto_deployment import ACCOUNT, Folder, MotoDeployment


def test_a_study_with_owners_is_submitted_with_a_proof_that_binds_the_change(
    cloud: MotoDeployment, folder: Folder, docker: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Mapping[str, str]] = []

    def sts(url: str, headers: Mapping[str, str], body: str) -> tuple[int, bytes]:
        asked.append(headers)
        return 200, f"<R><Arn>arn:aws:iam::{ACCOUNT}:user/ada</Arn></R>".encode()

    monkeypatch.setattr(caller_identity, "post", sts)
    cloud.submit(folder.configure(owners=["user/ada"]))
    assert (cloud.entry()["owners"], cloud.entry()["updatedBy"]) == (["user/ada"], "ada")
    assert "x-hippo-gym-change" in asked[0]["Authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    bob = f"<Arn>arn:aws:iam::{ACCOUNT}:user/bob</Arn>".encode()
    monkeypatch.setattr(caller_identity, "post", lambda *_: (200, bob))
    folder.configure(owners=["user/bob"])
    with pytest.raises(HippoError, match="belongs to user/ada, and you are user/bob"):
        cloud.submit(folder)
    assert cloud.entry()["owners"] == ["user/ada"]
