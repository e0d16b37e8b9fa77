// Leave quickly: replace this page in the history, and let a borrowed device forget.
// Esc three times within two seconds does the same as the button. In a tab that was left so, the
// browser is not let to fill in what was typed when somebody goes back.
(() => {
  const exit = document.querySelector("[data-exit]");
  if (!exit) return;
  const empty = () => {
    if (sessionStorage.left) for (const form of document.forms) form.reset();
  };
  empty();
  addEventListener("pageshow", empty);
  const leave = () => {
    sessionStorage.left = 1;
    navigator.sendBeacon?.(exit.dataset.exit);
    document.documentElement.hidden = true;
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
