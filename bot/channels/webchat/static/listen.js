// Listen: the browser's own voice reads a message, and after the newest one its choices, each lit up while it is read.
const own = document.documentElement;
const all = (root, what) => [...(root?.querySelectorAll(what) ?? [])];
let turn = 0;

function quiet() {
  turn += 1;
  speechSynthesis.cancel();
  for (const button of all(document, "[data-listen]")) button.setAttribute("aria-pressed", "false");
  for (const part of all(document, ".spoken")) part.classList.remove("spoken");
}

function read(button) {
  const bubble = button.closest(".bubble, [data-aloud]"), answer = document.getElementById("answer");
  const parts = all(bubble, ".body > p, .body .receipt p.digits, .lead").map((part) => [part, part.textContent]);
  if (bubble === all(document, "#log .ours").pop()) for (const choice of all(answer, ".choice"))
    parts.push([choice, (own.hasAttribute("data-easy") ? choice.querySelector(".says") : choice).textContent.trim()]);
  const mine = ++turn;
  button.setAttribute("aria-pressed", "true");
  parts.forEach(([part, text], at) => {
    const speech = new SpeechSynthesisUtterance(text);
    speech.lang = bubble.lang || own.lang;
    speech.onstart = () => { if (mine === turn) { part.classList.add("spoken"); part.scrollIntoView({ block: "nearest" }); } };
    speech.onend = speech.onerror = () => {
      part.classList.remove("spoken");
      if (mine === turn && at === parts.length - 1) button.setAttribute("aria-pressed", "false");
    };
    speechSynthesis.speak(speech);
  });
}

if ("speechSynthesis" in window) {
  for (const button of all(document, "[data-listen]")) button.hidden = false;
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-listen]");
    if (!button) return;
    const on = button.getAttribute("aria-pressed") === "true";
    quiet();
    if (!on) read(button);
  });
  addEventListener("submit", quiet);
  addEventListener("leaving", quiet);
  addEventListener("pagehide", quiet);
}
