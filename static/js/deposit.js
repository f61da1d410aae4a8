// Many files: each is sent by itself, with its progress; what did not arrive is sent again alone.
// They may be dropped anywhere on the page.  Without scripts the form sends them all in one body.
"use strict";

{
  const box = document.querySelector("[data-sending]");
  const form = document.querySelector("form[data-send]");
  const lines = box?.querySelector("[data-lines]");
  const told = box?.querySelector("[data-told]");
  const SIDE_BY_SIDE = 2;
  const waiting = [];
  let going = 0, sent = 0, asked = 0;

  const count = () => (told.textContent = asked ? box.dataset.done.replace("{done}", sent).replace("{all}", asked) : "");
  const word = () => [...crypto.getRandomValues(new Uint8Array(18))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  function line(file) {
    const made = box.querySelector("template").content.firstElementChild.cloneNode(true);
    made.querySelector("[data-name]").textContent = file.name;
    made.querySelector("[data-which]").textContent = ` ${file.name}`;
    made.querySelector("progress").setAttribute("aria-label", file.name);
    lines.append(made);
    return made;
  }

  function tell(one, words, again) {
    one.line.querySelector("progress").hidden = true;
    const said = one.line.querySelector("[data-words]");
    said.textContent = words;
    said.hidden = false;
    one.line.querySelector("[data-again]").hidden = !again;
  }

  function body(one) {
    const data = form ? new FormData(form) : new FormData();
    data.delete("files");
    data.set("once", one.word); // the same at each try: what arrived already is not kept twice
    data.append("files", one.file);
    return data;
  }

  function send(one) {
    const request = new XMLHttpRequest();
    const bar = one.line.querySelector("progress");
    request.open("POST", box.dataset.sending);
    request.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]').content);
    request.setRequestHeader("HX-Request", "true");
    request.upload.onprogress = (event) => event.lengthComputable && (bar.value = (100 * event.loaded) / event.total);
    request.onloadend = () => {
      going -= 1;
      if (request.status === 200 || request.status === 422) {
        sent += 1;
        arrived(one, request.responseText);
      } else if (request.status === 413) tell(one, box.dataset.tooLarge, false);
      else tell(one, request.status === 401 ? box.dataset.signedOut : why(request) ?? box.dataset.lost, true);
      count();
      next();
    };
    going += 1;
    request.send(body(one));
  }

  function read(html) {
    const holder = document.createElement("template");
    holder.innerHTML = html.trim();
    return holder.content.firstElementChild;
  }

  // The portal's own words, where it could not keep the file.
  const why = (request) => (request.status === 503 ? read(request.responseText)?.querySelector(".outcome > .wide")?.textContent : null);

  function arrived(one, html) {
    const fresh = read(html);
    const before = fresh.id && document.getElementById(fresh.id);
    if (before && before !== one.line) before.remove();
    one.line.replaceWith(fresh);
    window.htmx?.process(fresh);
  }

  function next() {
    while (waiting.length && going < SIDE_BY_SIDE) send(waiting.shift());
  }

  function take(files) {
    const chosen = [...files].slice(0, Number(box.dataset.most));
    box.hidden = false;
    for (const file of chosen) {
      const one = { file, word: word(), line: line(file) };
      asked += 1;
      one.line.querySelector("[data-again]").addEventListener("click", () => {
        one.line.querySelector("[data-again]").hidden = one.line.querySelector("[data-words]").hidden = true;
        one.line.querySelector("progress").hidden = false;
        waiting.push(one);
        next();
      });
      if (file.size > Number(box.dataset.largest)) tell(one, box.dataset.tooLarge, false);
      else waiting.push(one);
    }
    count();
    if (files.length > chosen.length) told.textContent = box.dataset.tooMany;
    box.scrollIntoView({ block: "nearest" });
    next();
  }

  const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

  if (box) {
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
      document.addEventListener(type, (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        document.body.classList.toggle("dropping", type === "dragover" || type === "dragenter");
        if (type === "drop" && !event.target.closest("[data-drop]")) take(event.dataTransfer.files);
      });
    }
    addEventListener("beforeunload", (event) => (going || waiting.length) && event.preventDefault());
    document.addEventListener("change", (event) => {
      if (!form?.contains(event.target) || event.target.type !== "file" || !event.target.files.length) return;
      take(event.target.files);
      event.target.value = ""; // the same file may be chosen again
      const chosen = event.target.closest("[data-drop]")?.querySelector(".chosen");
      if (chosen) chosen.textContent = "";
      event.target.setCustomValidity("");
    });
    for (const plain of document.querySelectorAll("[data-plain]")) plain.hidden = true;
  }
}
