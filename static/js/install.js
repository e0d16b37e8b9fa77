// On the page about installing: the browser's own question behind a button, where there is one, and
// the right steps first on an iPad, which says that it is a Mac.
(() => {
  const question = document.querySelector("#fraga");
  const done = () => {
    document.querySelector("#finns").hidden = false;
    question.hidden = true;
  };
  let offer;
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event;
    question.hidden = false;
  });
  addEventListener("appinstalled", done);
  question.querySelector("button").addEventListener("click", async () => {
    question.hidden = true; // it can be asked once
    await offer.prompt();
  });
  if (matchMedia("(display-mode: standalone)").matches || navigator.standalone) done();
  if (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1) {
    const kinds = document.querySelector("#sorter");
    for (const kind of kinds.children) kind.open = kind.id === "iphone";
    kinds.prepend(document.querySelector("#iphone"));
  }
})();
