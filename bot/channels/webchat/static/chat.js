// The conversation, live. Without this file everything works by forms; with it nothing reloads.
// Nothing is kept but in this page's memory: no storage, no cookies of ours.
const main = document.getElementById("scroller");
const log = document.getElementById("log");
const answer = document.getElementById("answer");
const status = document.getElementById("status");
const phrases = document.getElementById("phrases").dataset;
const own = document.documentElement;
const token = main.dataset.token, path = main.dataset.post, largest = Number(main.dataset.largest);

const waiting = new Map();   // sent and not yet acknowledged: once -> message
let socket, seq = Number(log.dataset.seq), delay = 500, connected = false, wasDown = false, left = false;
let files = [], recorder, everConnected = false, refused = 0, forms = false;

const fresh = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
const make = (name, properties) => Object.assign(document.createElement(name), properties);
// Only pages of ours become elements, through this one door (Trusted Types, where the browser has them).
const door = self.trustedTypes?.createPolicy("hearback", { createHTML: (html) => html }) ?? { createHTML: (html) => html };
const typed = () => document.getElementById("text");

// -- The line ---------------------------------------------------------------------------------
function connect() {
  if (left) return;
  socket = new WebSocket(location.origin.replace(/^http/, "ws") + main.dataset.socket);
  socket.onopen = () => {
    socket.send(JSON.stringify({ type: "hello", token, since: seq }));
    for (const message of waiting.values()) socket.send(JSON.stringify(message));
  };
  socket.onmessage = (event) => hear(JSON.parse(event.data));
  socket.onclose = () => {
    if (left) return;
    connected = false;
    if (!everConnected && ++refused > 2) return byForms();
    if (!wasDown && (delay > 1500 || waiting.size)) { wasDown = true; tell(phrases.offline, true); }
    setTimeout(connect, delay * (0.75 + Math.random() / 2));
    delay = Math.min(delay * 2, 15000);
  };
}
// Some networks let no socket through. Then the page posts like any other, and is loaded again after.
function byForms() {
  forms = true;
  const [message] = waiting.values();
  waiting.clear();
  if (message) post(message);
}
addEventListener("online", () => { delay = 500; });
addEventListener("leaving", () => { left = true; socket?.close(); recorder?.stop(); });

function hear(message) {
  if (message.type === "log") {
    connected = everConnected = true; delay = 500;
    if (wasDown) { wasDown = false; tell(phrases.online); }
    show(message);
  } else if (message.type === "taken") {
    if (waiting.delete(message.once)) tell("");
    setTimeout(() => { if (!waiting.size) { unwait(); enable(true); } }, 1500);
  } else if (message.type === "problem") {
    const lost = waiting.get(message.once);
    waiting.delete(message.once);
    unwait();
    tell(message.text, true);
    enable(true);
    if (lost?.text && typed() && !typed().value) typed().value = lost.text;
    (typed() ?? answer).focus({ preventScroll: true });
  } else if (message.type === "again") {
    if (!typed()?.value && !files.length) location.reload();
  } else if (message.type === "gone") {
    left = true; location.replace(path);
  }
}

function show({ html, seq: last, answer: form, open, language, easy }) {
  if (last <= seq && !form) return;
  log.dataset.open = open;
  const words = typed()?.value ?? "", inside = answer.contains(document.activeElement);
  unwait();
  const box = make("template", { innerHTML: door.createHTML(html) });
  for (const bubble of [...box.content.children]) {
    if (Number(bubble.dataset.seq) <= seq) { bubble.remove(); continue; }
    bubble.classList.add("new");
  }
  log.append(box.content);
  if (waiting.size) wait();
  seq = Math.max(seq, last);
  if (form) {
    if (language.replace('_', '-') !== own.lang) { location.reload(); return; }
    own.toggleAttribute("data-easy", easy);
    const toggle = document.querySelector(".menu-list [value=easy]");
    toggle.textContent = easy ? toggle.dataset.off : toggle.dataset.on;
    answer.innerHTML = door.createHTML(form);
    dress(document);
    if (waiting.size) enable(false);
    if (typed()) { typed().value = words; if (inside || document.activeElement === document.body) settle(words); }
    else if (inside) answer.focus({ preventScroll: true });
    renderFiles();
  }
  look(!matchMedia("(prefers-reduced-motion: reduce)").matches);
}

