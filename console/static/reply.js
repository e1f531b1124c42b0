// A reply can be written without this file. It shows how the text will look while somebody types.
"use strict";
const form = document.querySelector("form[data-looks]");
const looks = document.getElementById("looks");
if (form && looks) {
  // Only pages of ours become elements, through this one door (Trusted Types, where the browser has them).
  const door = self.trustedTypes?.createPolicy("hearback", { createHTML: (html) => html }) ?? { createHTML: (html) => html };
  let waiting = 0;
  let asked = 0;
  const look = async () => {
    const number = ++asked;
    try {
      const answer = await fetch(form.dataset.looks, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!answer.ok || number !== asked) return;
      looks.innerHTML = door.createHTML(await answer.text());
    } catch { /* no network just now: the button still asks */ }
  };
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(look, 350); };
  form.querySelector("#text").addEventListener("input", soon);
  form.querySelector("[data-look]").addEventListener("click", (event) => { event.preventDefault(); look(); });
}
