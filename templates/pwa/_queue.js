// --- a knock without a net ---
// It is kept on the phone, encrypted under a key that no script can read out, until the server has
// taken it. Of what was delivered nothing is kept but where its receipt is. Time is the server's:
// a phone's clock may say anything. The server takes the same form once.
const WEEK = 7 * DAY;
const HALF_HOUR = 30 * 60e3;
const SYNC = "knackning";
const STATE = { WAITING: "waiting", SENT: "sent", MEND: "mend" };

async function store(name, mode, act) {
  const base = await new Promise((done, fail) => {
    const asked = indexedDB.open("osant", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("items", { keyPath: "id" });
      asked.result.createObjectStore("keys");
    };
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
  try {
    return await new Promise((done, fail) => {
      const transaction = base.transaction(name, mode);
      const asked = act(transaction.objectStore(name));
      transaction.oncomplete = () => done(asked?.result);
      transaction.onabort = () => fail(transaction.error);
    });
  } finally {
    base.close();
  }
}

async function secretKey() {
  const found = await store("keys", "readonly", (keys) => keys.get(1));
  if (found) return found;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  await store("keys", "readwrite", (keys) => keys.put(made, 1));
  return made;
}

// The form's own id gives the code, so it is kept only within the box.
async function labelOf(fields) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(fields.get("form_id")));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function lay(url, fields) {
  fields.delete("csrf_token");
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = new TextEncoder().encode(fields.toString());
  const box = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await secretKey(), plain);
  const item = { id: await labelOf(fields), at: Date.now(), to: url.pathname + url.search, state: STATE.WAITING, iv, box };
  await store("items", "readwrite", (items) => items.put(item));
  await registration.sync?.register(SYNC).catch(() => {}); // the next opening sends it then
}

async function fieldsOf(item) {
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: item.iv }, await secretKey(), item.box);
  return new URLSearchParams(new TextDecoder().decode(plain));
}

// What is left, the oldest first.
async function itemsLeft() {
  const all = await store("items", "readonly", (items) => items.getAll());
  return all.sort((a, b) => a.at - b.at);
}

// What the server's clock says, by its latest answer; nothing before it has answered.
let told;
const tell = (response) => {
  const server = Date.parse(response?.headers.get("Date"));
  if (server) told = { server, since: performance.now() };
  return response;
};
const serversTime = () => told && told.server + performance.now() - told.since;

// After each try: a receipt can be opened as long as a phone remembers it, half an hour when it is
// not the pupil's own; what the server cannot take, or never takes, is kept for a week.
async function tidyItems() {
  const now = serversTime();
  if (!now) return;
  for (const item of await itemsLeft()) {
    const longest = item.state === STATE.SENT && !item.own ? HALF_HOUR : WEEK;
    if (!item.seen) await change(item.id, { seen: now });
    else if (now - item.seen > longest) await removeItem(item.id);
  }
}

const removeItem = (id) => store("items", "readwrite", (items) => void items.delete(id));

// Change an item, unless it was removed meanwhile.
const change = (id, values) =>
  store("items", "readwrite", (items) => {
    const asked = items.get(id);
    asked.onsuccess = () => asked.result && items.put({ ...asked.result, ...values });
  });

async function tellPages() {
  for (const page of await clients.matchAll({ type: "window" })) page.postMessage({ unsent: true });
}

async function clearNotices() {
  for (const notice of (await registration.getNotifications?.()) ?? []) notice.close();
  await navigator.clearAppBadge?.().catch(() => {});
}

async function forgetAll() {
  await clearNotices().catch(() => {});
  await store("items", "readwrite", (items) => void items.clear());
  await store("keys", "readwrite", (keys) => void keys.clear());
}

// After a quick exit it is still sent, but only the page of one's own answers says so, and on a phone
// that is not the pupil's own nothing can be opened.
async function hideAll() {
  await clearNotices().catch(() => {});
  for (const item of await itemsLeft())
    if (item.own || item.state === STATE.WAITING) await change(item.id, { hidden: true });
    else await removeItem(item.id);
}

