// What waits on this phone to be sent, as told by the service worker, which alone keeps and sends
// it (templates/pwa/_queue.js). The words are in the page /offline, which is always at hand.
const PLACES = /^\/(s\/[^/]+|knacka|mitt|offline)?$/;
const HIDDEN_BUT_HERE = "/mitt";
const worker = navigator.serviceWorker;
const here = location.pathname;
let words;
let shown = "[]";

// A page from the phone has no form id of its own: the same form sent twice must be one knock.
const id = document.querySelector("#knacka [name=form_id]");
if (id && !id.value) id.value = crypto.randomUUID();

// What the worker answers instead of the server: what was typed, and what to mend, as the server
// shows it (templates/components/forms.html, faults.html).
function mend({ faults, fields }, { title, heading }) {
  const form = document.querySelector("#knacka");
  for (const field of form.elements) {
    const said = fields.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.matches("[type=radio], [type=checkbox]")) field.checked = said.includes(field.value);
    else if (said.length) field.value = said[0];
  }
  const make = (kind, values, ...within) => {
    const made = document.createElement(kind);
    for (const [name, value] of Object.entries(values)) made.setAttribute(name, value);
    made.append(...within);
    return made;
  };
  const list = faults.map(([id, why]) => make("li", {}, make("a", { href: `#${id}` }, why)));
  const summary = make("div", { class: "card alarm", role: "alert", id: "besked", tabindex: -1 }, make("h2", {}, heading), make("ul", {}, ...list));
  for (const [id, why] of faults) {
    const field = document.getElementById(id);
    const told = make("p", { class: "error", id: `${id}-fel` }, why);
    (field.querySelector("legend") ?? field).after(told);
    if (field.matches("input, textarea")) field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${told.id}`.trim());
  }
  for (const part of form.querySelectorAll("details"))
    part.open = [...part.querySelectorAll("input")].some((field) => (field.matches("[type=radio], [type=checkbox]") ? field.checked : true) && field.value) || part.querySelector(".error") !== null;
  document.title = title;
  document.querySelector("main").prepend(summary);
  summary.focus();
}
const answer = document.querySelector("#mer");
if (answer) mend(JSON.parse(answer.content.textContent), document.querySelector("#regler").dataset);

const ask = (what, id) =>
  new Promise((done) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (event) => done(event.data);
    worker.controller?.postMessage({ ask: what, id }, [port2]);
  });

// The receipt; or, as pressing the form's own button would, the form filled in and what to mend.
async function open(id) {
  const kept = await ask("open", id);
  if (!kept) return show();
  if (!kept.fields) return location.assign(kept.to); // delivered: to its receipt
  const form = document.createElement("form");
  form.method = "post";
  form.action = kept.to;
  form.hidden = true;
  for (const [name, value] of kept.fields) {
    const field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    field.value = value;
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}

const DO = {
  open,
  send: async (_id, button) => {
    button.disabled = true;
    await ask("send");
    await show();
    button.disabled = false;
  },
  own: async (id) => {
    await ask("own", id);
    await show();
  },
  remove: async (id) => {
    await ask("remove", id);
    await show();
  },
};

async function card(item) {
  words ??= fetch("/offline")
    .then((answer) => answer.text())
    .then((html) => new DOMParser().parseFromString(html, "text/html").querySelector("#osant"));
  const made = document.importNode((await words).content, true).querySelector(`[data-state=${item.state}]`);
  for (const part of made.querySelectorAll("[data-own]")) part.hidden = (part.dataset.own === "1") !== Boolean(item.own);
  const time = made.querySelector("time");
  // A clock that was wrong when it was written, or is now, is not to be told of.
  time.closest("[data-when]").hidden = Math.abs(Date.now() - item.at) > 30 * 24 * 3600e3;
  time.dateTime = new Date(item.at).toISOString();
  time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, {
    timeZone: "Europe/Stockholm", weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit",
  }).format(item.at).replace(/(\d\d):(\d\d)$/, (await words).dataset.clock ?? "$1:$2");
  for (const button of made.querySelectorAll("[data-do]"))
    button.addEventListener("click", () => DO[button.dataset.do](item.id, button));
  return made;
}

async function show() {
  const items = ((await ask("list")) ?? []).filter((item) => !item.hidden || here === HIDDEN_BUT_HERE);
  const state = JSON.stringify(items);
  if (state === shown) return;
  shown = state;
  const cards = await Promise.all(items.map(card));
  if (state !== shown) return; // something newer was faster
  let box = document.querySelector("#osanda");
  if (!box) {
    box = document.createElement("div");
    box.id = "osanda";
    box.className = "stack";
    box.setAttribute("role", "status");
    document.querySelector("main").prepend(box);
  }
  box.replaceChildren(...cards);
}

if (PLACES.test(here) || document.querySelector("#osant")) {
  worker.addEventListener("message", (event) => event.data.unsent && show());
  show();
}

// After a move that was to leave nothing here, nothing is left here.
const leave = () => document.querySelector("[data-forgotten]") && ask("forget");
document.addEventListener("htmx:afterSettle", leave);
leave();

// A net that has just come back often takes a moment more: while somebody looks, it is tried again.
const FIRST_WAIT = 3e3, LONGEST_WAIT = 300e3;
let wait, again;
async function send() {
  clearTimeout(again);
  if (document.hidden || !(await ask("send"))) return;
  clearTimeout(again);
  again = setTimeout(send, wait);
  wait = Math.min(wait * 2, LONGEST_WAIT);
}
const begin = () => {
  wait = FIRST_WAIT;
  send();
};
addEventListener("online", begin);
document.addEventListener("visibilitychange", begin);
begin();
ask("reminders");
