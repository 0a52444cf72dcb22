// The page of `hippo replay`: shows an episode's pictures on a time line of keys and judgements.
"use strict";

const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];
const LONGEST_PAUSE = 2; // seconds: longer pauses of the game are shortened to that
const AHEAD = 12; // pictures that are loaded before they are shown

const at = (id) => document.getElementById(id);
const state = { whole: null, episode: null, place: 0, playing: false, due: 0, timer: 0 };

function made(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

const moments = () => state.episode.moments;
const short = (value) => (typeof value === "number" ? `${Number(value.toPrecision(6))}`.replace("-", "−") : `${value ?? "–"}`);
const clock = (seconds) => `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(2).padStart(5, "0")}`;
const signed = (value) => (value > 0 ? `+${value}` : `${value}`.replace("-", "−"));
const length = () => Math.max(moments().at(-1)?.seconds ?? 0, 0.001);
const share = (seconds) => `${Math.min(100, (100 * seconds) / length())}%`;

function address(place) {
  const picture = moments()[place]?.picture;
  return picture === undefined ? null : `picture/${picture}`;
}

function placeAt(seconds) {
  // The latest moment at or before this time.
  let low = 0;
  let high = moments().length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (moments()[middle].seconds <= seconds) low = middle;
    else high = middle - 1;
  }
  return low;
}

function show(place) {
  const last = moments().length - 1;
  state.place = Math.max(0, Math.min(last, place));
  const moment = moments()[state.place];
  if (!moment) return;
  const picture = at("picture");
  const source = address(state.place);
  if (source && picture.getAttribute("src") !== source) picture.src = source;
  picture.alt = `The game at step ${moment.step}`;
  at("place").value = state.place;
  at("place").setAttribute("aria-valuetext", `step ${moment.step}, ${clock(moment.seconds)}`);
  at("now").style.left = `calc(var(--label) + (100% - var(--label)) * ${Math.min(1, moment.seconds / length())})`;
  const held = state.episode.keys.filter((key) => key.from <= moment.seconds && key.to > moment.seconds);
  const facts = {
    Time: `${clock(moment.seconds)} of ${clock(length())}`,
    Step: `${moment.step} of ${moments()[last].step}`,
    Action: moment.action === undefined ? "–" : JSON.stringify(moment.action),
    "Chosen by": { human: "the participant", policy: "the policy" }[moment.source] ?? (moment.source ? "neither: the game’s noop" : "–"),
    Keys: held.map((key) => key.key).join(" ") || "–",
    Reward: short(moment.reward),
    Score: short(moment.score),
  };
  if (moment.terminated || moment.truncated) facts.End = moment.terminated ? "terminated" : "truncated";
  at("facts").replaceChildren(...Object.entries(facts).flatMap(([name, value]) => [made("dt", name), made("dd", value)]));
  for (let next = 1; next <= AHEAD && state.playing; next += 1) {
    const ahead = address(state.place + next);
    if (ahead) new Image().src = ahead;
  }
}

function lane(label, marks) {
  const row = made("div", "", { class: "lane" });
  row.append(made("span", label), ...marks);
  return row;
}

function mark(seconds, text, kind, title) {
  const found = made("i", text, { class: kind, title });
  found.style.left = share(seconds);
  return found;
}

function drawLanes() {
  const episode = state.episode;
  const rows = [];
  for (const name of new Set(episode.keys.map((key) => key.key))) {
    const bars = episode.keys.filter((key) => key.key === name).map((key) => {
      const bar = made("i", "", { title: `${name}: ${clock(key.from)} to ${clock(key.to)}` });
      bar.style.left = share(key.from);
      bar.style.width = share(key.to - key.from);
      return bar;
    });
    rows.push(lane(name, bars));
  }
  if (episode.feedback.length) {
    const marks = episode.feedback.map((found) =>
      mark(found.seconds, found.value > 0 ? "+" : "−", found.value > 0 ? "good" : "bad", `feedback ${signed(found.value)}, step ${found.step}`));
    rows.push(lane("feedback", marks));
  }
  if (episode.difference) {
    const place = moments().findIndex((moment) => moment.step === episode.difference.step);
    if (place >= 0) rows.push(lane("difference", [mark(moments()[place].seconds, "✕", "differs", episode.verdict)]));
  }
  if (!rows.length) rows.push(lane("no key was held", []));
  at("lanes").replaceChildren(...rows, made("div", "", { id: "now" }));
  at("lanes").setAttribute("aria-hidden", "true"); // the list below says the same
}