// The open question in view, also when we have said something since; its choices may need scrolling, it never.
function look(smooth) {
  log.querySelector("#now")?.removeAttribute("id");
  const bubbles = [...log.querySelectorAll(".bubble:not(.pending)")];
  const newest = log.querySelector(`.bubble[data-seq="${log.dataset.open}"]`)
    ?? bubbles.findLast?.((bubble) => bubble.matches(".ours")) ?? bubbles.pop();
  newest?.scrollIntoView({ block: "start", behavior: smooth ? "smooth" : "auto" });
}

// Where the focus goes when the question changes: on a telephone the keyboard must not jump up over the choices.
function settle(words) {
  const choices = answer.querySelector(".choice");
  if (words || (!choices && matchMedia("(hover: hover)").matches)) typed().focus({ preventScroll: true });
  else answer.focus({ preventScroll: true });
}

// -- Saying -----------------------------------------------------------------------------------
function say(fields) {
  if (typed() && fields.text) typed().value = "";
  if (files.length || forms) return post(fields);
  const message = { type: "say", once: fresh(), ...fields };
  waiting.set(message.once, message);
  enable(false);
  setTimeout(() => { if (waiting.has(message.once)) wait(); }, connected ? 400 : 0);
  // Open is enough: "hello" went first, and nothing would send it later when the line does not break.
  if (socket.readyState === 1) socket.send(JSON.stringify(message));
  else { wasDown = true; tell(phrases.offline, true); }
}

// Files go by an ordinary post, which can show how far it is.
function post(fields) {
  const body = new FormData();
  body.set("token", token); body.set("once", fields.once ?? fresh()); body.set("text", fields.text ?? "");
  if (fields.first) body.set("first", fields.first);
  for (const choice of fields.choice ?? []) body.append("choice", choice);
  if (fields.command) body.set("command", fields.command);
  for (const file of files) body.append("file", file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", path);
  request.setRequestHeader("Accept", "application/json");
  request.responseType = "json";
  request.upload.onprogress = (e) => e.lengthComputable && tell(phrases.sendingPart.replace("{percent}", Math.round(100 * e.loaded / e.total)));
  const failed = (text) => { if (typed()) typed().value = fields.text ?? ""; enable(true); tell(text || phrases.notSavedMore, true); (typed() ?? answer).focus({ preventScroll: true }); };
  request.onload = () => {
    if (request.status === 200) { files = []; renderFiles(); tell(""); enable(true); if (forms) location.reload(); }
    else failed(request.response?.problem);
  };
  request.onerror = () => failed(phrases.offline);
  enable(false);
  tell(phrases.sending);
  request.send(body);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.id !== "form" && !form.classList.contains("menu-list")) return;
  event.preventDefault();
  const button = event.submitter;
  document.querySelector("details.menu")?.removeAttribute("open");
  if (button?.name === "command") return say({ command: button.value });
  // In a story "that is all" sends what still stands in the box first; elsewhere the box is left as it is.
  const first = form.elements.first?.value;
  if (button?.name === "choice") return say(first && (typed().value.trim() || files.length)
    ? { text: typed().value.trim(), choice: [button.value], first } : { choice: [button.value] });
  const choice = [...form.querySelectorAll("input[name=choice]:checked")].map((box) => box.value);
  const text = (typed()?.value ?? "").trim();
  if (!choice.length && !text && !files.length) { tell(phrases.empty, true); (typed() ?? answer).focus({ preventScroll: true }); return; }
  say({ text, choice });
});

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target;
  if (target.id === "text" && event.key === "Enter" && !event.shiftKey && matchMedia("(hover: hover)").matches) {
    event.preventDefault();
    answer.querySelector(".send").click();
  } else if (event.key === "Escape") {
    document.querySelector("details.menu[open]")?.removeAttribute("open");
  } else if (/^[1-9]$/.test(event.key) && !/TEXTAREA|INPUT|SELECT/.test(target.tagName)) {
    answer.querySelectorAll(".choice")[event.key - 1]?.click();
  }
});

