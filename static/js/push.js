// Reminders. The browser is asked only when the button is pressed; which sentence is shown follows
// from what the browser can and what it has been told. At every visit the server hears which
// subscription the browser has, and a lost or outdated one is made anew.
(() => {
  const box = document.querySelector("[data-push]");
  if (!box) return;
  const { key, keyId, subscribe, check, token, worker } = box.dataset;
  const say = (state) => {
    for (const part of box.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
  };
  const post = (address, body) =>
    fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
    });
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

  if (!("serviceWorker" in navigator)) return say("none");
  if (!("PushManager" in window) || !("Notification" in window)) {
    const apple = /iPhone|iPad/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
    return say(apple && !navigator.standalone ? "install" : "none");
  }

  const ready = navigator.serviceWorker.register(worker).then(() => navigator.serviceWorker.ready);

  async function turnOn() {
    const { pushManager } = await ready;
    const old = await pushManager.getSubscription();
    const madeFor = old?.options.applicationServerKey;
    const same = madeFor && String(new Uint8Array(madeFor)) === String(bytes(key));
    if (old && !same) await old.unsubscribe();
    const now = same
      ? old
      : await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
    const answer = await post(subscribe, { ...now.toJSON(), key_id: keyId });
    if (!answer.ok) throw new Error(answer.status);
  }

  box.querySelector("[data-on]").addEventListener("click", async () => {
    try {
      const leave = await Notification.requestPermission();
      if (leave !== "granted") return say(leave === "denied" ? "denied" : "ask");
      await turnOn();
      say("on");
      location.reload();
    } catch {
      say("failed");
    }
  });

  (async () => {
    if (Notification.permission === "denied") return say("denied");
    const old = await (await ready).pushManager.getSubscription();
    if (!old || Notification.permission !== "granted") return say("ask");
    const madeFor = old.options.applicationServerKey;
    if (madeFor && String(new Uint8Array(madeFor)) !== String(bytes(key))) {
      await turnOn(); // the key has been exchanged; the choice stands
      return say("on");
    }
    const answer = await post(check, { endpoint: old.endpoint });
    const { known } = await answer.json();
    if (!known) await old.unsubscribe(); // removed from the list on this page
    say(known ? "on" : "ask");
  })().catch(() => say("failed"));
})();
