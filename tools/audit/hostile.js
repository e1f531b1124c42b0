// In the page, for hostile.py: the forms that take text, filling one in, and what is in the page that no
// page of ours has. One function of (what to do, what it needs).
(what, given) => {
  const TYPED = ["text", "search", "email", "tel", "url", "number", "date", "password", "textarea"];
  const typed = (one) => TYPED.includes(one.type) && one.name && !one.disabled && !one.readOnly;
  const name = (form) => {
    const event = form.querySelector("input[type=hidden][name=event]");
    const kind = [...form.querySelectorAll("input[type=hidden][name=mark], input[type=hidden][name=step]")];
    return [form.getAttribute("action") || "", form.id, event ? event.value : "", ...kind.map((one) => one.value)].join("|");
  };
  const forms = [...document.forms];

  if (what === "forms") {
    return forms.filter((form) => [...form.elements].some(typed)).map(name);
  }

  if (what === "fill") {
    const form = forms.find((one) => name(one) === given.name);
    let next = 0;
    const filled = [];
    for (const one of form.elements) {
      const wrong = one.getAttribute("aria-invalid") === "true";
      const strict = ["date", "email", "number", "tel", "url", "password"].includes(one.type) || one.inputMode === "numeric";
      if (typed(one)) {
        const about = `${one.type} ${one.inputMode} ${one.name}`;
        const take = given.proper[Object.keys(given.proper).find((part) => about.includes(part)) || "text"];
        const long = one.type === "textarea";
        if ((given.turn > 0 && strict) || (given.turn > 1 && wrong) || given.turn > 3) {
          one.value = take;
        } else {
          const most = Number(one.dataset.most) || (one.maxLength > 0 ? one.maxLength : long ? 9000 : 200);
          const room = given.turn > 0 && wrong ? Math.min(most, long ? 1900 : 60) : most;
          let text = "";
          const from = long ? given.long : given.short;
          const between = long ? "\n" : " ";
          for (let tried = 0; tried < from.length; tried += 1) {
            const more = from[(given.start + next) % from.length];
            if (text && text.length + more.length + 1 > room) break;
            text = text ? text + between + more : more.slice(0, room);
            next += 1;
          }
          one.value = text;
          filled.push(one.name);
        }
        if (one.type === "date" && !one.value) one.value = take;
      } else if (one.tagName === "SELECT") {
        const values = [...one.options].filter((option) => option.value && !option.disabled);
        if (values.length) one.value = values[(given.round + given.turn) % values.length].value;
      } else if (one.type === "checkbox") {
        one.checked = given.turn > 0 || (given.round % 2 === 0);
      }
    }
    const groups = new Set([...form.elements].filter((one) => one.type === "radio").map((one) => one.name));
    for (const group of groups) {
      const all = [...form.elements].filter((one) => one.type === "radio" && one.name === group && one.value);
      if (all.length) all[(given.round + given.turn) % all.length].checked = true;
    }
    const buttons = [...form.elements].filter((one) => one.type === "submit");
    const main = buttons[given.turn % 2 === 0 ? buttons.length - 1 : 0];
    form.noValidate = true;
    setTimeout(() => form.requestSubmit(main), 0);
    return [filled.length, next];
  }

  // "look": markup that no page of ours has, so a string must have brought it; and where the page leads.
  const strange = [];
  for (const one of document.querySelectorAll("*")) {
    for (const { name: attribute, value } of one.attributes) {
      if (attribute.startsWith("on")) strange.push(`${one.tagName} ${attribute}`);
      const leads = ["href", "src", "action", "formaction", "xlink:href", "data"].includes(attribute);
      if (leads && /^\s*(javascript|vbscript|data:text)/i.test(value)) strange.push(`${one.tagName} ${value.slice(0, 40)}`);
    }
    const tag = one.tagName.toUpperCase();
    if (["IFRAME", "OBJECT", "EMBED", "BASE", "STYLE", "MARQUEE", "FRAMESET"].includes(tag)) strange.push(tag);
    if (tag === "SCRIPT" && !(one.src && new URL(one.src).origin === location.origin) && one.type !== "application/json") {
      strange.push(`SCRIPT ${one.outerHTML.slice(0, 80)}`);
    }
    if (tag === "IMG" && new URL(one.src, location).origin !== location.origin && !one.src.startsWith("blob:")) {
      strange.push(`IMG ${one.src.slice(0, 80)}`);
    }
  }
  const links = [...document.querySelectorAll("a[href]")].map((one) => one.href.split("#")[0]);
  return { strange, links: [...new Set(links)].filter((one) => one.startsWith(location.origin)) };
}
