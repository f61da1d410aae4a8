// Checks a document without sending it: the file is hashed here, only its digest travels.
// Without scripts, or outside a secure context, the form uploads the file and the server hashes it.
"use strict";

{
  const form = document.querySelector("form[data-verify]");
  const input = form?.querySelector("input[type=file]");
  const said = form?.querySelector("[data-verify-said]");

  const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  async function check(file) {
    if (file.size > Number(form.dataset.largest)) return void (said.textContent = form.dataset.large);
    if (!file.size) return void (said.textContent = form.dataset.empty);
    said.textContent = form.dataset.working;
    try {
      const digest = hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
      const address = new URL(form.dataset.verify, location.href);
      address.searchParams.set("sha256", digest);
      const code = form.elements.code.value;
      if (code) address.searchParams.set("code", code);
      location.assign(address);
    } catch {
      said.textContent = form.dataset.unread;
    }
  }

  if (form && globalThis.crypto?.subtle) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.files.length) check(input.files[0]);
    });
    input.addEventListener("change", () => input.files.length && check(input.files[0]));
  }
}
