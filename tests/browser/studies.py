"""The studies that the tests are taken through."""

from __future__ import annotations

from typing import Any, Final

from tests.browser.deployment import Study

CONSENT: Final = """
<h1>About this study</h1>
<p>You will read a page, play a short game, and answer a few questions.</p>
<fieldset>
  <legend>Do you agree to take part?</legend>
  <div class="choice"><input type="radio" id="yes" name="consent" value="yes" required><label for="yes">I agree</label></div>
  <div class="choice"><input type="radio" id="no" name="consent" value="no"><label for="no">I do not agree</label></div>
</fieldset>
<div class="field"><label for="initials">Your initials</label>
  <input id="initials" name="initials" minlength="2" maxlength="4" required autocomplete="off"></div>
"""

INSTRUCTIONS: Final = """
<!doctype html>
<html lang="en"><head><title>How to play</title>
<style>body { background: #fbf7ec; color: #222; } h1 { color: #234a12; } html body h2 { color: #7a3b00; }</style></head>
<body class="wide"><h1>How to play</h1><p>Press the arrow keys.</p><h2>Good to know</h2><p>There is no hurry.</p></body></html>
"""

SURVEY: Final = """
<h1>Your thoughts</h1>
<div class="field"><label for="age">Your age</label><input type="number" id="age" name="age" min="18" max="120" required></div>
<div class="field"><label for="mood">How was it?</label>
  <select id="mood" name="mood" required><option value="">Please choose</option><option value="good">Good</option>
  <option value="bad">Bad</option></select></div>
<fieldset><legend>What did you use?</legend>
  <div class="choice"><input type="checkbox" id="keys" name="keys" value="yes"><label for="keys">Keys</label></div>
  <div class="choice"><input type="checkbox" id="touch" name="touch" value="yes"><label for="touch">Touch</label></div>
</fieldset>
<div class="field"><label for="why">Anything else?</label><textarea id="why" name="why" rows="4"></textarea></div>
"""

THANKS: Final = '<h1>Thank you</h1><p>Your id is <span class="MTURK_CODE"></span>.</p><p>You may exit now.</p>'
DECLINED: Final = "<h1>Thank you for reading</h1><p>You have chosen not to take part.</p><!-- You may exit now -->"

STEPS: Final = {
    "1": "consent.html",
    "2": "instructions.html",
    "3": "game",
    "4": "survey.html",
    "finalStep": "thanks.html",
}
FILES: Final = {
    "consent.html": CONSENT,
    "instructions.html": INSTRUCTIONS,
    "survey.html": SURVEY,
    "thanks.html": THANKS,
    "declined.html": DECLINED,
}
LABELS: Final = {"1": "Consent", "2": "Instructions", "3": "The game", "4": "Questions", "finalStep": "Thanks"}


def entry(**changes: Any) -> dict[str, Any]:
    """An entry of the master list."""
    return {
        "id": "study",
        "name": "A study",
        "live": True,
        "researcher": "A. Researcher",
        "team_members": None,
        "ecsTask": "study",
        "steps": dict(STEPS),
        "events": {"startServerStep": 2, "stopServerStep": 4},
        "maxRuntime": 30,
        "bucket": None,
        "progress": dict(LABELS),
    } | changes


def five_steps(port: int) -> Study:
    """Consent, instructions, a game, a survey, thanks."""
    study = Study()
    study.register(entry(port=port), FILES)
    return study


def one_page(study: Study, html: str, **changes: Any) -> None:
    """Make of it a study that begins with this page, and goes on with the survey."""
    steps = {"1": "page.html", "2": "survey.html", "finalStep": "thanks.html"}
    without_server = {"ecsTask": None, "events": {"startServerStep": None, "stopServerStep": None}, "progress": {}}
    study.register(entry(**({"steps": steps, **without_server} | changes)), {**FILES, "page.html": html})
