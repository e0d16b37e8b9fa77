// --- a knock without a net ---
// It is kept on the phone, encrypted under a key that no script can read out, until the pupil has
// opened its receipt, has removed it, or a week has passed. The server takes the same form once.
const WEEK = 7 * DAY;
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

// What is left, the oldest first; what has waited for a week is gone.
async function itemsLeft() {
  const all = await store("items", "readonly", (items) => items.getAll());
  const old = all.filter((item) => Date.now() - item.at > WEEK);
  for (const item of old) await removeItem(item.id);
  return all.filter((item) => !old.includes(item)).sort((a, b) => a.at - b.at);
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

async function forgetAll() {
  await store("items", "readwrite", (items) => void items.clear());
  await store("keys", "readwrite", (keys) => void keys.clear());
}

// After a quick exit it is still sent, but only the page of one's own answers says so.
async function hideAll() {
  for (const item of await itemsLeft()) await change(item.id, { hidden: true });
}

// The form, pressed: to the server as ever, or kept when that cannot be reached or is down.
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
    const state = await post(item).catch(() => STATE.WAITING);
    if (state === STATE.WAITING) left += 1;
    else await change(item.id, { state });
  }
  await tellPages();
  return left;
}

// The browser's word about the origin is enough for the server; an older browser gives a token.
async function post(item, token) {
  const fields = await fieldsOf(item);
  if (token) fields.set("csrf_token", token);
  const answer = await fetch(item.to, { method: "POST", body: fields });
  if (answer.redirected && new URL(answer.url).pathname.startsWith("/mitt/")) return STATE.SENT;
  if (answer.status === 429 || answer.status >= 500) return STATE.WAITING;
  if (answer.status === 400 && !token) return post(item, (await (await fetch("/ny-token")).json()).token);
  return STATE.MEND;
}

addEventListener("sync", (event) => {
  if (event.tag !== SYNC) return;
  const again = (left) => {
    if (left) throw new Error("not yet"); // so that the browser tries once more
  };
  event.waitUntil(sendAll().then(again));
});

const ANSWERS = {
  list: async () => (await itemsLeft()).map(({ id, at, state, hidden }) => ({ id, at, state, hidden })),
  send: sendAll,
  remove: removeItem,
  forget: forgetAll,
  claim: () => clients.claim(),
  reminders: checkReminders,
  open: async (id) => {
    const item = (await itemsLeft()).find((one) => one.id === id);
    return item && { to: item.to, fields: [...(await fieldsOf(item))] };
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
