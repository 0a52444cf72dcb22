"""Checks that API and participant page answer by their names, with valid certificates."""

from __future__ import annotations

import urllib.parse

from hippo_deploy.verify.page import Reply
from hippo_deploy.verify.results import Failed, NotApplicable, Unproven
from hippo_deploy.verify.world import World


def api(world: World) -> str:
    """Check that the API answers by its own name and by AWS's name."""
    target = world.target
    addresses = dict.fromkeys(filter(None, (target.api_url, target.execute_api_url)))
    for address in addresses:
        query = urllib.parse.urlencode({"projectId": f"{world.study.id}-unknown", "userId": "verifier"})
        reply = world.http.send(f"{target.reachable(address)}/next?{query}")
        if reply.status != 400 or not isinstance(reply.json(), str):
            raise Failed(f"{address}/next should refuse an unknown study with 400; {_answer(reply)}")
    return f"{' and '.join(_host(address) for address in addresses)}: next_step answers"


def tls(world: World) -> str:
    """Check that each URL of API and page is https, with a certificate that this machine trusts."""
    target = world.target
    if target.emulator is not None:
        raise NotApplicable(f"the emulator at {target.emulator} speaks plain HTTP")
    addresses = [*dict.fromkeys(filter(None, (target.api_url, target.execute_api_url, target.website_url)))]
    for address in addresses:
        if not address.startswith("https://"):
            raise Failed(f"{address} is not https")
        world.http.send(f"{address}/")  # any answer means that the certificate is valid
    return f"valid for {', '.join(_host(address) for address in addresses)}"


def website(world: World) -> str:
    """Check that CloudFront serves the participant page, which calls this deployment's API."""
    target = world.target
    if target.website_url is None:
        if target.complete:
            raise NotApplicable("the deployment has no participant page (website is not set)")
        raise Unproven("only Terraform's outputs say whether there is a participant page")
    address = target.website_url.rstrip("/")
    page = world.http.send(f"{address}/")
    if page.status != 200 or "<script" not in page.text:
        raise Failed(f"{address}/ is not the participant page; {_answer(page)}")
    settings = world.http.send(f"{address}/settings.json")
    found = settings.json()
    wanted = f"{target.api_url}/next"
    if settings.status != 200 or not isinstance(found, dict) or found.get("api") != wanted:
        raise Failed(f"{address}/settings.json should name {wanted}; {_answer(settings)}")
    return f"{_host(address)} shows the page, which calls {wanted}"


def _answer(reply: Reply) -> str:
    return f"it answered {reply.status}: {reply.text[:150]!r}"


def _host(address: str) -> str:
    return urllib.parse.urlsplit(address).hostname or address
