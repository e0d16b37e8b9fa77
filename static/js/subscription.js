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

  // A subscription holds for the key that it was made for, and for no other.
  async function turnOn(pushManager, base, { key, key_id }) {
    const applicationServerKey = bytes(key);
    const old = await pushManager.getSubscription();
    const madeFor = old?.options.applicationServerKey;
    const same = madeFor && String(new Uint8Array(madeFor)) === String(applicationServerKey);
    if (old && !same) await old.unsubscribe();
    const now = same ? old : await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
    const answer = await post(`${base}/prenumerera`, { ...now.toJSON(), key_id });
    if (!answer.ok) throw new Error(answer.status);
  }

  // Whose push service has let go of it gets another, as the owner had chosen. "unwanted" when
  // nobody has asked for reminders here; undefined when the server does not say.
  async function check(pushManager, base) {
    const old = await pushManager.getSubscription();
    const answer = await post(`${base}/kolla`, { endpoint: old?.endpoint });
    if (!answer.ok || answer.redirected) return undefined;
    const told = await answer.json();
    if (told.state !== "wanted") return told.state;
    await old?.unsubscribe(); // the browser may still show one that its push service has let go of
    await turnOn(pushManager, base, told);
    return "known";
  }

  return { turnOn, check };
})();
