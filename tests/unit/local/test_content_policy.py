"""One policy for the participant page: every test server uses that of the website's module."""

from __future__ import annotations

import pytest

from hippo_cli.preview import server
from local import content_policy
from local.content_policy import content_security_policy
from local.places import REPOSITORY


def _directives(policy: str) -> dict[str, str]:
    return dict(directive.split(" ", 1) for directive in policy.split("; "))


def test_the_policy_is_the_module_s() -> None:
    policy = _directives(content_security_policy(["https://api.example", "wss://*.example:5000"]))
    assert policy["connect-src"] == "'self' https://api.example wss://*.example:5000"
    assert policy["style-src"] == "'self' 'unsafe-inline' https:"
    assert {policy[name] for name in ("default-src", "base-uri", "form-action", "frame-ancestors")} == {"'none'"}


def test_an_unreadable_module_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content_policy, "_MODULE", REPOSITORY / "README.md")
    with pytest.raises(ValueError, match=r"README\.md has no list"):
        content_security_policy([])


def test_the_preview_s_policy_differs_only_in_games_and_frames() -> None:
    ours = _directives(content_security_policy(["ws:", "wss:"])) | {"frame-ancestors": "'self'"}
    assert _directives(server._PARTICIPANT_POLICY) == ours