// The form, pressed: to the server as ever, or, when that cannot be reached or is down, checked and
// kept (static/js/check.js). What cannot be checked is kept.
async function knock(event, url) {
  const fields = new URLSearchParams(await event.request.clone().text());
  let { request } = event;
  if (!fields.get("form_id")) {
    // A page from the phone whose script did not come: from here on it is the same knock, always.
    fields.set("form_id", crypto.randomUUID());
    request = new Request(url, { method: "POST", body: fields, redirect: "manual" });
  }
  const response = await fetch(request).catch(() => undefined);
  if (!response || response.status >= 500) {
    const mend = await kept(nameOf(url)).then((form) => answerFor(form, fields)).catch(() => undefined);
    if (mend) return mend;
    try {
      await lay(url, fields);
      return Response.redirect(OFFLINE, 303);
    } catch {
      return response ?? new Response(NOT_KEPT, { headers: { "Content-Type": "text/html; charset=utf-8" } });
    }
  }
  if (response.type === "opaqueredirect") {
    const taken = async () => removeItem(await labelOf(fields));
    event.waitUntil(taken().catch(() => {}));
  }
  return response;
}

let sending;
const sendAll = () => (sending ??= deliver().finally(() => (sending = undefined)));

async function deliver() {
  let left = 0;
  for (const item of await itemsLeft()) {
    if (item.state !== STATE.WAITING) continue;
    const { state, to } = await post(item).catch(() => ({ state: STATE.WAITING }));
    if (state === STATE.WAITING) left += 1;
    else if (item.hidden && !item.own) await removeItem(item.id);
    else if (state === STATE.SENT) await change(item.id, { state, to, seen: serversTime(), iv: undefined, box: undefined });
    else await change(item.id, { state, seen: serversTime() });
  }
  await tidyItems();
  await tellPages();
  return left;
}

// The browser's word about the origin is enough for the server; an older browser gives a token. Of
// one that somebody has left, nothing may be remembered here: it goes without cookies.
async function post(item, token) {
  const fields = await fieldsOf(item);
  if (token) fields.set("csrf_token", token);
  if (item.own) fields.set("own", "1");
  const credentials = item.hidden && !item.own ? "omit" : "same-origin";
  const answer = tell(await fetch(item.to, { method: "POST", body: fields, credentials }));
  const { pathname } = new URL(answer.url);
  if (answer.redirected && pathname.startsWith("/mitt/")) return { state: STATE.SENT, to: pathname };
  if (answer.status === 429 || answer.status >= 500) return { state: STATE.WAITING };
  if (answer.status === 400 && !token) return post(item, (await (await fetch("/ny-token")).json()).token);
  return { state: STATE.MEND };
}

// The receipt has been looked at, or cannot be any more.
async function seen(path) {
  for (const item of await itemsLeft()) if (item.state === STATE.SENT && item.to === path) await removeItem(item.id);
}

addEventListener("sync", (event) => {
  if (event.tag !== SYNC) return;
  const again = (left) => {
    if (left) throw new Error("not yet"); // so that the browser tries once more
  };
  event.waitUntil(sendAll().then(again));
});

const ANSWERS = {
  list: async () => (await itemsLeft()).map(({ id, at, state, hidden, own }) => ({ id, at, state, hidden, own })),
  own: (id) => change(id, { own: true }),
  send: sendAll,
  remove: removeItem,
  forget: forgetAll,
  claim: () => clients.claim(),
  reminders: checkReminders,
  open: async (id) => {
    const item = (await itemsLeft()).find((one) => one.id === id);
    return item && { to: item.to, fields: item.box && [...(await fieldsOf(item))] };
  },
};

addEventListener("message", (event) => {
  const answer = ANSWERS[event.data?.ask];
  if (!answer) return;
  event.waitUntil(
    answer(event.data.id)
      .catch(() => undefined)
      .then((told) => event.ports[0]?.postMessage(told)),
  );
});
