"""Pages that survey and experiment systems write."""

# ruff: noqa: E501, RUF001 - the markup and the letters are those of other systems

from __future__ import annotations

from tests.support.other_pages.parts import ARABIC, ENGLISH, FRENCH, GERMAN, HEBREW, JAPANESE, Text, kind, page, radios


@kind(ENGLISH, GERMAN, ARABIC)
def matrix_of_a_survey_suite(text: Text) -> str:
    """Nested layout tables, ids with dots and tildes, own buttons, piped text, and a script."""
    rows = "".join(
        f'<tr class="ChoiceRow"><th scope="row"><span>{item}</span></th>'
        + "".join(
            f'<td class="c{answer}"><label for="QR~QID{row}~{answer}"></label>'
            f'<input id="QR~QID{row}~{answer}" type="radio" name="QR~QID{row}" value="{answer}"></td>'
            for answer in range(1, len(text.scale) + 1)
        )
        + "</tr>"
        for row, item in enumerate(text.items, 1)
    )
    heads = "".join(f'<th scope="col">{label}</th>' for label in text.scale)
    return page(
        text,
        f'<form name="Form" method="post" action="?SID=1"><input type="hidden" name="SurveyID" value="SV_1">'
        f'<div class="Skin"><table><tbody><tr><td>${{e://Field/name}}<table><thead><tr><td></td>{heads}</tr></thead>'
        f'<tbody>{rows}</tbody></table></td></tr></table></div><input type="button" id="NextButton" value="&gt;&gt;">'
        f"</form><script>Engine.start({{}});</script>",
    )


@kind(ENGLISH, FRENCH, GERMAN)
def list_of_a_php_survey(text: Text) -> str:
    """One list item for each choice, tokens, a noscript warning, and a group of check boxes."""
    items = "".join(
        f'<li id="javatbd1X1X1{number}" class="checkbox-item"><input class="checkbox" type="checkbox" name="1X1X1" '
        f'id="answer1X1X1{number}" value="{number}" /><label for="answer1X1X1{number}">{item}</label></li>'
        for number, item in enumerate(text.items)
    )
    return page(
        text,
        f'<noscript><p>{text.title}: JavaScript?</p></noscript>\n<form id="limesurvey"><p>{{TOKEN:FIRSTNAME}}</p>'
        f'<ul class="list-unstyled">{items}</ul><textarea name="1X1X2" rows="5" cols="40"></textarea>'
        f'<input type="hidden" name="thisstep" value="1" id="thisstep"/><button type="submit" name="move" '
        f'value="movenext">»</button></form>',
    )


@kind(ENGLISH, JAPANESE, HEBREW)
def saved_from_a_forms_service(text: Text) -> str:
    """Machine-made attributes, hidden entries for each question, and no real label."""
    blocks = "".join(
        f'<div class="Qr7Oae" role="listitem" jsname="ibnC6b"><div jscontroller="sWGJ4b" data-params="%.@.[{number}]">'
        f'<div role="heading" aria-level="3" id="i{number}">{item}</div><input type="hidden" '
        f'name="entry.{1000 + number}_sentinel"><div role="radiogroup" aria-labelledby="i{number}">'
        + radios(
            f"entry.{1000 + number}",
            text.scale,
            "<label class=docssharedWizToggle>{box}<span dir=auto>{text}</span></label>",
        )
        + "</div></div></div>"
        for number, item in enumerate(text.items)
    )
    return page(text, f'<div class="freebirdFormviewer" data-response="%.@.]"><div role="list">{blocks}</div></div>')


@kind(ENGLISH, JAPANESE, GERMAN)
def experiment_in_javascript(text: Text) -> str:
    """A page that is empty without its script."""
    stimuli = ", ".join(f"{{stimulus: '<p>{item}</p><input name=trial>'}}" for item in text.items)
    return page(
        text,
        f'<div id="target"></div>\n<script src="https://cdn.example/experiment.js"></script>\n'
        f"<script>const timeline = [{stimuli}]; run(timeline);</script>",
    )


@kind(ENGLISH, GERMAN, HEBREW)
def questionnaire_of_an_experiment_tool(text: Text) -> str:
    """A table without quotes around attributes, and rows that are not closed."""
    rows = "".join(
        f"<tr><td>{number}.<td>{item}"
        + "".join(f"<td><input type=radio name=q{number} value={value}>" for value in range(5))
        for number, item in enumerate(text.items, 1)
    )
    return f"<h3>{text.title}</h3><table border=1 cellpadding=4>{rows}</table><input type=hidden name=psy value=1>"


@kind(GERMAN, ENGLISH, FRENCH)
def questionnaire_of_a_university_server(text: Text) -> str:
    """Placeholders in percent signs, ids on labels, and a residual option beside a text."""
    rows = "".join(
        f'<div class="question" id="QU0{number}"><div class="title">{item}</div>'
        + radios(
            f"QU0{number}", text.scale, '<div class="row"><label>{box}<span class="box">{text}</span></label></div>'
        )
        + f'<label><input type="checkbox" name="QU0{number}_na" value="-1">–</label></div>'
        for number, item in enumerate(text.items, 1)
    )
    return page(text, f"{rows}<input type='text' name='QU09_01' maxlength='80' placeholder='%reference%'>")


