// E-ID. What was brought back from a provider is sent on. In an app on the home screen no address leads back, so the server is told where one is. Who
// leaves the page with the QR code cancels what it began.
(() => {
  const installed = navigator.standalone === true;
  for (const form of document.querySelectorAll("[data-eid-start]")) form.elements.installed.value = installed ? "1" : "";
  document.querySelector("[data-goes-on]")?.requestSubmit();
  const qr = document.querySelector("[data-leave]");
  if (!qr) return;
  let sends = false;
  document.addEventListener("submit", () => (sends = true));
  document.addEventListener("htmx:beforeOnLoad", ({ detail }) => (sends ||= Boolean(detail.xhr.getResponseHeader("HX-Redirect"))));
  addEventListener("pagehide", () => sends || navigator.sendBeacon?.(qr.dataset.leave));
})();
