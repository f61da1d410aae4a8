// Checks a document without sending it: the file is read here; its digest and the code it shows travel.
// Without scripts, or outside a secure context, the form uploads the file and the server hashes it.
"use strict";

{
  const form = document.querySelector("form[data-verify]");
  const input = form?.querySelector("input[type=file]");
  const said = form?.querySelector("[data-verify-said]");

  const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // The code in the address that a document shows: a file that carries ours and is not ours was changed.
  const shown = /\/verifier\?code=([A-Z2-7]{16})/;
  const latin = new TextDecoder("latin1");

  // As far as the server looks into a file that is sent to it.
  const mostStreams = 1000, mostUnpacked = 64 * 1024;

  async function unpacked(raw) {
    const pieces = [];
    let left = mostUnpacked;
    const reader = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
    // What follows the stream is an error there; what came before it has been read by then.
    try {
      for (let piece = await reader.read(); !piece.done && left > 0; piece = await reader.read()) {
        pieces.push(latin.decode(piece.value));
        left -= piece.value.length;
      }
      reader.cancel().catch(() => {});
    } catch { /* its end */ }
    return pieces.join("");
  }

  async function carried(buffer) {
    const plain = latin.decode(buffer);
    let found = shown.exec(plain);
    if (found) return found[1];
    let stop = 0, count = 0;
    for (const start of plain.matchAll(/(?<!end)stream\r?\n/g)) {
      if (++count > mostStreams) break;
      const from = start.index + start[0].length;
      if (stop < from) stop = plain.indexOf("endstream", from);
      if (stop < 0) stop = buffer.byteLength;
      found = shown.exec(await unpacked(new Uint8Array(buffer, from, stop - from)));
      if (found) return found[1];
    }
    return "";
  }

  async function check(file) {
    if (file.size > Number(form.dataset.largest)) return void (said.textContent = form.dataset.large);
    if (!file.size) return void (said.textContent = form.dataset.empty);
    said.textContent = form.dataset.working;
    try {
      const buffer = await file.arrayBuffer();
      const digest = hex(await crypto.subtle.digest("SHA-256", buffer));
      const address = new URL(form.dataset.verify, location.href);
      address.searchParams.set("sha256", digest);
      const code = form.elements.code.value;
      if (code) address.searchParams.set("code", code);
      const inside = await carried(buffer);
      if (inside) address.searchParams.set("code_lu", inside);
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
