// What the pages gain from scripts. Every one of them works without; words come from the templates.
"use strict";

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (type, act, capture = false) => document.addEventListener(type, act, capture);

/* ---- htmx: the CSRF token travels in a header; a refusal or a failure is said, never silent ---- */

on("htmx:config:request", ({ detail }) => {
  const token = one('meta[name="csrf-token"]')?.content;
  if (token && detail.ctx.request.method !== "GET") detail.ctx.request.headers["X-CSRFToken"] = token;
});

function say(words) {
  const toast = one("#toast");
  if (!toast || !words) return;
  toast.textContent = words;
  toast.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (toast.hidden = true), 8000);
}

on("htmx:response:error", ({ detail }) => {
  const status = detail.ctx.response?.raw?.status ?? 0;
  if (status >= 500 || status === 429) say(one("#toast")?.dataset.failed);
  else if (status === 403 || status === 404) say(one("#toast")?.dataset.refused);
});
// Signed out meanwhile: htmx would leave for the sign-in page, and what is typed here be gone.
on("htmx:before:response", (event) => {
  if (event.detail.ctx.response?.raw?.status !== 401 || !unsent()) return;
  event.preventDefault();
  say(one("#toast")?.dataset.signedOut);
});
on("htmx:error", ({ detail }) => detail.ctx && say(one("#toast")?.dataset.failed));

const edited = (field) =>
  field.matches("select") ? [...field.options].some((option) => option.selected !== option.defaultSelected)
    : field.type === "file" ? field.files.length > 0
    : field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked
    : field.defaultValue !== undefined && field.value !== field.defaultValue;
const unsent = () => all("form[method=post]").some((form) => [...form.elements].some(edited));

/* ---- dialogs ---- */

function open(id) {
  const dialog = one(`dialog#${id}`);
  if (!dialog || dialog.open) return Boolean(dialog);
  dialog.showModal();
  one("input", dialog)?.select();
  return true;
}

on("click", (event) => {
  const opener = event.target.closest("[data-open-dialog]");
  if (opener && open(opener.dataset.openDialog)) event.preventDefault();
  if (event.target.closest("[data-close]")) event.target.closest("dialog")?.close();
  if (event.target.closest("[data-print]")) print();
  if (event.target.matches("dialog[open]")) event.target.close(); // the backdrop
});

/* ---- a destructive act says what it will touch, then asks: <form data-confirm="…"> or its button ---- */

let agreed = null;

on("submit", (event) => {
  const words = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  const dialog = one("dialog#confirm");
  if (!words || !dialog) return;
  if (agreed === event.target) return void (agreed = null);
  event.preventDefault();
  event.stopImmediatePropagation();
  one("#confirm-text", dialog).textContent = words;
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue !== "yes") return;
    agreed = event.target;
    event.target.requestSubmit(event.submitter);
  };
  dialog.showModal();
}, true);

/* ---- boards: j and k walk, Enter opens, x ticks, / searches ---- */

const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");

function walk(step) {
  const rows = all("[data-board] [data-row]");
  if (!rows.length) return false;
  const here = rows.findIndex((row) => row.classList.contains("here"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, here < 0 ? 0 : here + step))];
  rows[here]?.classList.remove("here");
  next.classList.add("here");
  one(".name", next)?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

const acts = {
  j: () => walk(1),
  k: () => walk(-1),
  x: () => {
    const box = one("[data-board] .here [data-pick]");
    box?.click();
    return box;
  },
  Enter: (event) => {
    const link = !event.target.closest("a, button, summary, input") && one("[data-board] .here .name");
    if (link) link.click();
    return link;
  },
  "/": () => {
    const search = one("main input[type=search]");
    search?.select();
    return search;
  },
  "?": () => open("keys"),
};

on("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    if (open("search")) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || one("dialog[open]")) return;
  if (Object.hasOwn(acts, event.key) && acts[event.key](event)) event.preventDefault();
});

/* ---- bulk selection: the bar appears with the first tick and counts ---- */

const counted = (holder, n) => (n === 1 ? holder.dataset.one : holder.dataset.many.replace("{n}", n.toLocaleString(document.documentElement.lang)));

function recount() {
  const boxes = all("[data-pick]");
  const chosen = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest("tr, li")?.classList.toggle("chosen", box.checked);
  for (const bar of all("[data-bulk]")) {
    bar.hidden = chosen.length === 0;
    if (chosen.length) one(".count", bar).textContent = counted(bar, chosen.length);
  }
  for (const head of all("[data-pick-all]")) {
    head.checked = boxes.length > 0 && chosen.length === boxes.length;
    head.indeterminate = chosen.length > 0 && !head.checked;
  }
}

let last = null;

on("click", (event) => {
  const box = event.target.closest("[data-pick]");
  if (!box) return;
  if (event.shiftKey && last?.isConnected) {
    const boxes = all("[data-pick]");
    const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
    for (const between of boxes.slice(from, to + 1)) between.checked = box.checked;
  }
  last = box;
});

on("change", (event) => {
  if (event.target.matches("[data-pick-all]")) for (const box of all("[data-pick]")) box.checked = event.target.checked;
  if (event.target.matches("[data-pick], [data-pick-all]")) recount();
  if (event.target.matches("[data-drop] input[type=file]")) chosenFiles(event.target);
  if (event.target.matches("select[data-go]")) event.target.form?.requestSubmit();
});

/* ---- file drop zones: the plain input stays; one may also drop on the frame ---- */

function chosenFiles(input) {
  const zone = input.closest("[data-drop]");
  const names = [...input.files].map((file) => file.name).join(", ");
  // Said before it is sent: the portal refuses it unread, and the form with it.
  const heavy = zone.dataset.largest && [...input.files].some((file) => file.size > Number(zone.dataset.largest));
  input.setCustomValidity(heavy ? zone.dataset.tooLarge : "");
  if (heavy) input.reportValidity();
  one(".chosen", zone).textContent = input.files.length ? `${counted(zone, input.files.length)} : ${names}` : "";
}

for (const type of ["dragenter", "dragover", "dragleave", "drop"]) {
  on(type, (event) => {
    const zone = event.target.closest?.("[data-drop]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("over", type === "dragenter" || type === "dragover");
    if (type !== "drop" || !event.dataTransfer.files.length) return;
    const input = one("input[type=file]", zone);
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

/* ---- arriving: on the page, and in each part htmx brings ---- */

function arrive() {
  recount();
  for (const button of all("[data-print][hidden]")) button.hidden = false;
  for (const hint of all("[data-drop-hint]")) if (!hint.textContent) hint.textContent = hint.dataset.dropHint;
  one("[data-focus]")?.focus();
  unfold();
}

/** A link to a question or a requirement opens what hides it. */
function unfold() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let fold = target && target.closest("details"); fold; fold = fold.parentElement?.closest("details")) fold.open = true;
}

on("click", (event) => {
  const button = event.target.closest("[data-unfold]");
  if (!button) return;
  event.preventDefault();
  const folds = all(`${button.dataset.unfold} details, details${button.dataset.unfold}`);
  const show = folds.some((fold) => !fold.open);
  for (const fold of folds) fold.open = show;
});

addEventListener("hashchange", unfold);
addEventListener("pageshow", recount);
on("htmx:after:swap", () => recount());
arrive();
