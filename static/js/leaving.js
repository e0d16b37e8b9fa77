// What is forgotten is gone: a page of before a way out is never shown again (web/leaving.py), and
// quick exit is one. Esc three times within two seconds does the same as its button. Who only goes
// back, or whose phone let go of the page, finds what they typed.
(() => {
  const HALF_HOUR = 30 * 60e3, YEAR = 365 * 24 * 3600, PATIENCE = 4000;
  const root = document.documentElement;
  const exit = document.querySelector("[data-exit]");
  const needs = document.body.dataset.shownTo;
  const mark = () => document.cookie.match(/(?:^|; )spar=([^;]*)/)?.[1] ?? "";
  const born = mark();
  let left = false, asideAt = 0, usedAt = Date.now();

  // --- pages out of the history ---
  const isFresh = (at) => Math.abs(Date.now() - at) < HALF_HOUR;

  async function stands() {
    if (mark() !== born) return false;
    try {
      const asked = { headers: { "HX-Request": "true" }, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
      const told = await (await fetch("/kvar", asked)).json();
      return !told.gone && (!needs || told[needs]);
    } catch {
      return isFresh(Math.max(asideAt, usedAt)); // without a net
    }
  }

  // Empty it first: the page that takes its place may be slow to come.
  function gone() {
    left = true;
    root.hidden = true;
    document.body.replaceChildren();
    drop();
    location.replace(location.pathname + location.search);
  }

  addEventListener("pagehide", ({ persisted }) => {
    if (!left) keep();
    asideAt = Date.now();
    root.hidden = persisted;
  });
  addEventListener("pageshow", async ({ persisted }) => {
    if (!persisted) return;
    if (!(await stands())) return gone();
    root.hidden = false;
    tryToGiveBack(asideAt);
  });
  document.addEventListener("visibilitychange", () => {
    if (left) return;
    if (document.hidden) keep();
    else if (mark() !== born) gone(); // somebody left in another tab
  });

  // A phone that nobody has touched for half an hour shows nothing more; a page that refreshes
  // itself is no use of it, but typing is.
  const MINUTE = 60e3;
  for (const kind of ["input", "pointerdown", "keydown", "scroll"])
    addEventListener(kind, () => (usedAt = Date.now()), { passive: true, capture: true });
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (Date.now() - usedAt < MINUTE) detail.parameters.anvands = 1;
  });
  if (needs === "device" || needs === "login")
    setInterval(async () => {
      if (!left && !document.hidden && !isFresh(usedAt) && !(await stands())) gone();
    }, MINUTE);

  // --- what was typed, for who goes back in this tab ---
  const own = () => (exit ? [...document.forms].filter((form) => form.querySelector("textarea")) : []);
  const NEW = ["csrf_token", "senast", "nobody"]; // what a page says anew each time
  const fieldsOf = (form) => [...new FormData(form)].filter(([name]) => !NEW.includes(name));
  const where = location.pathname + location.search;

  function drop() {
    try {
      sessionStorage.clear();
    } catch {}
  }

  const isTyped = (field) =>
    field.matches("textarea, input:not([type=hidden])") &&
    (field.checked !== field.defaultChecked || field.value !== field.defaultValue);

  function keep() {
    const forms = own();
    if (!forms.some((form) => [...form.elements].some(isTyped))) return;
    try {
      sessionStorage.utkast = JSON.stringify({ mark: mark(), at: Date.now(), where, forms: forms.map(fieldsOf) });
    } catch {}
  }

  // keptAt: of a page that the browser had kept as it was, when it went. (WebKit keeps it without what
  // was typed, where a form asks not to be filled in.)
  function giveBack(keptAt) {
    const text = sessionStorage.utkast;
    if (!text) return;
    const draft = JSON.parse(text);
    if (draft.mark !== mark() || !isFresh(draft.at)) return drop();
    if (draft.where !== where) return;
    if (keptAt) {
      if (draft.at < keptAt - 1000) return; // nothing was typed in it then
    } else if (performance.getEntriesByType("navigation")[0]?.type === "navigate") {
      return drop(); // who comes anew begins anew
    }
    own().forEach((form, number) => {
      const fields = draft.forms[number] ?? [];
      for (const field of form.elements) {
        if (!field.name || NEW.includes(field.name)) continue;
        const values = fields.filter(([name]) => name === field.name).map(([, value]) => value);
        if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
        else if (values.length) field.value = values[0];
        if (field.checked || (field.type !== "hidden" && field.value)) field.closest("details")?.setAttribute("open", "");
      }
    });
  }
  const tryToGiveBack = (keptAt) => {
    try {
      giveBack(keptAt);
    } catch {}
  };
  tryToGiveBack();

  // --- quick exit ---
  if (!exit) return;
  const leave = () => {
    left = true;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `spar=ut${Math.random().toString(36).slice(2)}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
    drop();
    navigator.sendBeacon?.(exit.dataset.exit);
    root.hidden = true;
    location.replace(exit.href);
  };
  exit.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  let presses = [];
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    presses = [...presses.filter((at) => event.timeStamp - at < 2000), event.timeStamp];
    if (presses.length >= 3) leave();
  });
})();
