"""Decides whose page may play: by its ids, the session's token, and the page's origin."""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from websockets.typing import Origin

from ..settings import Settings
from .protocol import Hello

REFUSED = "this game server is for another participant"
"""What a page hears that may not play. At most 123 bytes: RFC 6455, section 5.5."""


def admits(settings: Settings, hello: Hello) -> bool:
    """Return whether the page that sent this hello may play here.

    Ids are compared in lower case; the token in constant time. A page without a token is an older
    one: only a study of `access: open` admits it.
    """
    if settings.user_id not in (None, hello.user_id.lower()) or settings.project_id not in (None, hello.project_id):
        return False
    if settings.token is None:
        return True
    if hello.token is None:
        return not settings.token_demanded
    return hmac.compare_digest(settings.token.encode(), hello.token.encode("utf-8", errors="replace"))


def origins(settings: Settings) -> Sequence[Origin | None] | None:
    """Return the origins whose pages may connect; None: any.

    A client that is no browser sends none, and could send any: only its token counts.
    """
    return [*map(Origin, settings.origins), None] if settings.origins else None
