// The browser's subscription to reminders: made, compared with what the server knows, made anew.
// Loaded by the page where one turns them on, and by the service worker, which looks now and then.
const reminders = (() => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

  async function post(address, body) {
    const { token } = await (await fetch("/ny-token")).json();
    return fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
    });
  }

  // What the browser had last, so that the server knows it again when it has lost it. Nothing but
  // what the browser's own settings hold too.
  const KEPT = "paminnelser", LAST = "/push/senast";
  const last = async () => (await (await caches.open(KEPT)).match(LAST))?.text();
  const keep = async (endpoint) => (await caches.open(KEPT)).put(LAST, new Response(endpoint));

  // A subscription holds for the key that it was made for, and for no other.
  async function turnOn(pushManager, base, { key, key_id }) {
    const applicationServerKey = bytes(key);
    const old = await pushManager.getSubscription();
    const madeFor = old?.options.applicationServerKey;
    const same = madeFor && String(new Uint8Array(madeFor)) === String(applicationServerKey);
    if (old && !same) await old.unsubscribe();
    const now = same ? old : await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
    const answer = await post(`${base}/prenumerera`, { ...now.toJSON(), key_id, before: await last() });
    if (!answer.ok) throw new Error(answer.status);
    await keep(now.endpoint);
  }

  // A pupil's device and one of the staff may share a browser, which has one subscription.
  const BASES = ["/push", "/personal/paminnelser"];

  async function ask(base, endpoint) {
    const answer = await post(`${base}/kolla`, { endpoint, before: await last() });
    return answer.ok && !answer.redirected ? { base, ...(await answer.json()) } : { base };
  }

  // One whose push service has let go of it gets another, as its owner had chosen; first of all that
  // of the page that asks. Gives what the server says: "known"; "unwanted", when nobody has asked
  // for reminders; undefined, when it does not say (of staff who are not signed in).
  async function check(pushManager, first = BASES[0]) {
    const old = await pushManager.getSubscription();
    const told = []; // one by one: two tokens at once would be of two sessions, and one no good
    for (const base of BASES) told.push(await ask(base, old?.endpoint));
    const mine = told.find(({ base }) => base === first);
    if (told.some(({ state }) => state === "known")) return mine.state === "known" ? "known" : "unwanted";
    const lost = mine.state === "wanted" ? mine : told.find(({ state }) => state === "wanted");
    if (!lost) {
      if (told.every(({ state }) => state === "unwanted")) await old?.unsubscribe();
      return mine.state;
    }
    await old?.unsubscribe(); // the browser may still show one that its push service has let go of
    await turnOn(pushManager, lost.base, lost);
    return lost === mine ? "known" : "unwanted";
  }

  return { turnOn, check };
})();
