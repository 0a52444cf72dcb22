"""Shares botocore's service models and event handlers between all sessions of a test process.

Each test makes new sessions and clients, and each session parses its services' models again, which
took more than half of the unit tests' processor time. botocore shares models within a session; this
module shares them between sessions. Each session also registers some two hundred handlers, each
client finds the names of its events anew, and each request waits for another thread to sign it.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import botocore.auth
import botocore.hooks
import botocore.session
from botocore.compat import accepts_kwargs
from botocore.handlers import BUILTIN_HANDLERS
from botocore.hooks import EVENT_ALIASES, BaseEventHooks, EventAliaser, HierarchicalEmitter
from botocore.loaders import Loader, create_loader


def share_models() -> None:
    """Let every new session use the models that an earlier session has loaded."""
    read: dict[str | None, dict[Any, Any]] = {}

    def sharing(search_path_string: str | None = None) -> Loader:
        loader: Any = create_loader(search_path_string)
        loader._cache = read.setdefault(search_path_string, {})
        found: Loader = loader
        return found

    botocore.session.create_loader = sharing  # the name that Session calls


def share_handlers() -> None:
    """Let every new session copy the handlers that the first one registered, and share the names of events."""
    names: dict[str, str] = {}
    registered: dict[int, HierarchicalEmitter] = {}
    register = botocore.session.Session._register_builtin_handlers

    def initialise(self: Any, event_emitter: BaseEventHooks, event_aliases: dict[str, str] | None = None) -> None:
        self._emitter = event_emitter
        self._event_aliases = EVENT_ALIASES if event_aliases is None else event_aliases
        self._alias_name_cache = names if self._event_aliases == EVENT_ALIASES else {}

    def register_once(self: Any, events: Any) -> None:
        emitter = events._emitter
        known = registered.get(len(BUILTIN_HANDLERS))  # moto adds its handler when it is imported
        if known is None or type(emitter) is not HierarchicalEmitter or emitter._unique_id_handlers:
            register(self, events)
            registered.setdefault(len(BUILTIN_HANDLERS), copy.copy(emitter))
        else:
            emitter.__dict__.update(copy.copy(known).__dict__)

    aliaser: Any = EventAliaser
    aliaser.__init__ = initialise
    session: Any = botocore.session.Session
    session._register_builtin_handlers = register_once
    hooks: Any = botocore.hooks
    hooks.accepts_kwargs = cache(accepts_kwargs)


def sign_in_this_thread() -> None:
    """Sign with botocore's own signers: those of the library awscrt sign in another thread, which takes longer."""
    botocore.auth.AUTH_TYPE_MAPS.update(
        {
            "v4": botocore.auth.SigV4Auth,
            "v4-query": botocore.auth.SigV4QueryAuth,
            "s3v4": botocore.auth.S3SigV4Auth,
            "s3v4-query": botocore.auth.S3SigV4QueryAuth,
        }
    )
