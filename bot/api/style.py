"""The dress of the page that documents the interface."""

from __future__ import annotations

STYLE = """\
:root { color-scheme: light dark; --ink: #17202a; --paper: #fff; --soft: #f1f4f7; --line: #b3bcc6; --blue: #1a5296 }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9edf2; --paper: #14191f; --soft: #1f262e; --line: #4b5763; --blue: #8cbcf2 }
}
* { box-sizing: border-box }
body { margin: 0; font: 1.05rem/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem }
h1 { font-size: 2rem; line-height: 1.2; margin: .5rem 0 }
h2 { margin: 2.5rem 0 .5rem }
h3 { margin: 2rem 0 .25rem; padding-top: 1rem; border-top: 1px solid var(--line); overflow-wrap: anywhere }
h4 { margin: 1rem 0 .25rem }
a { color: var(--blue) }
a:focus-visible, summary:focus-visible { outline: 3px solid #ffbf47; outline-offset: 2px }
code, pre { font-family: ui-monospace, monospace; font-size: .92em; background: var(--soft) }
code { padding: .1em .3em; overflow-wrap: anywhere }
pre { padding: .75rem; overflow-x: auto; border-left: 4px solid var(--blue) }
.method { font-weight: 700; margin-inline-end: .5em }
dl { margin: .25rem 0 }
dt { margin-top: .6rem; font-weight: 600 }
dd { margin: 0 }
.kind { font-weight: 400; opacity: .85 }
nav ul { columns: 16rem; padding-inline-start: 1.2rem }
@media print { pre { white-space: pre-wrap } h3 { break-after: avoid } }
"""
