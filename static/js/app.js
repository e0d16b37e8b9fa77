// What is to be copied, by a button beside it.
document.addEventListener("click", ({ target }) => {
  const { copy, copied } = target.dataset;
  if (copy) navigator.clipboard?.writeText(copy).then(() => (target.textContent = copied), () => {});
});

// What a page says of "now" is asked for anew when somebody comes back to its tab; without a net it is
// said no more. The rest stays as it was left.
(() => {
  const MINUTE = 60e3;
  let saidAt = Date.now();
  const again = async () => {
    const said = document.querySelectorAll("[data-now]");
    if (document.hidden || !said.length || Math.abs(Date.now() - saidAt) < MINUTE) return;
    saidAt = Date.now();
    const html = await fetch(location.href).then((answer) => (answer.ok ? answer.text() : ""), () => "");
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelectorAll("[data-now]");
    said.forEach((old, number) => (fresh.length === said.length ? old.replaceWith(fresh[number]) : old.remove()));
  };
  document.addEventListener("visibilitychange", again);
  addEventListener("pageshow", again);
})();

// Once the page has come: the service worker, and on a phone that has been here before what waits
// there to be sent. The browser's own offer to install is saved for the page about installing.
(() => {
  addEventListener("beforeinstallprompt", (event) => event.preventDefault());
  const worker = navigator.serviceWorker;
  if (!worker) return;
  const { worker: address, offline } = document.currentScript.dataset;
  addEventListener("load", () => {
    const unsent = () => import(offline).catch(() => {});
    if (worker.controller) unsent();
    else worker.addEventListener("controllerchange", unsent, { once: true });
    // A page that came while the worker began is not seen by it: it is asked to look again.
    const look = ({ active }) => worker.controller ?? active.postMessage({ ask: "claim" });
    worker.register(address).then(() => worker.ready).then(look).catch(() => {}); // or all is as before
  });
})();
