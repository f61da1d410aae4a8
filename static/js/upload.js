// A form with its file: sent with its progress.  Where the connection breaks nothing is lost: what
// was typed and chosen stays as it is, to be sent again.  Without scripts the browser sends it.
"use strict";

{
  let going = false;

  const inputs = (root) => [...root.querySelectorAll("input[type=file]")];

  function send(form, box, button) {
    const bar = box.querySelector("progress"), lost = box.querySelector("[data-lost]");
    const request = new XMLHttpRequest();
    const again = (words) => {
      lost.textContent = words;
      lost.hidden = false;
      bar.parentElement.hidden = true;
      box.scrollIntoView({ block: "nearest" });
    };
    request.open("POST", form.action);
    request.setRequestHeader("X-Upload", "1");
    request.upload.onprogress = (event) => event.lengthComputable && (bar.value = (100 * event.loaded) / event.total);
    request.onloadend = () => {
      going = false;
      const next = request.getResponseHeader("X-Next");
      if (next) location.assign(next);
      else if (request.status === 401) again(box.dataset.signedOut);
      else if (request.status === 503 && answered(request)) shown(form, request.responseText);
      else if (request.status === 0 || request.status === 429 || request.status >= 500) again(box.dataset.lost);
      else shown(form, request.responseText);
    };
    going = true;
    bar.value = 0;
    box.hidden = bar.parentElement.hidden = false;
    lost.hidden = true;
    const data = new FormData(form);
    if (button?.name) data.append(button.name, button.value);
    request.send(data);
  }

  // A service that is away is told above the same form; any other page would take away what is typed.
  const answered = (request) => new DOMParser().parseFromString(request.responseText, "text/html").querySelector("main [data-upload]");

  // What the portal answered, in the place of the page; the files chosen are chosen still.
  function shown(form, html) {
    const held = Object.fromEntries(inputs(form).map((input) => [input.id, input.files]));
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("main");
    document.querySelector("main").replaceWith(fresh);
    for (const input of inputs(fresh)) {
      if (!held[input.id]?.length) continue;
      input.files = held[input.id];
      input.dispatchEvent(new Event("change", { bubbles: true }));
      fresh.querySelector("[data-choose-again]")?.remove();
    }
    window.htmx?.process(fresh);
    scrollTo(0, 0);
    fresh.querySelector("[data-focus]")?.focus();
  }

  document.addEventListener("submit", (event) => {
    const form = event.target, box = form.querySelector("[data-upload]");
    if (!box || event.defaultPrevented || event.submitter?.formNoValidate) return;
    if (!going && !inputs(form).some((input) => input.files.length)) return;
    event.preventDefault();
    if (!going) send(form, box, event.submitter);
  });
  addEventListener("beforeunload", (event) => going && event.preventDefault());
}
