// Keys (WebAuthn): one form asks for one. The question comes from the server when it is asked, since it
// is good for a few minutes only; the answer goes back in the form. On a page where an address can be
// typed, the browser offers its keys beside it as well.
(() => {
  const AGAIN = 240000; // before the question of a page that lies open has grown too old
  const form = document.querySelector("form[data-key]");
  if (!form) return;
  const { key: question, way } = form.dataset;
  const onward = document.querySelector("#fortsatt :is(a, button)"); // once it is confirmed
  const say = (state) => {
    for (const part of form.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== state;
  };
  if (!window.PublicKeyCredential) return say("none");

  const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const toText = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  const known = (keys = []) => keys.map((key) => ({ ...key, id: toBytes(key.id) }));

  const asked = async () => {
    const answer = await fetch(question, { cache: "no-store" });
    if (!answer.ok && way === "create") return location.reload(); // too long ago: confirm first
    if (!answer.ok || answer.redirected) throw new Error("no question");
    const options = await answer.json();
    options.challenge = toBytes(options.challenge);
    if (options.user) options.user.id = toBytes(options.user.id);
    for (const list of ["allowCredentials", "excludeCredentials"]) if (options[list]) options[list] = known(options[list]);
    return options;
  };
  const told = ({ id, rawId, type, response }) => {
    const said = { transports: response.getTransports?.() };
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (response[part]) said[part] = toText(response[part]);
    return JSON.stringify({ id, rawId: toText(rawId), type, response: said, clientExtensionResults: {} });
  };
  const give = async (credential) => {
    form.elements.credential.value = told(credential);
    if (!("quiet" in form.dataset)) return form.submit();
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (answer.status !== 204) return say("failed");
    say("done");
    form.querySelector("[data-can]").hidden = true;
    if (!onward) return;
    onward.hidden = false;
    onward.focus();
  };

  let offered = new AbortController();
  const offer = async () => {
    offered = new AbortController();
    const { signal } = offered;
    const publicKey = await asked();
    if (!publicKey || signal.aborted) return;
    const again = setTimeout(() => {
      offered.abort();
      offer().catch(() => {});
    }, AGAIN);
    signal.addEventListener("abort", () => clearTimeout(again));
    await give(await navigator.credentials.get({ publicKey, mediation: "conditional", signal }));
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = form.elements.name;
    if (name && name instanceof HTMLInputElement && !name.value.trim()) { form.elements.credential.value = "-"; return form.submit(); } // the server says what is missing
    say();
    offered.abort();
    try {
      const publicKey = await asked();
      if (publicKey) await give(await navigator.credentials[way]({ publicKey }));
    } catch (error) {
      say(error.name === "InvalidStateError" ? "known" : "failed");
    }
  });
  form.querySelector("[data-can]").hidden = false;
  if (onward) onward.hidden = true;

  (async () => {
    if (!document.querySelector("[autocomplete~=webauthn]")) return;
    if (await PublicKeyCredential.isConditionalMediationAvailable?.()) await offer();
  })().catch(() => {});
})();
