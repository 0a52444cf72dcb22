"""A `compare` step in the browser: two clips side by side, and a choice that is stored with their places."""

from __future__ import annotations

import struct
import subprocess
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, FloatRect, Page, expect

from hippo_cli.preview import server as preview_server
from hippo_cli.study import compare_pages
from tests.browser import studies
from tests.browser.conftest import keep
from tests.browser.layout import PHONES
from tests.browser.website import Site

CONFIG = """project:
  id: clips
  name: Clips
  live: true
  researcher: A. Name
  teamMembers: A. Name
  maxRuntime: 30
  language: ar
  steps: {1: 1_hello.html, 2: compare, 3: compare, finalStep: 4_end.html}
  compare:
    question: Which one drives better?
    clips: [assets/a.mp4, assets/b.mp4, assets/c.png]
    answers: {left: The left one, right: The right one, equal: Both}
"""


def png(width: int, height: int) -> bytes:
    """Return a grey picture."""
    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def write_study(folder: Path) -> None:
    (folder / "assets").mkdir(parents=True)
    (folder / "config.yml").write_text(CONFIG)
    (folder / "1_hello.html").write_text("<h1>Hello</h1>")
    (folder / "4_end.html").write_text("<h1>Thanks</h1><p>You may exit now.</p>")
    (folder / "assets" / "c.png").write_bytes(png(160, 90))
    ffmpeg = import_module("imageio_ffmpeg").get_ffmpeg_exe()
    for name, size in (("a", "320x180"), ("b", "160x160")):
        source = ["-f", "lavfi", "-i", f"testsrc=size={size}:rate=10:duration=1"]
        subprocess.run(
            [ffmpeg, "-loglevel", "error", *source, "-pix_fmt", "yuv420p", str(folder / "assets" / f"{name}.mp4")],
            check=True,
        )


@contextmanager
def previewed(folder: Path) -> Iterator[tuple[str, Any]]:
    """Serve a study; return the link of a participant, and the preview."""
    with preview_server.serve(folder) as preview:
        thread = threading.Thread(target=preview.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"{preview.address}participant/?projectId=clips&userId=ada", preview
        preview.shutdown()
        thread.join()


def boxes(page: Page) -> list[FloatRect]:
    found = [clip.bounding_box() for clip in page.locator(".hippo-clips > *").all()]
    return [box for box in found if box is not None]


def test_a_participant_judges_clips_and_the_answer_says_which_stood_where(
    context: BrowserContext, tmp_path: Path
) -> None:
    write_study(tmp_path)
    page, errors = context.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    with previewed(tmp_path) as (link, preview):
        page.goto(link)
        page.locator(".hippo-submit").click()
        expect(page.get_by_text("Which one drives better?")).to_be_visible()
        for clip in page.locator("video").all():
            clip.evaluate(
                "async (each) => { while (each.readyState < 2) await new Promise((done) => setTimeout(done, 20)) }"
            )
        first = page.locator(".hippo-clips > *").evaluate_all("(all) => all.map((each) => each.src)")
        page.reload()
        expect(page.get_by_text("Which one drives better?")).to_be_visible()
        assert page.locator(".hippo-clips > *").evaluate_all("(all) => all.map((each) => each.src)") == first
        for width, height in [(1280, 800), *PHONES]:
            page.set_viewport_size({"width": width, "height": height})
            keep(page, f"compare-{width}x{height}")
            left, right = boxes(page)
            assert left["x"] + left["width"] <= right["x"], "the first clip stands on the left, also from right to left"
            assert right["x"] + right["width"] <= width
        page.locator(".hippo-submit").click()  # without an answer
        expect(page.locator("input:invalid").first).to_be_attached()
        page.get_by_label("The right one").check()
        page.locator(".hippo-submit").click()
        expect(page.get_by_text("2. Which one drives better?")).to_be_visible()
        for group in page.get_by_role("group").all():
            group.get_by_label("Both").check()
        page.locator(".hippo-submit").click()
        expect(page.get_by_role("heading", name="Thanks")).to_be_visible()
        answers = preview.stage.state("ada")["answers"]
    sent = {name: value for each in answers for name, value in each["fields"].items() if name.startswith("compare")}
    assert [sent[f"compare{number}"] for number in (1, 2, 3)] == ["right", "equal", "equal"]
    assert [address.rpartition("/assets/")[2].rpartition("/")[2] for address in first] == [
        sent[f"compare1.{side}"].removeprefix("assets/") for side in ("left", "right")
    ]
    assert {frozenset((sent[f"compare{n}.left"], sent[f"compare{n}.right"])) for n in (1, 2, 3)} == {
        frozenset(pair)
        for pair in (
            ("assets/a.mp4", "assets/b.mp4"),
            ("assets/a.mp4", "assets/c.png"),
            ("assets/b.mp4", "assets/c.png"),
        )
    }
    assert errors == []


def test_an_old_client_shows_a_comparison(context: BrowserContext, site: Site) -> None:
    compare = {
        "question": "Which is better?",
        "clips": ["https://lab.example.org/a.gif", "https://lab.example.org/b.gif"],
    }
    project = {"steps": {"1": "compare"}, "compare": compare}
    (stored,) = compare_pages.pages(project).values()
    studies.one_page(site.study, stored.decode())
    page = context.new_page()
    page.route("https://lab.example.org/*", lambda route: route.abort())
    site.files["/old"] = (Path(__file__).parent / "old_client.html").read_text()
    page.goto(f"{site.origin}/old?projectId=study&userId=OLD&server=ws://127.0.0.1:1")
    expect(page.get_by_text("Which is better?")).to_be_visible()
    form = page.evaluate(
        """() => {
            const form = document.createElement("form");
            form.append(document.getElementById("shown").cloneNode(true));
            form.querySelector("[value=left]").checked = true;
            return Object.fromEntries(new FormData(form));
        }"""
    )
    assert form["compare1"] == "left"
    assert {form["compare1.left"], form["compare1.right"]} == set(compare["clips"])
