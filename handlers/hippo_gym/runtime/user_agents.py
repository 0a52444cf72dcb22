"""The family of a browser, from the `User-Agent` header: name, major version, system, mobile or not.

Most browsers name themselves beside the one that they are built on: Edge sends
`Chrome/131.0.0.0 Safari/537.36 Edg/131.0.2903.51`. So the tables are read from the most particular
name to the most general. A browser that they do not name is `other`, because a rare name identifies
its user. A browser that says only what it is built on (Brave, most web views) counts as that.

Sources: MDN, "Browser detection using the user agent" and "User-Agent"; Microsoft Edge
documentation, "User-agent guidance"; Samsung Internet developer documentation, "User agent string
format"; Opera's and DuckDuckGo's own strings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_BROWSERS: Final = (
    # The text that the browser sends before its version, and the family's name.
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("Edge/", "Edge"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("OPX/", "Opera"),
    ("OPiOS/", "Opera"),
    ("SamsungBrowser/", "Samsung-Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("YaBrowser/", "Yandex"),
    ("UCBrowser/", "UC-Browser"),
    ("MQQBrowser/", "QQ-Browser"),
    ("QQBrowser/", "QQ-Browser"),
    ("HuaweiBrowser/", "Huawei-Browser"),
    ("MiuiBrowser/", "Mi-Browser"),
    ("Silk/", "Silk"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("GSA/", "Google-App"),
    ("FBAV/", "Facebook"),
    ("Instagram ", "Instagram"),
    ("HeadlessChrome/", "Headless-Chrome"),
    ("SeaMonkey/", "SeaMonkey"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Chromium/", "Chrome"),
    ("MSIE ", "Internet-Explorer"),
)

_SYSTEMS: Final = (
    ("Windows Phone", "Windows-Phone"),  # it also says Android, and iPhone
    ("KAIOS/", "KaiOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),  # it also says Linux
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("iPod", "iOS"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
)

_HAND_HELD: Final = frozenset({"Android", "iOS", "KaiOS", "HarmonyOS", "Windows-Phone"})
OTHER: Final = "other"

_MAJOR: Final = re.compile(r"[0-9]{1,4}(?![0-9])")
_LONGEST: Final = 1_000  # characters that are read; longer ones are no browser's


@dataclass(frozen=True)
class Family:
    """A browser without what identifies one of its users.

    Attributes:
        name: of the browser's family, or `OTHER`.
        major: its major version, in digits; None if it is not known.
        system: the family of the operating system, or `OTHER`.
        mobile: it says that it is on a phone or tablet. An iPad that asks for desktop pages, as
            Safari's default is, counts as a Mac.
    """

    name: str
    major: str | None
    system: str
    mobile: bool

    def __str__(self) -> str:
        """Return the family in the form of a `User-Agent` header: `Edge/131 (Windows; desktop)`."""
        product = self.name if self.major is None else f"{self.name}/{self.major}"
        return f"{product} ({self.system}; {'mobile' if self.mobile else 'desktop'})"


def family_of(user_agent: str) -> Family:
    """Return the family of a browser; what cannot be recognised is `OTHER`."""
    text = user_agent[:_LONGEST]
    name, major = _browser(text)
    system = next((name for mark, name in _SYSTEMS if mark in text), OTHER)
    return Family(name, major, system, "Mobi" in text or "Tablet" in text or system in _HAND_HELD)


def _browser(text: str) -> tuple[str, str | None]:
    for mark, name in _BROWSERS:
        if mark in text:
            return name, _version(text, mark)
    if "Trident/" in text:  # Internet Explorer 11 does not say MSIE
        return "Internet-Explorer", _version(text, "rv:")
    if text.startswith("Opera/"):  # up to Opera 12, whose version is behind Version/
        return "Opera", _version(text, "Version/") or _version(text, "Opera/")
    if "Safari/" in text and "Version/" in text:
        # Android's own browser before Chrome said both, too.
        return ("Android-Browser" if "Android" in text else "Safari"), _version(text, "Version/")
    if "AppleWebKit/" in text and any(device in text for device in ("iPhone", "iPad", "iPod")):
        return "Safari", None  # a web view of an app
    return OTHER, None


def _version(text: str, mark: str) -> str | None:
    _, found, rest = text.partition(mark)
    major = _MAJOR.match(rest) if found else None
    return None if major is None else major.group()
