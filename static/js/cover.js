// The session is over: a page that refreshes itself is told so, and covers itself. Nothing of it is
// left on the screen or in the document, and nobody is sent anywhere.
(() => {
  document.addEventListener("signed-out", () => {
    const words = document.querySelector("#tackt");
    if (!words) return;
    document.title = words.dataset.title;
    document.body.replaceChildren(words.content.cloneNode(true));
    document.querySelector("#tackt-rubrik").focus();
  });
})();