@kind(ENGLISH, GERMAN, ARABIC)
def study_of_an_r_framework(text: Text) -> str:
    """Boxes that a style sheet hides behind their labels, and lists with several choices."""
    options = "".join(f'<option value="{number}">{label}</option>' for number, label in enumerate(text.scale))
    groups = "".join(
        '<div class="form-group required"><div class="btn-group">'
        + radios(f"item_{number}", text.scale, '<label class="btn">{box}{text}</label>')
        + "</div></div>"
        for number in range(len(text.items))
    )
    return page(
        text,
        f'<form class="form-horizontal" enctype="multipart/form-data"><input type="hidden" name="session_id" value="a">'
        f'{groups}<select multiple name="languages">{options}</select></form>',
        "<style>.btn-group input[type=radio] { display: none } .btn { border: 1px solid gray }</style>",
    )


@kind(ENGLISH, FRENCH, JAPANESE)
def survey_component_as_html(text: Text) -> str:
    """Fieldsets with roles, icons from a sprite, and generated ids."""
    sets = "".join(
        f'<fieldset role="radiogroup" aria-required="true" class="sv-question"><legend><h5><span aria-hidden="true">'
        f"{number}.</span><span>{item}</span></h5></legend>"
        + radios(
            f"sq_{number}",
            text.scale,
            '<div class="sv-item"><label>{box}<svg class="icon"><use href="#icon-radio">'
            "</use></svg><span>{text}</span></label></div>",
        )
        + "</fieldset>"
        for number, item in enumerate(text.items, 100)
    )
    sprite = '<svg style="display:none"><symbol viewBox="0 0 24 24" id="icon-radio"><circle r="9" cx="12" cy="12"/></symbol></svg>'
    return page(text, f'{sprite}<div class="sv-root"><form>{sets}</form></div>')


@kind(ENGLISH, GERMAN, JAPANESE)
def usability_scale(text: Text) -> str:
    """Ten items and five points in one table with headings, some of them required."""
    items = [text.items[number % len(text.items)] for number in range(10)]
    rows = "".join(
        f"<tr><th scope=row>{number}. {item}</th>"
        + "".join(
            f'<td><input type="radio" name="sus{number}" value="{point}" {"required" if point == 1 else ""} '
            f'aria-label="{number}: {point}"></td>'
            for point in range(1, 6)
        )
        + "</tr>\n"
        for number, item in enumerate(items, 1)
    )
    return page(
        text, f"<table><caption>{text.title}</caption><thead><tr><th><th>1<th>2<th>3<th>4<th>5</thead>{rows}</table>"
    )


@kind(ENGLISH, FRENCH, HEBREW)
def short_personality_scale(text: Text) -> str:
    """A list for each item, with a first option that is disabled."""
    options = "<option value='' disabled selected>–" + "".join(f"<option>{label}" for label in text.scale)
    lists = "".join(
        f"<dt>{item}<dd><select name=tipi[{number}] required>{options}</select>"
        for number, item in enumerate(text.items)
    )
    return page(text, f"<dl>{lists}</dl>")


@kind(ENGLISH, GERMAN, FRENCH)
def mood_scale(text: Text) -> str:
    """Words in two columns of floating blocks, and labels around their fields."""
    words = [word.strip(".") for item in text.items for word in item.split()][:20]
    blocks = "".join(
        f'<div style="float:left;width:50%"><b>{word}</b> '
        + radios(f"mood_{number}", "12345", "<label>{text}{box}</label>")
        + "</div>"
        for number, word in enumerate(words)
    )
    return f"<center><font size=+1 color=navy>{text.title}</font></center>{blocks}<br clear=all>"


@kind(ENGLISH, GERMAN, FRENCH)
def form_of_a_medical_database(text: Text) -> str:
    """Handlers on everything, fields that a script shows, and hidden values beside their boxes."""
    hidden = "style='display:none'"
    rows = "".join(
        f"<tr id='f{number}-tr' sq_id='f{number}' {hidden * (number == 1)}><td>{item}</td><td><span "
        f"onclick=\"go()\"><input type='radio' name='f{number}___radio' value='1' onclick=\"set(1)\">1</span><input "
        f"name='f{number}' value='' class='hidden' type='hidden'></td></tr>"
        for number, item in enumerate(text.items)
    )
    return page(
        text,
        f"<table id=questiontable>{rows}</table><button name='submit-btn-saverecord' tabindex=0>{text.agree}</button>",
    )


@kind(ENGLISH, GERMAN, FRENCH)
def task_with_custom_elements(text: Text) -> str:
    """Elements of a crowd-work service that only its script turns into fields."""
    items = "".join(
        f'<crowd-radio-button name="r" value="{number}">{item}</crowd-radio-button>'
        for number, item in enumerate(text.items)
    )
    return (
        f'<script src="https://assets.example/crowd.js"></script><crowd-form answer-format="flatten-objects"><p>{text.title}: '
        f"${{image_url}}</p><crowd-radio-group>{items}</crowd-radio-group><template><input name=in_template></template>"
        "<input name=plain><dialog><p>Help</p></dialog></crowd-form>"
    )
