"""Pages that people, editors and converters write."""

# ruff: noqa: E501 - the markup and the letters are those of other systems

from __future__ import annotations

from tests.support.other_pages.parts import ARABIC, ENGLISH, FRENCH, GERMAN, HEBREW, JAPANESE, Text, kind, page, radios


@kind(ENGLISH, GERMAN, FRENCH)
def saved_by_a_word_processor(text: Text) -> str:
    """Office elements, conditional comments, and a style for each paragraph."""
    body = "".join(
        f"<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l0 level1 lfo1'><![if !supportLists]>"
        f"<span style='mso-list:Ignore'>·<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp;</span></span>"
        f"<![endif]>{item}<o:p></o:p></p>\n"
        for item in text.items
    )
    return (
        f'<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" lang={text.lang}>'
        "<head><!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml>"
        "<![endif]--><style><!-- p.MsoNormal {margin:0cm; font-size:11.0pt;} @page WordSection1 {size:595pt 842pt;} -->"
        f"</style></head><body style='tab-interval:35.4pt'><div class=WordSection1><p class=MsoTitle>{text.title}</p>"
        f"{body}<p class=MsoNormal>{text.agree} <input type=checkbox name=agree value=yes></p></div></body></html>"
    )


@kind(ENGLISH, GERMAN, FRENCH)
def made_from_latex(text: Text) -> str:
    """Upper-case tags, unquoted attributes, named anchors, pictures of formulas, and no fields."""
    parts = "".join(
        f'<H2><A NAME="SECTION0{number}">{number}. {item}</A></H2>\n<P>\n<DL COMPACT><DT>x<DD><IMG WIDTH="30" '
        f'HEIGHT="20" ALIGN="MIDDLE" SRC="img{number}.png" ALT="$x_{number}$"></DL>\n'
        for number, item in enumerate(text.items, 1)
    )
    links = "".join(f'<LI><A HREF="#SECTION0{number}">{item}</A>' for number, item in enumerate(text.items, 1))
    return (
        f'<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<HTML>\n<HEAD><TITLE>{text.title}</TITLE>\n'
        f'<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=utf-8"></HEAD>\n<BODY BGCOLOR="#FFFFFF" '
        f'TEXT="#000000">\n<H1 ALIGN="CENTER">{text.title}</H1>\n<UL>{links}</UL>\n<HR>\n{parts}<BR><HR>\n</BODY></HTML>'
    )


@kind(ENGLISH, FRENCH, GERMAN)
def task_load_index(text: Text) -> str:
    """Sliders with 21 marks, an output that only a script would fill, and lists of their marks."""
    sliders = "".join(
        f'<p><label for="tlx{number}">{item}</label><input type="range" id="tlx{number}" name="tlx_{number}" min="0" max="100" '
        f'step="5" list="marks" oninput="o{number}.value=value"><output name="o{number}">50</output></p>'
        for number, item in enumerate(text.items)
    )
    marks = "".join(f"<option value={mark}>" for mark in range(0, 101, 5))
    return page(text, f"<h1>{text.title}</h1>{sliders}<datalist id=marks>{marks}</datalist>")


@kind(ENGLISH, JAPANESE, ARABIC)
def consent(text: Text) -> str:
    """Statements to tick, initials, a date, a signature that a script would draw, and an address."""
    boxes = "".join(
        f'<p><input type="checkbox" id="c{number}" name="consent_{number}" value="yes" required> <label for="c{number}">{item}'
        "</label></p>"
        for number, item in enumerate(text.items)
    )
    return page(
        text,
        f'<main><h1>{text.title}</h1>{boxes}<p><label>{text.agree} <input name="initials" size="4" pattern="[^0-9]+"></label>'
        '<input type="date" name="day"></p><canvas id="signature" width="300" height="80"></canvas>'
        '<address><a href="mailto:ethics@uni.example">ethics@uni.example</a></address></main>',
        "<style>body { color: #222; background: white } @media print { body { color: black } }</style>"
        '<style media="print">label { display: none }</style>',
    )


@kind(ENGLISH, GERMAN, JAPANESE)
def demographics(text: Text) -> str:
    """Every type of field, groups of options, and a disabled set."""
    groups = (
        f'<optgroup label="{text.title}">' + "".join(f"<option>{item}</option>" for item in text.items) + "</optgroup>"
    )
    return page(
        text,
        f'<form novalidate><input type="number" name="age" min="18" max="120"><input type=email name=mail><input type=tel '
        f'name=phone><input type=url name=site><input type="time" name="time"><input type="month" name="month"><input '
        f'type=week name=week><input type="color" name="colour" value="#336699"><input type="search" name="search">'
        f'<input type="password" name="secret"><input type="datetime-local" name="when"><input type="unknown" name="other">'
        f'<select name="country">{groups}<option selected value="zz">?</option></select><fieldset disabled><legend>'
        f'<input name="in_legend"></legend><input name="off"></fieldset><textarea name="text">\n{text.agree}</textarea></form>',
    )