function listEvents() {
  const episode = state.episode;
  const found = [
    ...episode.keys.map((key) => [key.from, `${key.key} held for ${(key.to - key.from).toFixed(2)} s`]),
    ...episode.feedback.map((judged) => [judged.seconds, `feedback ${signed(judged.value)} after step ${judged.step}`]),
  ].sort((one, other) => one[0] - other[0]);
  const rows = found.map(([seconds, what]) => {
    const row = made("tr", "");
    const cell = made("td", "");
    const button = made("button", "Go there", { type: "button", "aria-label": `Go to ${clock(seconds)}: ${what}` });
    button.addEventListener("click", () => { pause(); show(placeAt(seconds)); });
    cell.append(button);
    row.append(made("td", clock(seconds)), made("td", what), cell);
    return row;
  });
  at("events").replaceChildren(...rows);
}

function choose(number) {
  pause();
  state.episode = state.whole.episodes[number];
  const episode = state.episode;
  const differs = Boolean(episode.difference || episode.fault);
  at("verdict").textContent = episode.verdict.charAt(0).toUpperCase() + episode.verdict.slice(1);
  at("verdict").classList.toggle("differs", differs);
  at("jump").hidden = !episode.difference;
  at("place").max = Math.max(0, moments().length - 1);
  drawLanes();
  listEvents();
  show(0);
}

function pause() {
  state.playing = false;
  clearTimeout(state.timer);
  at("play").textContent = "Play";
}

function tick() {
  if (!state.playing) return;
  if (state.place >= moments().length - 1) {
    pause();
    return;
  }
  const gap = moments()[state.place + 1].seconds - moments()[state.place].seconds;
  state.due += (Math.min(gap, LONGEST_PAUSE) * 1000) / Number(at("speed").value);
  state.timer = setTimeout(() => {
    show(state.place + 1);
    tick();
  }, Math.max(0, state.due - performance.now()));
}

function play() {
  if (state.place >= moments().length - 1) show(0);
  state.playing = true;
  state.due = performance.now();
  at("play").textContent = "Pause";
  tick();
}

function step(by) {
  pause();
  show(state.place + by);
}

const KEYS = {
  " ": () => (state.playing ? pause() : play()),
  ArrowLeft: () => step(-1),
  ArrowRight: () => step(1),
  Home: () => step(-Infinity),
  End: () => step(Infinity),
};

document.addEventListener("keydown", (event) => {
  const own = event.target.closest("select, summary, button, input");
  const act = KEYS[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
  if (own && !(own.id === "place" && event.key === " ") && !(own.matches("button") && event.key !== " ")) return;
  event.preventDefault();
  act();
});

at("play").addEventListener("click", () => (state.playing ? pause() : play()));
at("back").addEventListener("click", () => step(-1));
at("forward").addEventListener("click", () => step(1));
at("jump").addEventListener("click", () => {
  pause();
  show(moments().findIndex((moment) => moment.step === state.episode.difference.step));
});
at("place").addEventListener("input", (event) => {
  pause();
  show(Number(event.target.value));
});
at("lanes").addEventListener("click", (event) => {
  const box = at("lanes").firstElementChild.getBoundingClientRect();
  pause();
  show(placeAt((Math.max(0, event.clientX - box.left) / box.width) * length()));
});
at("episode").addEventListener("change", (event) => choose(Number(event.target.value)));

async function begin() {
  const answer = await fetch("replay.json");
  state.whole = await answer.json();
  const { study, participant, versions, episodes } = state.whole;
  document.title = `${participant}: replay`;
  at("participant").textContent = participant;
  at("study").textContent = `replay of ${study}`;
  at("speed").append(...SPEEDS.map((speed) => made("option", `${speed}×`, { value: speed })));
  at("speed").value = "1";
  at("episode").append(...episodes.map((episode, number) => {
    const again = episode.attempt > 1 ? `, attempt ${episode.attempt}` : "";
    const differs = episode.difference || episode.fault ? " – differs" : "";
    return made("option", `${episode.block} ${episode.episode}${again}${differs}`, { value: number });
  }));
  const named = Object.entries(versions).map(([name, [recorded, here]]) => `${name} ${recorded} (${here} here)`);
  at("versions").hidden = named.length === 0;
  at("versions").textContent = `Recorded with other versions of packages: ${named.join(", ")}.`;
  const worst = episodes.findIndex((episode) => episode.difference || episode.fault);
  at("episode").value = Math.max(0, worst);
  choose(Math.max(0, worst));
}

begin().catch((error) => {
  at("verdict").textContent = `The replay could not be loaded: ${error.message}. Is \`hippo replay\` still running?`;
  at("verdict").classList.add("differs");
});
