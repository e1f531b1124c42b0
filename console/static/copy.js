// A button that copies what stands above it; without this file it is marked and copied by hand.
"use strict";
document.querySelectorAll("[data-copy]").forEach((text) => {
  if (!navigator.clipboard) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button second small";
  button.textContent = text.dataset.copy;
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  told.className = "soft copied";
  button.addEventListener("click", () => {
    navigator.clipboard.writeText(text.textContent).then(() => { told.textContent = ` ${text.dataset.copied}`; });
  });
  text.after(button, told);
});