@kind(ENGLISH, FRENCH, ARABIC)
def debriefing(text: Text) -> str:
    """Links of every kind, and the words that hide the Submit button."""
    return page(
        text,
        f'<article><h1>{text.title}</h1><p>{" ".join(text.items)}</p><a href="//www.uni.example/lab">lab</a> <a '
        f'href="https://doi.example/10.1/x#100%">doi</a> <a href="#100%">%</a> <a name="100%"></a><a href="tel:+431234">tel</a>'
        '<a href="results.pdf">pdf</a> <span class="MTURK_CODE">code</span> You may exit now</article>',
    )


@kind(ENGLISH, GERMAN, JAPANESE)
def instructions_with_formulas(text: Text) -> str:
    """MathML with its annotations, as converters write it."""
    return page(
        text,
        f'<p>{text.items[0]}</p><math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><semantics><mrow><msubsup>'
        "<mi>x</mi><mn>1</mn><mn>2</mn></msubsup><mo>+</mo><munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><mfrac>"
        '<mn>1</mn><mn>2</mn></mfrac></mrow><annotation encoding="application/x-tex">x_1^2 + \\sum_i^n \\frac12</annotation>'
        f'</semantics></math><p>{text.items[1]} <input name="result" inputmode="decimal"></p>',
    )


@kind(ENGLISH, FRENCH, HEBREW)
def drawn_scale(text: Text) -> str:
    """A figure in SVG with gradients and parts that are used twice, and a field in it."""
    return page(
        text,
        '<svg viewBox="0 0 100 40" xmlns:xlink="http://www.w3.org/1999/xlink"><defs><linearGradient id="g"><stop offset="0" '
        'stop-color="red"/></linearGradient><clipPath id="c"><rect width="9" height="9"/></clipPath><g id="face"><circle r="9"/>'
        f'</g></defs><use xlink:href="#face" x="20" fill="url(#g)"/><text x="1" y="9">{text.scale[0]}</text><foreignObject '
        'width="50" height="20"><input name="in_svg"></foreignObject></svg>' + radios("face", text.scale),
    )


@kind(ENGLISH, GERMAN, JAPANESE)
def clip_with_questions(text: Text) -> str:
    """Sound, video, a player in a frame that is closed like an empty element, and a question after it."""
    return page(
        text,
        '<video controls poster="https://media.example/a.jpg"><source src="https://media.example/a.mp4"><track src="a.vtt">'
        f'</video><audio src="clip.ogg" controls></audio><iframe src="https://player.example/1"></iframe><p>{text.items[0]}</p>'
        + radios("liked", text.scale)
        + f'<iframe src="https://player.example/2" /><p>{text.items[1]}</p><input name="after">',
    )


@kind(ENGLISH, FRENCH, GERMAN)
def home_page_of_1999(text: Text) -> str:
    """Layout by tables, spacers, colours in attributes, and text that scrolls."""
    return (
        f'<html><head><title>{text.title}</title></head><body bgcolor=000033 text=FFFFFF link=yellow background="stars.gif">'
        f'<table width=600 align=center><tr><td bgcolor="#003366" width=120><img src="spacer.gif" width=1 height=1><td valign=top>'
        f'<marquee>{text.title}</marquee><ol><li>{"<li>".join(text.items)}</ol><form action="/cgi-bin/mail.pl" method=post>'
        f"<input name=realname size=30><textarea name=comments cols=40 rows=4></textarea><br><input type=submit value=OK>"
        "<input type=reset value=Clear></form></table></body></html>"
    )


@kind(ENGLISH, HEBREW, JAPANESE)
def fragment_from_markdown(text: Text) -> str:
    """No document around it: paragraphs, a code block, a table, and fields by hand."""
    rows = "".join(
        f"<tr><td>{item}</td><td><input type=text name='md {number}'></td></tr>\n"
        for number, item in enumerate(text.items)
    )
    return f'<h1 id="top">{text.title}</h1>\n<p>{text.agree}</p>\n<pre><code>&lt;input name="no"&gt;\n</code></pre>\n<table>\n{rows}</table>\n'


@kind(ENGLISH, GERMAN, ARABIC)
def broken_by_hand(text: Text) -> str:
    """Overlapping tags, repeated names and ids, a quote that ends too late, a select in a select."""
    return (
        f"<p><b><i>{text.title}</b></i><p id=a>{text.items[0]}<p id=a><div><table><input name=moved><tr><td><select name=one>"
        f'<option>1<option>2<select name=two></table><p class="x>{text.items[1]}<input name="eaten">{text.agree}</p><input '
        "name=rest rest2 name=ignored><textarea name=last></textarea><!-- <input name=noted> --><p>end"
    )
