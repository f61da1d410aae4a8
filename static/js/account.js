// Passkeys.  A form marked data-passkey asks the browser for one, puts the answer into its field and sends itself.
// Without scripts, or where browsers make none, the form stays hidden: codes and passwords do without it.
"use strict";

{
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list ?? []).map((known) => ({ ...known, id: bytes(known.id) }));

  async function asked(form) {
    const answer = await fetch(form.dataset.options, {
      method: "POST",
      headers: { "X-CSRFToken": form.elements.csrf_token.value },
    });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    return answer.json();
  }

  const packed = (credential, response) =>
    JSON.stringify({
      id: credential.id,
      rawId: text(credential.rawId),
      type: credential.type,
      clientExtensionResults: {},
      response: Object.fromEntries(
        Object.entries(response).filter(([, value]) => value).map(([name, value]) => [name, text(value)]),
      ),
    });

  async function make(options) {
    const publicKey = {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: named(options.excludeCredentials),
    };
    const made = await navigator.credentials.create({ publicKey });
    const { clientDataJSON, attestationObject } = made.response;
    return packed(made, { clientDataJSON, attestationObject });
  }

  async function prove(options) {
    const publicKey = {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: named(options.allowCredentials),
    };
    const used = await navigator.credentials.get({ publicKey });
    const { clientDataJSON, authenticatorData, signature, userHandle } = used.response;
    return packed(used, { clientDataJSON, authenticatorData, signature, userHandle });
  }

  async function send(form) {
    const said = form.querySelector("[data-passkey-said]");
    const button = form.querySelector("button");
    said.hidden = button.disabled = true;
    try {
      const options = await asked(form);
      form.elements.answer.value = await (form.dataset.passkey === "make" ? make(options) : prove(options));
      form.submit();
    } catch (error) {
      // What a browser says of a device that is among those it was told to leave out.
      said.textContent = error.name === "InvalidStateError" ? form.dataset.known : form.dataset.failed;
      said.hidden = false;
      button.disabled = false;
    }
  }

  for (const form of globalThis.PublicKeyCredential ? document.querySelectorAll("form[data-passkey]") : []) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form);
    });
  }
}
