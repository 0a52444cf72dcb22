"use strict";
// A participant's page as small as can be: asks /next, shows the fragment in a form, sends the form.

const query = new URLSearchParams(location.search);
const form = document.getElementById("form");
const page = document.getElementById("page");
const submit = document.getElementById("submit");
const instead = document.getElementById("instead");

let step = null;

async function next(method, answers) {
  const asked = new URLSearchParams({ projectId: query.get("projectId"), userId: query.get("userId") });
  if (answers && step) asked.set("step", step);
  const options = answers ? { method, body: JSON.stringify(answers), headers: { "Content-Type": "application/json" } } : { method };
  const answer = await fetch(`/next?${asked}`, options);
  show(await answer.json());
}

function show(answer) {
  step = answer.step || null;
  if (answer.page === "wait") {
    showInstead("The server is being started",
      ["Participants wait here until their server is ready: a minute or two, less the time that they have spent reading since the start step. The preview starts none."],
      "Go on", () => next("GET"));
  } else if (answer.page === "show_game_page") {
    showInstead("The game",
      ["Here participants play, on a server of their own. The preview has no server: this box stands in for the game.",
        ["Their browser connects to ", code(`wss://${answer.server.host}:${answer.server.port}`), "."]],
      "End the game", () => next("GET"));
  } else {
    showPage(answer);
  }
}

function showPage({ page: html, progress, completion }) {
  instead.hidden = true;
  form.hidden = false;
  page.replaceChildren(...cleaned(html));
  document.getElementById("progress").textContent = progress
    ? `Step ${progress.at} of ${progress.of}${progress.label ? `: ${progress.label}` : ""}` : "";
  document.getElementById("completion").replaceChildren(...completed(completion));
  for (const place of page.querySelectorAll("span.MTURK_CODE")) place.textContent = query.get("userId");
  submit.hidden = html.includes("You may exit now");
  submit.disabled = false;
  begin(page);
}

// What participants take away from the last page: a code, and the way back to where they came from.
function completed(completion) {
  const told = [];
  if (completion?.code) told.push("Completion code: ", code(completion.code), " ");
  if (completion?.redirect) told.push("Participants are sent back to ", code(completion.redirect), ".");
  return told;
}

function showInstead(title, paragraphs, action, act) {
  form.hidden = true;
  instead.hidden = false;
  const made = (tag, ...children) => {
    const element = document.createElement(tag);
    element.append(...children);
    return element;
  };
  const button = made("button", action);
  button.type = "button";
  button.onclick = () => { button.disabled = true; act(); };
  instead.replaceChildren(made("h1", title), ...paragraphs.map((text) => made("p", ...[text].flat())), button);
  begin(instead);
}

function code(text) {
  const element = document.createElement("code");
  element.textContent = text;
  return element;
}

function begin(element) {
  window.scrollTo(0, 0);
  element.focus({ preventScroll: true });
}

// Scripts and event handlers are dropped, and a form of the page's own: the client supplies it.
function cleaned(html) {
  const read = new DOMParser().parseFromString(html, "text/html");
  for (const script of read.querySelectorAll("script")) script.remove();
  for (const inner of read.querySelectorAll("form")) inner.replaceWith(...inner.childNodes);
  for (const element of read.querySelectorAll("*")) {
    for (const { name, value } of [...element.attributes]) {
      if (name.startsWith("on") || /^\s*javascript:/i.test(value)) element.removeAttribute(name);
    }
  }
  return [...read.head.querySelectorAll("style, link[rel=stylesheet]"), ...read.body.childNodes].map((node) => document.adoptNode(node));
}

// Of several fields of one name the last is kept; boxes that are not ticked are sent, too, empty.
function answers() {
  const given = {};
  for (const control of form.elements) {
    if (control.disabled || ["submit", "button", "reset", "image", "fieldset", "output", "object", "file"].includes(control.type)) continue;
    if (control.type === "radio" && !control.checked) continue;
    given[control.name] = control.type === "checkbox" && !control.checked ? "" : control.value;
  }
  return given;
}

form.onsubmit = (event) => {
  event.preventDefault();
  submit.disabled = true;
  next("POST", answers());
};

next("GET");
