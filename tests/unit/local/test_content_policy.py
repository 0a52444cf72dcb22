"""One policy for the participant page: what the website's module sets is what everybody tests with."""

from __future__ import annotations

import pytest

from hippo_cli.preview import server
from local import content_policy
from local.content_policy import content_security_policy
from local.places import REPOSITORY


def _directives(policy: str) -> dict[str, str]:
    return dict(directive.split(" ", 1) for directive in policy.split("; "))


def test_it_is_that_of_the_module() -> None:
    policy = _directives(content_security_policy(["https://api.example", "wss://*.example:5000"]))
    assert policy["connect-src"] == "'self' https://api.example wss://*.example:5000"
    assert policy["style-src"] == "'self' 'unsafe-inline' https:"
    assert {policy[name] for name in ("default-src", "base-uri", "form-action", "frame-ancestors")} == {"'none'"}


def test_a_module_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_policy, "_MODULE", REPOSITORY / "README.md")
    with pytest.raises(ValueError, match=r"README\.md has no list"):
        content_security_policy([])


def test_the_preview_s_differs_in_games_and_frames_alone() -> None:
    ours = _directives(content_security_policy(["ws:", "wss:"])) | {"frame-ancestors": "'self'"}
    assert _directives(server._PARTICIPANT_POLICY) == ours
