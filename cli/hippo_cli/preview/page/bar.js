"use strict";
// The bar around a participant's page: it shows /preview/state, and sends its actions to /preview/….

const FIRST_USER = "preview";
const element = (id) => document.getElementById(id);
const frame = element("page");

let user = FIRST_USER;
let seen = null; // the last news: { changes, moves, game }
let state = null;

function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

async function ask(path, body) {
  const answer = await fetch(path, body && { method: "POST", body: JSON.stringify(body) });
  const value = await answer.json();
  if (!answer.ok) throw new Error(value.error);
  return value;
}

function showPage() {
  const query = new URLSearchParams({ projectId: state.id || "none", userId: user });
  const address = `/participant/?${query}`;
  if (frame.contentWindow.location.pathname + frame.contentWindow.location.search === address) {
    frame.contentWindow.location.reload();
  } else {
    frame.contentWindow.location.replace(address);
  }
}

async function refresh() {
  state = await ask(`/preview/state?${new URLSearchParams({ userId: user })}`);
  document.title = `${state.name} (preview)`;
  element("name").textContent = state.name;
  element("trouble").hidden = !state.trouble;
  element("trouble").textContent = state.trouble || "";
  showSteps();
  showGroups();
  showFindings();
  showAnswers();
  if (document.activeElement !== element("user")) element("user").value = user;
}

function showSteps() {
  const select = element("step");
  select.replaceChildren(...state.steps.map(({ step, file, isGame }) => {
    const name = step === "finalStep" ? "Final step" : step;
    const what = isGame ? "the game" : file || "thanks";
    return make("option", { value: step }, `${name}: ${what}`);
  }));
  select.value = state.at || "";
  select.disabled = !state.steps.length;
  element("back").disabled = neighbour(-1) === undefined;
  element("forward").disabled = neighbour(1) === undefined;
  element("over").disabled = !state.steps.length;
}

function neighbour(distance) {
  const at = state.steps.findIndex(({ step }) => step === state.at);
  return at < 0 ? undefined : state.steps[at + distance]?.step;
}

function showGroups() {
  const several = Object.keys(state.groups).length > 1;
  const groups = Object.entries(state.groups).map(([count, group]) => {
    const numbers = Array.from({ length: Number(count) }, (_, index) => `${index}`);
    const change = (value) => changeTo({ groups: { ...state.groups, [count]: Number(value) } });
    return choice(several ? `Group of ${count}` : "Group", numbers, `${group}`, change);
  });
  const conditions = Object.entries(state.conditions).map(([name, own]) => {
    const change = (value) => changeTo({ conditions: { ...state.conditions, [name]: value } });
    return choice(name, state.values[name], own, change);
  });
  element("groups").replaceChildren(...groups, ...conditions);
}

function choice(label, values, own, change) {
  const options = values.map((value) => make("option", { value, selected: value === own }, value));
  const select = make("select", { onchange: () => change(select.value) }, ...options);
  return make("label", {}, `${label} `, select);
}

function showFindings() {
  const panel = element("findings");
  const count = (severity) => state.findings.filter((finding) => finding.severity === severity).length;
  const counted = [["error", count("error")], ["warning", count("warning")]].filter(([, number]) => number);
  panel.hidden = !counted.length;
  panel.querySelector("summary").replaceChildren(...counted.flatMap(([severity, number], index) => [
    index ? ", " : "",
    make("span", { className: severity }, `${number} ${severity}${number === 1 ? "" : "s"}`),
  ]));
  if (count("error") && !panel.dataset.opened) panel.open = panel.dataset.opened = true;
  if (!count("error")) delete panel.dataset.opened;
  panel.querySelector("ol").replaceChildren(...state.findings.map((finding) =>
    make("li", { className: finding.severity },
      make("p", {},
        make("span", { className: "place" }, `${finding.file}:${finding.line}`), ` ${finding.severity}: ${finding.what}`),
      ...(finding.allowed ? [make("p", {}, `Allowed: ${finding.allowed}`)] : []),
      make("p", {}, `To do: ${finding.fix}`))));
}

