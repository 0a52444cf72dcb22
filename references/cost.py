"""What a study costs: docs/cost.md, computed from the price table and from measured counts.

The seconds of a server without play, the calls and the bytes of a step come from
`bench/counts.json` (`make bench`); prices come from `cli/hippo_common/prices.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hippo_common import prices
from references import markdown

_REGION: Final = "us-east-1"
_ON_DEMAND: Final = "FARGATE"
_HOUR: Final = 3600
_STEP: Final = "step, an answer; 1 projects, 5 steps, 1 participants"
_SESSION: Final = "session, clusters per-session"
_SECONDS_OF_A_STEP: Final = 0.06
"""At most: "with 25 ms a call" in `make bench` is 57 to 65 ms."""

_POLL_SECONDS: Final = 3
"""How often a waiting page asks (handlers/hippo_gym/participants/answers.py)."""


@dataclass(frozen=True)
class Study:
    """A study for which the costs are shown: pages, minutes of play, and the task's vCPU and GB."""

    name: str
    pages: int
    minutes: int
    vcpu: float
    gb: float


_STUDIES: Final = (
    Study("small: 6 pages, 10 minutes of a grid world", 6, 10, 0.25, 0.5),
    Study("medium: 10 pages, 20 minutes of an environment with pictures", 10, 20, 0.5, 1.0),
    Study("large: 12 pages, 45 minutes with a learning policy", 12, 45, 2.0, 4.0),
)
_KINDS: Final = (
    ("x86, on demand", prices.X86, _ON_DEMAND),
    ("arm64, on demand", "ARM64", _ON_DEMAND),
    ("x86, Spot", prices.X86, prices.SPOT),
    ("arm64, Spot", "ARM64", prices.SPOT),
)


def page(root: Path) -> str:
    """Return docs/cost.md."""
    counts: dict[str, float] = json.loads((root / "bench" / "counts.json").read_text(encoding="utf-8"))
    spare = _seconds_beyond_play(counts)
    parts = [
        markdown.notice("references/cost.py, cli/hippo_common/prices.json and bench/counts.json"),
        "# What a study costs\n",
        f"List prices of {_REGION} in US dollars, without tax, discounts and free tiers: Fargate and public "
        f"addresses of {prices.date()}, everything else of {prices.services()['date']}. Prices of other Regions: "
        "`hippo sessions` and `hippo report` use those of the deployment's Region. What a deployment costs "
        "without participants is in [first-account.md](first-account.md).\n",
        "## A server\n",
        "Per hour, from the download of its image until its task has ended, with its public address. A Spot price "
        f"is an estimate: {prices.spot_share():.0%} of the list price, and it changes from day to day.\n",
        markdown.table(
            ["vCPU, memory", *(name for name, _, _ in _KINDS)],
            (
                [f"{study.vcpu:g} vCPU, {study.gb:g} GB", *(_usd(_server(study, kind, _HOUR)) for kind in _KINDS)]
                for study in _STUDIES
            ),
        ),
        f"About {spare:.0f} seconds of that time are not played: "
        f"{counts[f'{_SESSION}: asked → ready, p50']:.0f} until the server is ready and "
        f"{counts[f'{_SESSION}: stop → nothing left, p50']:.0f} until everything is removed, each the median in the "
        "simulation (`make bench BENCH_ARGS='--only sessions'`).\n",
        "## A thousand participants\n",
        "Servers, and everything that a request costs: HTTP API, function, S3 calls and log.\n",
        markdown.table(
            ["study", *(name for name, _, _ in _KINDS), "of it requests"],
            (
                [
                    study.name,
                    *(_usd(1000 * _whole(study, kind, counts)) for kind in _KINDS),
                    _usd(1000 * _requests(study, counts)),
                ]
                for study in _STUDIES
            ),
        ),
        "A minute that a server runs longer for each of 1,000 participants costs:\n",
        markdown.table(
            ["vCPU, memory", *(name for name, _, _ in _KINDS)],
            (
                [f"{study.vcpu:g} vCPU, {study.gb:g} GB", *(_usd(1000 * _server(study, kind, 60)) for kind in _KINDS)]
                for study in _STUDIES
            ),
        ),
        "## Warm servers\n",
        "A warm server (`warm` in config.yml) costs as much as one in use, from its start until a participant takes "
        "it, and is replaced then. A server that waits for an hour, and for all of a month of 730 hours:\n",
        markdown.table(
            ["vCPU, memory", *(name for name, *_ in _KINDS)],
            [[_size(study), *(_waiting(study, kind) for kind in _KINDS)] for study in _STUDIES],
        ),
        "\nSo name the hours: `warm: [{from, to, n}]`. Asking whose it is costs one request to the API.\n",
        "## Which setting saves what\n",
        markdown.table(["setting", "saves, for the medium study and 1,000 participants"], _levers(counts)),
    ]
    return "\n".join(parts)


