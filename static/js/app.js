// What is to be copied, by a button beside it.
document.addEventListener("click", ({ target }) => {
  const { copy, copied } = target.dataset;
  if (copy) navigator.clipboard?.writeText(copy).then(() => (target.textContent = copied), () => {});
});

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
