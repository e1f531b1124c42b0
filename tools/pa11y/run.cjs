// Looks at pages as pa11y does. Reads {"chromium", "pages": [{"name", "url", "width", "height", "cookie"}]} on stdin,
// writes [{"name", "issues": ["code: what: element"]}] on stdout. One browser for all.
"use strict";
const pa11y = require("pa11y");
const puppeteer = require("puppeteer");

async function main() {
  const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const browser = await puppeteer.launch({
    executablePath: asked.chromium,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  const out = [];
  try {
    for (const page of asked.pages) {
      const found = await pa11y(page.url, {
        browser,
        standard: "WCAG2AA",
        timeout: 60000,
        headers: page.cookie ? { Cookie: page.cookie } : {},
        viewport: { width: page.width, height: page.height },
      });
      out.push({
        name: page.name,
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
