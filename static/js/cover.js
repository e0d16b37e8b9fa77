// What staff type is put aside on the server while they type: that is use of the session, which a
// page that refreshes itself is not. When the session is over such a page is told so: what has not
// been put aside yet is, and the page covers itself. Nothing of it is left on the screen or in the
// document, and nobody is sent anywhere. A text that cannot be put aside is tried again for as long
// as the cover stands.
(() => {
  const PAUSE = 2000, AGAIN = 15000;
  const words = document.querySelector("#tackt");
  if (!words) return;
  const unsaved = new Map(); // what was typed in a form, and the timer that saves it

  const fieldsOf = (form) => {
    const fields = new URLSearchParams(new FormData(form));
    fields.set("till", new URL(form.action).pathname);
    return fields;
  };
  // Saved when the server says so itself, or that the session is over but the text waits.
  const put = async (fields) => {
    const answer = await fetch(words.dataset.draft, { method: "POST", body: fields, redirect: "manual" });
    return answer.ok || answer.type === "opaqueredirect";
  };
  const save = async (form) => {
    const kept = unsaved.get(form);
    if (!kept) return true;
    const saved = await put(kept.fields ?? fieldsOf(form)).catch(() => false);
    if (saved && unsaved.get(form) === kept) unsaved.delete(form);
    return saved;
  };
  document.addEventListener("input", ({ target }) => {
    const form = target.closest("form[data-draft]");
    if (!form) return;
    clearTimeout(unsaved.get(form)?.timer);
    unsaved.set(form, { timer: setTimeout(() => save(form), PAUSE) });
  });
  document.addEventListener("submit", ({ target }) => {
    clearTimeout(unsaved.get(target)?.timer);
    unsaved.delete(target);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) for (const form of unsaved.keys()) save(form);
  });

  let covered = false;
  document.addEventListener("signed-out", async () => {
    if (covered) return;
    covered = true;
    for (const [form, kept] of unsaved) {
      clearTimeout(kept.timer);
      unsaved.set(form, { fields: fieldsOf(form) });
    }
    const typed = unsaved.size > 0 || [...document.querySelectorAll("[data-draft] textarea")].some((t) => t.value);
    document.title = words.dataset.title;
    document.body.replaceChildren(words.content.cloneNode(true));
    document.querySelector("#tackt-rubrik").focus();
    const say = (state) => {
      for (const part of document.querySelectorAll("[data-text]")) part.hidden = part.dataset.text !== state;
    };
    const all = async () => {
      if (typed && unsaved.size) say("unsaved");
      const saved = await Promise.all([...unsaved.keys()].map(save));
      if (!saved.every(Boolean)) return setTimeout(all, AGAIN);
      if (typed) say("saved");
    };
    all();
  });
})();
