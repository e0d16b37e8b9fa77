// Refresh parts marked data-refresh="seconds" through htmx, but only while somebody can see them.
// The htmx trigger is the event "refresh"; a part is left alone while its own form is being used.
(() => {
  // On a browser that reminds: does it still?
  navigator.serviceWorker?.controller?.postMessage({ ask: "reminders" });
  const due = new Map();
  const refresh = (force) => {
    if (document.hidden) return;
    for (const part of document.querySelectorAll("[data-refresh]")) {
      const every = Number(part.dataset.refresh) * 1000;
      const last = due.get(part.id) ?? performance.timeOrigin;
      const now = performance.timeOrigin + performance.now();
      if (!force && now - last < every) continue;
      if (part.contains(document.activeElement) && document.activeElement.matches("textarea,input,select,button:not([id])")) continue;
      due.set(part.id, now);
      htmx.trigger(part, "refresh");
    }
  };
  // The app's badge, on a phone where it is installed: what is still unread. The tab's title: how
  // many wait.
  const badge = () => {
    const unread = document.querySelector("[data-unread]")?.dataset.unread;
    if (unread !== undefined) navigator.setAppBadge?.(Number(unread)).catch(() => {});
    const count = document.querySelector("[data-count]")?.dataset.count;
    if (count === undefined) return;
    const title = document.title.replace(/^\(\d+\+?\) /, "");
    document.title = count === "0" ? title : `(${count}) ${title}`;
  };
  // That somebody has the page in front of them: said once of what it shows, and only when it is
  // visible. A page that is fetched or drawn ahead says nothing.
  const say = async () => {
    const form = document.querySelector("form[data-seen]:not([data-said])");
    if (!form || document.hidden || document.prerendering) return;
    form.dataset.said = "";
    try {
      const body = new URLSearchParams(new FormData(form));
      const told = await fetch(form.action, { method: "POST", body, keepalive: true, headers: { "HX-Request": "true" } });
      const part = document.querySelector("[data-unread]");
      const unread = told.headers.get("X-Unread");
      if (unread === null || !part) return;
      part.dataset.unread = unread;
      if (unread === "0") document.querySelector(".count")?.remove();
      badge();
    } catch {
      delete form.dataset.said; // without a net: again when it is next looked at
    }
  };
  // What a form still holds that the new part has no more: the part stays as it is until it is sent.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, serverResponse, xhr } = event.detail;
    for (const text of target.querySelectorAll("[hx-preserve] textarea")) {
      const kept = text.closest("[hx-preserve]").id;
      if (text.value.trim() && xhr.status === 200 && !serverResponse.includes(`id="${kept}"`)) event.detail.shouldSwap = false;
    }
  });
  badge();
  say();
  // What somebody has unfolded stays so.
  let unfolded = [];
  document.addEventListener("htmx:beforeSwap", (event) => {
    unfolded = [...event.target.querySelectorAll("details[id][open]")].map((one) => one.id);
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of unfolded) document.getElementById(id)?.setAttribute("open", "");
  });
  document.addEventListener("htmx:afterSettle", () => (badge(), say()));
  document.addEventListener("prerenderingchange", say);
  setInterval(() => refresh(false), 1000);
  document.addEventListener("visibilitychange", () => (refresh(true), say()));
  // What cannot be refreshed says so, and when it last could be, by the server's clock: what stands
  // there may have changed since.
  const stale = document.querySelector("[data-stale]");
  const clockOf = (moment) =>
    new Intl.DateTimeFormat(document.documentElement.lang, {
      timeZone: "Europe/Stockholm", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    }).format(moment).replace(/(\S\S):(\S\S)/, stale.dataset.clock);
  document.addEventListener("htmx:afterRequest", ({ detail: { requestConfig, successful, xhr } }) => {
    if (!stale || !requestConfig.elt.matches("[data-refresh]")) return;
    stale.hidden = Boolean(successful);
    const at = successful && Date.parse(xhr.getResponseHeader("Date"));
    if (at) stale.querySelector("time").textContent = clockOf(at);
  });
  // The page must be unlocked again. What was typed goes along, and is not sent by that.
  document.addEventListener("locked", () => {
    const form = [...document.forms].find((one) => one.querySelector("textarea")?.value.trim());
    if (!form) return location.reload();
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "visa", value: "1" });
    form.append(field);
    form.submit();
  });
})();
