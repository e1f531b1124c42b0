// Lists and records work without this file. It moves through lists by arrow keys, opens what an address points at,
// shows pictures in their place and says when somebody else has worked on the record.
"use strict";
document.querySelectorAll("table.due").forEach((list) => {
  const links = [...list.querySelectorAll("a.reference")];
  list.addEventListener("keydown", (event) => {
    const at = links.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (at < 0 || !step || !links[at + step]) return;
    event.preventDefault();
    links[at + step].focus();
  });
});

// What the address points at is opened: an action's form, after a mistake in it too.
const reveal = () => {
  const wanted = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let one = wanted; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true;
  if (wanted && wanted.scrollIntoView) wanted.scrollIntoView();
};
window.addEventListener("hashchange", reveal);
reveal();
document.querySelectorAll(".summary a").forEach((link) => link.addEventListener("click", () => setTimeout(() => {
  const field = document.getElementById(link.hash.slice(1));
  if (field) { for (let one = field; one; one = one.parentElement) if (one.tagName === "DETAILS") one.open = true; field.focus(); }
})));

// A picture is fetched, and that is written down, only when somebody asks for it; then it is still blurred.
document.querySelectorAll(".media[data-kind=image] a").forEach((link) => link.addEventListener("click", (event) => {
  event.preventDefault();
  const picture = document.createElement("img");
  picture.src = link.href;
  picture.alt = link.dataset.alt;
  picture.className = "blurred";
  const toggle = document.createElement("button");
  toggle.type = "button";
  toggle.className = "button second small";
  toggle.textContent = link.dataset.show;
  toggle.addEventListener("click", () => {
    toggle.textContent = picture.classList.toggle("blurred") ? link.dataset.show : link.dataset.hide;
  });
  link.replaceWith(picture, toggle);
  toggle.focus();
}));

window.addEventListener("beforeprint", () => document.querySelectorAll("details.prints").forEach((one) => { one.open = true; }));

// What others do meanwhile.
const record = document.querySelector("[data-watch]");
if (record) {
  const notice = document.getElementById("others");
  const look = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(`${record.dataset.watch}?seen=${record.dataset.events}`, { headers: { Accept: "application/json" } });
      if (!answer.ok) return;
      const now = await answer.json();
      if (now.events !== Number(record.dataset.events) && notice.hidden) {
        document.getElementById("others-what").textContent = now.said;
        notice.hidden = false;
      }
    } catch { /* no network just now: the next look will tell */ }
  };
  setInterval(look, Number(record.dataset.every || 20) * 1000);
  document.addEventListener("visibilitychange", look);
}
