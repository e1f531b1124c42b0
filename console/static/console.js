// Everything works without this file; it spares a few clicks.
"use strict";
const summary = document.querySelector(".summary");
if (summary) summary.focus();

// A button pressed twice sends once.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent && form.method === "post") { event.preventDefault(); return; }
  if (form.method === "post" && !event.defaultPrevented) form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

// How much room is left in a text.
document.querySelectorAll("textarea[data-most]").forEach((area) => {
  const left = document.createElement("p");
  left.className = "count-left";
  area.after(left);
  const show = () => { left.textContent = `${area.value.length} / ${area.dataset.most}`; };
  area.addEventListener("input", show);
  show();
});

// Nobody leaves half a reply behind by accident.
const asking = document.querySelector("form[data-guard]");
if (asking) {
  let typed = false;
  asking.addEventListener("input", () => { typed = true; });
  asking.addEventListener("submit", () => { typed = false; });
  window.addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
}