function showAnswers() {
  const rows = state.answers.flatMap(({ step, fields }) =>
    Object.entries(fields).map(([field, value]) => make("tr", {},
      make("td", {}, step), make("th", { scope: "row" }, field || "(no name)"),
      make("td", {}, typeof value === "string" ? value : JSON.stringify(value)))));
  const heading = make("tr", {}, ...["Step", "Field", "Answer"].map((text) => make("th", { scope: "col" }, text)));
  element("answers").querySelector("summary").textContent = `Answers so far: ${rows.length}`;
  element("answers").querySelector("div").replaceChildren(
    rows.length ? make("table", {}, make("thead", {}, heading), make("tbody", {}, ...rows))
      : make("p", {}, "Submitted answers are listed here, one row for each field."));
}

const GAME_STATES = { none: "not started", starting: "starting", ready: "running", over: "over", failed: "does not run" };
let logged = { user: null, last: 0 }; // whose log is shown, up to which line
let reading = null;

/** Show the new lines of the game's log; while one request runs, at most one other waits. */
async function showGame() {
  if (reading) return (reading.again = true);
  reading = { again: false };
  try {
    if (logged.user !== user) logged = { user, last: 0 };
    const game = await ask(`/preview/log?${new URLSearchParams({ userId: user, after: logged.last })}`);
    element("game").hidden = !game;
    if (game && logged.user === user) {
      const log = element("log");
      const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 30;
      if (logged.last === 0) log.textContent = "";
      log.append(game.log.map((line) => `${line}\n`).join(""));
      logged.last = game.last;
      if (atEnd) log.scrollTop = log.scrollHeight;
      element("game").dataset.state = game.state;
      element("game-state").textContent = GAME_STATES[game.state];
      element("restart").disabled = game.state === "none";
      element("reason").hidden = !game.reason;
      const [what, fix] = element("reason").children;
      what.textContent = game.reason?.what ?? "";
      fix.textContent = game.reason?.fix ?? "";
    }
  } finally {
    const { again } = reading;
    reading = null;
    if (again) await showGame();
  }
}

async function goTo(step) {
  if (step === undefined) return;
  await ask("/preview/go-to", { userId: user, step });
  await refresh();
  showPage();
}

async function become(other, step) {
  user = other;
  if (step) await ask("/preview/go-to", { userId: user, step });
  await refresh();
  showPage();
  await showGame();
}

async function changeTo(wanted) {
  const at = state.at;
  const { groups, conditions } = state;
  const found = await ask("/preview/group", { groups, conditions, ...wanted });
  await become(found.userId, at);
}

element("step").onchange = () => goTo(element("step").value);
element("back").onclick = () => goTo(neighbour(-1));
element("forward").onclick = () => goTo(neighbour(1));
element("narrow").onchange = () => document.body.classList.toggle("narrow", element("narrow").checked);
element("user").onchange = () => {
  const given = element("user").value.trim();
  if (given && element("user").checkValidity()) become(given, null);
};
element("restart").onclick = async () => {
  await ask("/preview/restart-game", { userId: user });
  showPage();
};
element("fold").onclick = () => {
  const folded = element("game").classList.toggle("folded");
  element("fold").textContent = folded ? "Show its log" : "Hide its log";
  element("fold").setAttribute("aria-expanded", String(!folded));
};
element("over").onclick = async () => {
  await ask("/preview/start-over", { userId: user });
  await refresh();
  showPage();
};

const news = new EventSource("/preview/changes");
news.onmessage = async (event) => {
  const latest = JSON.parse(event.data);
  const before = seen;
  seen = latest;
  const gameOnly = before && latest.changes === before.changes && latest.moves === before.moves;
  if (!gameOnly) await refresh();
  if (before === null || latest.changes !== before.changes) showPage();
  await showGame();
};
news.onerror = () => {
  element("trouble").hidden = false;
  element("trouble").textContent = "The preview has ended. Start it again with hippo preview.";
};
