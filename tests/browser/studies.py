"""The studies of the browser tests."""

from __future__ import annotations

from typing import Any, Final

from tests.browser.study import Study

CONSENT: Final = """
<h1>About this study</h1>
<p>You will read a page, play a short game, and answer a few questions.</p>
<fieldset>
  <legend>Do you agree to take part?</legend>
  <div class="choice"><input type="radio" id="yes" name="consent" value="yes" required>
    <label for="yes">I agree</label></div>
  <div class="choice"><input type="radio" id="no" name="consent" value="no"><label for="no">I do not agree</label></div>
</fieldset>
<div class="field"><label for="initials">Your initials</label>
  <input id="initials" name="initials" minlength="2" maxlength="4" required autocomplete="off"></div>
"""

INSTRUCTIONS: Final = """
<!doctype html>
<html lang="en"><head><title>How to play</title>
<style>body { background: #fbf7ec; color: #222; } h1 { color: #234a12; } html body h2 { color: #7a3b00; }</style></head>
<body class="wide"><h1>How to play</h1><p>Press the arrow keys.</p>
<h2>Good to know</h2><p>There is no hurry.</p></body></html>
"""

SURVEY: Final = """
<h1>Your thoughts</h1>
<div class="field"><label for="age">Your age</label>
  <input type="number" id="age" name="age" min="18" max="120" required></div>
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

EVERY_CONTROL: Final = """
<h1>Every control</h1>
<label>Text <input name="text" value="given"></label> <label>Empty <input name="empty"></label>
<label>Mail <input type="email" name="mail"></label> <label>Number <input type="number" name="number"></label>
<label>Day <input type="date" name="day"></label>
<label>Range <input type="range" name="range" min="0" max="10" value="3"></label>
<label>Colour <input type="color" name="colour" value="#336699"></label>
<input type="hidden" name="hidden" value="secret">
<label>Long <textarea name="long"></textarea></label>
<label>List <select name="list"><option value="a">A</option><option value="b">B</option></select></label>
<label>Many <select name="many" multiple><option>x</option><option>y</option><option>z</option></select></label>
<label><input type="checkbox" name="ticked" value="yes"> Ticked</label>
<label><input type="checkbox" name="unticked"> Unticked</label>
<input type="hidden" name="default" value="no">
<label><input type="checkbox" name="default" value="yes"> Default</label>
<label><input type="checkbox" name="group" value="one"> One</label>
<label><input type="checkbox" name="group" value="two"> Two</label>
<label><input type="radio" name="choice" value="1"> First</label>
<label><input type="radio" name="choice" value="2"> Second</label>
<label><input type="radio" name="open" value="1"> Unchosen</label>
<label>Twice <input name="twice" value="first"></label> <label>Again <input name="twice" value="last"></label>
<label>Nameless <input value="anonymous"></label> <input name="off" value="x" disabled>
<fieldset disabled><input name="off2" value="x" aria-label="off"></fieldset>
<input name="elements" value="e" aria-label="e"> <input name="submit" value="s" aria-label="s">
<input name="__proto__" value="p" aria-label="p">
<button type="button" name="button" value="b">Button</button> <output name="out">o</output>
"""

EVERY_FAULT: Final = """
<h1>Every kind of question</h1>
<p>Each of them asks for an answer.</p>
<div class="field"><label for="name">Your name</label><input id="name" name="name" required></div>
<div class="field"><label for="mail">Your e-mail address</label>
  <input type="email" id="mail" name="mail" required></div>
<div class="field"><label for="site">Your website</label><input type="url" id="site" name="site" required></div>
<div class="field"><label for="age">Your age</label>
  <input type="number" id="age" name="age" min="18" max="120" value="12" required></div>
<div class="field"><label for="day">Day of your visit</label>
  <input type="date" id="day" name="day" min="2026-01-01" required></div>
<div class="field"><label for="time">Time</label><input type="time" id="time" name="time" required></div>
<div class="field"><label for="code">Code</label>
  <input id="code" name="code" pattern="[A-Z]{3}" value="ab" title="Three capital letters." required></div>
<div class="field"><label for="mood">How was it?</label>
  <select id="mood" name="mood" required><option value="">Please choose</option><option>Good</option></select></div>
<div class="field"><label for="many">What did you like?</label>
  <select id="many" name="many" multiple required><option>The car</option><option>The hill</option></select></div>
<div class="field"><label for="effort">How much effort was it?</label>
  <input type="range" id="effort" name="effort"></div>
<div class="field"><label for="colour">Your favourite colour</label>
  <input type="color" id="colour" name="colour" value="#336699"></div>
<div class="field"><label for="tool">What did you play with?</label>
  <input id="tool" name="tool" list="tools" required><datalist id="tools"><option>Keyboard</option></datalist></div>
<fieldset><legend>One of these</legend>
  <div class="choice"><input type="radio" id="first" name="one" value="1" required>
    <label for="first">First</label></div>
  <div class="choice"><input type="radio" id="second" name="one" value="2"><label for="second">Second</label></div>
</fieldset>
<div class="choice"><input type="checkbox" id="read" name="read" value="yes" required>
  <label for="read">I have read all of this page, and I agree to what it says about my data</label></div>
<div class="field"><label for="why">Anything else?</label><textarea id="why" name="why" required></textarea></div>
"""

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
    """Change the study: it begins with this page, followed by the survey."""
    steps = {"1": "page.html", "2": "survey.html", "finalStep": "thanks.html"}
    without_server = {"ecsTask": None, "events": {"startServerStep": None, "stopServerStep": None}, "progress": {}}
    study.register(entry(**({"steps": steps, **without_server} | changes)), {**FILES, "page.html": html})
