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
    worker.register(address).catch(() => {}); // without one all is as before
  });
})();
