// On the new phone: what stands after # in the QR code's address goes into the form, and out of
// the address. Nothing is sent until the button is pressed.
(() => {
  const form = document.querySelector("[data-move]");
  const token = location.hash.slice(1);
  if (!form || !/^[\w-]{22}$/.test(token)) return;
  history.replaceState(null, "", location.pathname);
  form.elements.token.value = token;
  form.querySelector("[data-read]").hidden = false;
  form.querySelector("[data-type]").hidden = true;
})();
