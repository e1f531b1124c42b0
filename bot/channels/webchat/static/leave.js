// Leave now: the screen is cleared first, then the server is told, then the page is replaced by a neutral one.
const form = document.querySelector("form.leave");
const KEY_TIMES = 3, KEY_GAP = 1500;
let presses = [];

function leave() {
  const to = form.dataset.leave;
  const told = new FormData(form);
  document.documentElement.replaceChildren(document.createElement("body"));
  document.title = "";
  dispatchEvent(new Event("leaving"));
  // keepalive lets it arrive although the page goes away; the wait is for Clear-Site-Data, and is short.
  const gone = fetch(form.action, { method: "POST", body: new URLSearchParams(told), keepalive: true, redirect: "manual",
    headers: { Accept: "application/json" } }).catch(() => {});
  Promise.race([gone, new Promise((done) => setTimeout(done, 700))]).then(() => location.replace(to));
}

form.addEventListener("submit", (event) => { event.preventDefault(); leave(); });
addEventListener("keydown", (event) => {
  if (event.key !== "Shift") { presses = []; return; }
  if (event.repeat) return;
  const now = performance.now();
  presses = [...presses.filter((at) => now - at < KEY_GAP), now];
  if (presses.length >= KEY_TIMES) leave();
});
// A page kept by the browser for its Back button is asked for again: it may have been left.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