def _waiting(study: Study, kind: tuple[str, str, str]) -> str:
    hour = _server(study, kind, _HOUR)
    return f"{_usd(hour)}, {_usd(730 * hour)}"


def _levers(counts: Mapping[str, float]) -> list[list[str]]:
    study, dear = _STUDIES[1], _KINDS[0]
    base = _whole(study, dear, counts)

    def saved(other: float) -> str:
        return f"{_usd(1000 * (base - other))} ({(base - other) / base:.0%})"

    smaller = Study(study.name, study.pages, study.minutes, 0.25, 0.5)
    stop_after = Study(study.name, study.pages, study.minutes - 2, study.vcpu, study.gb)
    return [
        [
            "Spot, which the default `capacity: spot-then-on-demand` tries first",
            saved(_whole(study, _KINDS[2], counts)),
        ],
        ["an image for arm64 (`docker build --platform linux/arm64`)", saved(_whole(study, _KINDS[1], counts))],
        ["half the size of container: 0.25 vCPU and 0.5 GB", saved(_whole(smaller, dear, counts))],
        ["stop two minutes earlier: a `stopServerStep` right after the game", saved(_whole(stop_after, dear, counts))],
    ]


def _size(study: Study) -> str:
    return f"{study.vcpu:g} vCPU, {study.gb:g} GB"


def _thousand(study: Study, counts: Mapping[str, float]) -> list[str]:
    wholes = [_whole(study, kind, counts) for kind in _KINDS]
    return [_usd(1000 * each) for each in (*wholes, _requests(study, counts))]


def _seconds_beyond_play(counts: Mapping[str, float]) -> float:
    return counts[f"{_SESSION}: asked → ready, p50"] + counts[f"{_SESSION}: stop → nothing left, p50"]


def _server(study: Study, kind: tuple[str, str, str], seconds: float) -> float:
    found = prices.cost(study.vcpu, study.gb, seconds, _REGION, kind[2], kind[1])
    if found is None:
        raise ValueError(f"cli/hippo_common/prices.json has no price for {_REGION}")
    return found.total


def _whole(study: Study, kind: tuple[str, str, str], counts: Mapping[str, float]) -> float:
    seconds = study.minutes * 60 + _seconds_beyond_play(counts)
    return _server(study, kind, seconds) + _requests(study, counts)


def _requests(study: Study, counts: Mapping[str, float]) -> float:
    """Return what the requests of one participant cost, and the two functions that run the session."""
    service: Mapping[str, Any] = prices.services()["prices"]
    ready = counts[f"{_SESSION}: asked → ready, p50"]
    requests = study.pages + 1 + ready / _POLL_SECONDS
    gb_seconds = requests * _SECONDS_OF_A_STEP * 0.5 + _seconds_beyond_play(counts) * 0.25
    log_gb = requests * counts[f"{_STEP}: logged"] / 1e9
    return float(
        (requests * service["httpApiMillion"]["amount"] + (requests + 2) * service["lambdaMillion"]["amount"]) / 1e6
        + gb_seconds * service["lambdaGbSecondArm"]["amount"]
        + requests * (service["s3PutThousand"]["amount"] + service["s3GetThousand"]["amount"]) / 1e3
        + log_gb * service["logsGb"]["amount"]
    )


def _usd(amount: float) -> str:
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.4f}"
