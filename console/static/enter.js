// Entering a record works without this file. It hides questions that are not asked of this person, lets number keys
// choose and Ctrl+Enter send, and keeps Enter in a line from sending half a record.
"use strict";
const print = document.querySelector("[data-print]");
if (print) { print.hidden = false; print.addEventListener("click", () => window.print()); }

const form = document.getElementById("enter");
if (form) {
  const questions = [...form.querySelectorAll("[data-step]")];
  const fieldOf = (step) => (form.elements.namedItem(`q-${step}`) ? `q-${step}` : step);
  const chosen = (step) => [...form.elements]
    .filter((one) => one.name === fieldOf(step) && !one.closest("fieldset:disabled, [hidden]"))
    .filter((one) => (["radio", "checkbox"].includes(one.type) ? one.checked : true))
    .map((one) => one.value.trim()).filter(Boolean);
  const holds = (when) => {
    if (when.step) return chosen(when.step).some((value) => when.is.includes(value));
    if (when.words) return chosen(when.words).length > 0;
    if (when.not) return !holds(when.not);
    if (when.any) return when.any.some(holds);
    return when.all.every(holds);
  };
  // In the order of the form: a question that is hidden counts as unanswered for those that hang on it.
  const show = () => questions.forEach((one) => {
    if (!one.dataset.when) return;
    const asked = holds(JSON.parse(one.dataset.when));
    if (one.hidden === !asked) return;
    one.hidden = !asked;
    one.querySelectorAll("input, select, textarea").forEach((field) => { field.disabled = !asked; });
  });
  // What went wrong is never hidden.
  questions.forEach((one) => { if (one.querySelector(".wrong")) delete one.dataset.when; });
  form.classList.add("alive");
  form.addEventListener("change", show);
  show();
  form.querySelector(".keys").hidden = false;

  const seen = (one) => !one.disabled && one.type !== "hidden" && one.tabIndex >= 0 && one.offsetParent !== null;
  const onward = (from) => {
    const fields = [...form.elements].filter((one) => seen(one) && one.tagName !== "FIELDSET");
    const group = (one) => (one.type === "radio" ? one.name : one.id);
    const rest = fields.slice(fields.indexOf(from) + 1).filter((one) => group(one) !== group(from));
    const next = rest[0];
    if (next) (form.querySelector(`input[type=radio][name="${CSS.escape(next.name)}"]:checked`) || next).focus();
  };
  const pick = (target, number) => {
    const all = [...form.querySelectorAll(`input[name="${CSS.escape(target.name)}"]`)];
    if (number === 0 && target.type === "checkbox") all.forEach((one) => { one.checked = false; });
    const one = number === 0 ? all.find((each) => each.value === "") || target : all.filter((each) => each.value)[number - 1];
    if (!one) return;
    if (number > 0 || one.type === "radio") one.checked = one.type === "radio" || !one.checked;
    one.focus();
    one.dispatchEvent(new Event("change", { bubbles: true }));
    if (one.type === "radio") onward(one);
  };
  form.addEventListener("keydown", (event) => {
    const target = event.target;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(document.getElementById("send"));
    } else if (event.key === "Enter" && target.tagName === "INPUT" && target.type !== "file") {
      event.preventDefault();
      onward(target);
    } else if (/^[0-9]$/.test(event.key) && !event.ctrlKey && !event.altKey && !event.metaKey
      && ["radio", "checkbox"].includes(target.type)) {
      event.preventDefault();
      pick(target, Number(event.key));
    }
  });
  // A post that is too large is refused before the server has read what was typed: say so while it is still here.
  const files = [...form.querySelectorAll("input[type=file]")];
  const refused = document.createElement("p");
  refused.className = "error";
  refused.setAttribute("role", "alert");
  refused.textContent = form.dataset.tooLarge;
  files.forEach((one) => one.addEventListener("change", () => {
    const together = files.reduce((sum, each) => sum + [...each.files].reduce((all, file) => all + file.size, 0), 0);
    refused.hidden = together <= Number(form.dataset.largest);
    if (refused.hidden) return;
    one.value = "";
    one.before(refused);
  }));
  // Words say more than a tick beside them.
  form.querySelectorAll(".instead input").forEach((one) => one.addEventListener("change", () => {
    if (one.checked) one.closest(".instead").querySelectorAll("input").forEach((other) => { other.checked = other === one; });
  }));
  // The first field; from a stack of leaflets the first question, since how they came is known.
  if (!document.querySelector(".summary")) {
    const way = document.getElementById("channel");
    const question = form.querySelector(".asking input:not([type=hidden]), .asking textarea");
    const all = `input[type=radio][name="${CSS.escape(question.name)}"]:checked`;
    (way.value ? form.querySelector(all) || question : way).focus();
  }
}
