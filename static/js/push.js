// The page about reminders. The browser is asked only when the button is pressed; which sentence is
// shown follows from what the browser can and what it has been told.
(() => {
  const box = document.querySelector("[data-push]");
  if (!box) return;
  const { key, keyId, base, worker } = box.dataset;
  const say = (state) => {
    for (const part of box.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
  };

  if (!("serviceWorker" in navigator)) return say("none");
  if (!("PushManager" in window) || !("Notification" in window)) {
    const apple = /iPhone|iPad/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
    return say(apple && !navigator.standalone ? "install" : "none");
  }

  const ready = navigator.serviceWorker
    .register(worker)
    .then(() => navigator.serviceWorker.ready)
    .then(({ pushManager }) => pushManager);

  box.querySelector("[data-on]").addEventListener("click", async () => {
    try {
      const leave = await Notification.requestPermission();
      if (leave !== "granted") return say(leave === "denied" ? "denied" : "ask");
      await reminders.turnOn(await ready, base, { key, key_id: keyId });
      say("on");
      location.reload();
    } catch {
      say("failed");
    }
  });

  (async () => {
    if (Notification.permission === "denied") return say("denied");
    if (Notification.permission !== "granted") return say("ask");
    say((await reminders.check(await ready, base)) === "known" ? "on" : "ask");
  })().catch(() => say("failed"));
})();