// -- Small things -----------------------------------------------------------------------------
function tell(text, bad = false) { status.textContent = text ?? ""; status.classList.toggle("bad", bad && !!text); if (bad && text) status.scrollIntoView({ block: "nearest" }); }
function enable(on) { answer.setAttribute("aria-busy", String(!on)); for (const part of answer.querySelectorAll("button")) part.disabled = !on; }
// What is on its way: their own words at once, and that we are busy with it.
function wait() {
  unwait();
  for (const { text } of waiting.values()) {
    if (!text) continue;
    const mine = make("div", { className: "bubble mine pending" });
    const body = make("div", { className: "body", dir: "auto" });
    body.append(make("p", { textContent: text }));
    mine.append(body);
    log.append(mine);
  }
  const bubble = make("div", { className: "bubble ours", id: "wait" });
  bubble.innerHTML = door.createHTML('<div class="body"><span class="wait" aria-hidden="true"><i></i><i></i><i></i></span><span class="hush"></span></div>');
  bubble.querySelector(".hush").textContent = phrases.thinking;
  log.append(bubble);
  bubble.scrollIntoView({ block: "nearest" });
}
function unwait() { for (const part of log.querySelectorAll("#wait, .pending")) part.remove(); }

function dress(root) {
  for (const part of root.querySelectorAll("[data-needs-script]")) {
    if (part.matches("[data-listen]") && !("speechSynthesis" in window)) continue;  // listen.js
    part.hidden = false;
  }
  const record = answer.querySelector("[data-record]");
  if (record && !(window.MediaRecorder && navigator.mediaDevices?.getUserMedia)) record.hidden = true;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.matches("[data-bigger]")) button.setAttribute("aria-pressed", String(own.toggleAttribute("data-bigger")));
  else if (button.matches("[data-print]")) print();
  else if (button.matches("[data-copy]")) {
    try { await navigator.clipboard.writeText(button.dataset.copy); tell(phrases.copied); }
    catch { getSelection().selectAllChildren(button.closest(".receipt").querySelector(".digits")); }
  } else if (button.matches("[data-pick]")) answer.querySelector("#file").click();
  else if (button.matches("[data-camera]")) {
    const pick = make("input", { type: "file", accept: "image/*", capture: "environment" });
    pick.onchange = () => addFiles(pick.files);
    pick.click();
  } else if (button.matches("[data-record]")) record(button);
  else if (button.matches("[data-remove]")) { files.splice(Number(button.dataset.remove), 1); renderFiles(); answer.querySelector("#file")?.focus(); }
});

function addFiles(list) {
  for (const file of list) {
    if (!file.size) tell(phrases.emptyFile, true);
    else if (file.size + files.reduce((sum, one) => sum + one.size, 0) > largest) tell(phrases.tooBig, true);
    else if (files.length >= 5) tell(phrases.tooMany, true);
    else { files.push(file); tell(""); }
  }
  renderFiles();
}
document.addEventListener("change", (event) => {
  if (event.target.id !== "file") return;
  addFiles(event.target.files);
  event.target.value = "";
});

function renderFiles() {
  const list = document.getElementById("chosen");
  if (!list) return;
  for (const picture of list.querySelectorAll("img")) URL.revokeObjectURL(picture.src);
  list.replaceChildren(...files.map((file, index) => {
    const row = make("li", {});
    if (/^image\/(jpeg|png|gif|webp)/.test(file.type)) row.append(make("img", { src: URL.createObjectURL(file), alt: "" }));
    row.append(make("span", { textContent: file.name }));
    const remove = make("button", { type: "button", className: "chip", textContent: "×", ariaLabel: phrases.remove.replace("{name}", file.name) });
    remove.dataset.remove = index;
    row.append(remove);
    return row;
  }));
}

async function record(button) {
  if (recorder) { recorder.stop(); return; }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const parts = [];
    recorder = new MediaRecorder(stream);
    recorder.ondataavailable = (event) => parts.push(event.data);
    recorder.onstop = () => {
      for (const track of stream.getTracks()) track.stop();
      const type = recorder.mimeType || "audio/webm";
      recorder = undefined;
      button.lastElementChild.textContent = phrases.record; button.setAttribute("aria-pressed", "false"); tell("");
      if (!left) addFiles([new File(parts, "voice." + (type.includes("mp4") ? "m4a" : type.includes("ogg") ? "ogg" : "webm"), { type: type.split(";")[0] })]);
    };
    recorder.start();
    button.lastElementChild.textContent = phrases.recordStop; button.setAttribute("aria-pressed", "true"); tell(phrases.recording);
  } catch { recorder = undefined; tell(phrases.noMicrophone, true); }
}

own.classList.add("live");
dress(document);
look(false);
connect();
