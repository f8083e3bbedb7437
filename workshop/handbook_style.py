"""How the handbook looks, on a screen and on paper."""

STYLE = """
body { font: 1rem/1.5 "Noto Sans", "DejaVu Sans", system-ui, sans-serif; max-width: 52rem; margin: 0 auto; padding: 1rem;
  color: #1b1b1b; background: #fff }
h1, h2, h3, h4 { line-height: 1.25 }
h2 { border-bottom: 2px solid #333; margin-top: 3rem }
h4 { margin-bottom: .25rem }
article { border-left: 3px solid #ccc; padding-left: .75rem; margin: 1rem 0 }
.nature { margin: 0; color: #444; font-style: italic }
dl { display: grid; grid-template-columns: 11rem 1fr; gap: .15rem .75rem; margin: .25rem 0 }
dt { font-weight: bold } dd { margin: 0 } dd ul, dd ol { margin: 0; padding-left: 1.25rem }
table { border-collapse: collapse; width: 100%; font-size: .9rem; margin: .5rem 0 }
th:first-child:nth-last-child(3) { width: 32% } th:nth-child(2):nth-last-child(2) { width: 46% }
th, td { border: 1px solid #bbb; padding: .2rem .4rem; text-align: left; vertical-align: top }
figure { margin: 1rem 0; overflow-x: auto }
svg { max-width: 100%; height: auto }
pre { white-space: pre-wrap; font-size: .85rem }
.tick { list-style: none; padding-left: .25rem } .tick li::before { content: "\\2610\\00a0" }
nav ul ul { columns: 2; font-size: .9rem }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr } nav ul ul { columns: 1 } }
@page { size: A4; margin: 18mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font-size: 9pt } }
@media print {
  body { font-size: 9.5pt; max-width: none; padding: 0 }
  section + section { break-before: page }
  figure svg { max-height: 215mm } table { font-size: .85em } td, th { padding: .1rem .3rem }
  h2, h3, h4 { break-after: avoid } tr, dt, dd { break-inside: avoid }
  nav a::after { content: leader(".") target-counter(attr(href), page) }
  nav ul ul { columns: 1 } a { color: inherit; text-decoration: none } details { display: none }
}
"""
