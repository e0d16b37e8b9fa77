// Leave quickly: replace this page in the history, and let a borrowed device forget.
// Esc three times within two seconds does the same as the button.
(() => {
  const exit = document.querySelector("[data-exit]");
  if (!exit) return;
  const leave = () => {
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
