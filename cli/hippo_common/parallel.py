"""Runs one function on many items in threads, and yields the results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Final, TypeVar

THREADS: Final = 24
"""Fewer than the 32 connections that each boto3 client of these tools keeps open."""

_AHEAD: Final = 4
"""Items per thread that are read before the caller has taken their results."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(
    function: Callable[[Item], Result], items: Iterable[Item], threads: int | None = None
) -> Iterator[Result]:
    """Yield `function(item)` for each item, in the order of the items.

    It reads only a few items per thread ahead of the results that the caller has taken, so a long
    iterable is never held in memory. When the caller stops early, or a call raises an error, calls
    that have not begun are dropped.

    Args:
        function: what to call in a thread with one item.
        items: the items, read lazily.
        threads: the number of calls at the same time; `THREADS` by default.
    """
    threads = threads or THREADS
    rest = iter(items)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="parallel")
    pending: deque[Future[Result]] = deque()
    try:
        pending.extend(pool.submit(function, item) for item in islice(rest, _AHEAD * threads))
        while pending:
            result = pending.popleft().result()
            pending.extend(pool.submit(function, item) for item in islice(rest, 1))
            yield result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
