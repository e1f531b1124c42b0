// Looks at pages as pa11y does. Reads {"chromium", "pages": [{"name", "url", "width", "height", "cookie"}]} on stdin,
// writes [{"name", "issues": ["code: what: element"]}] on stdout. One browser for all; cookie: "name=value", or "".
//
// Pages are loaded here: pa11y would ask for every style sheet anew and wait half a second for whatever might still
// come. Ours are whole when they are loaded.
"use strict";
const pa11y = require("pa11y");
const puppeteer = require("puppeteer");

async function opened(browser, url, cookie) {
  const page = await (await browser.createBrowserContext()).newPage();
  const [name, value] = cookie.split("=");
  if (value) await page.setCookie({ name, value, url });
  return page;
}

async function main() {
  const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const browser = await puppeteer.launch({
    executablePath: asked.chromium,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  const held = new Map(); // cookie -> the page of whoever has it
  const out = [];
  try {
    for (const { name, url, width, height, cookie } of asked.pages) {
      if (!held.has(cookie)) held.set(cookie, await opened(browser, url, cookie));
      const page = held.get(cookie);
      const viewport = { width, height };
      await page.setViewport(viewport);
      await page.goto(url, { waitUntil: "load", timeout: 60000 });
      const found = await pa11y(url, { browser, page, ignoreUrl: true, standard: "WCAG2AA", timeout: 60000, viewport });
      out.push({
        name,
        issues: found.issues.map((one) => `${one.code}: ${one.message}: ${one.context.slice(0, 160)}`),
      });
    }
  } finally {
    await browser.close();
  }
  process.stdout.write(JSON.stringify(out));
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
