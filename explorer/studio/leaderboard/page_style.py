"""How the page looks and how its tables are sorted: all of it stands in the page."""

STYLE = """
:root{color-scheme:light dark;--ink:#16191d;--soft:#545c66;--line:#d8dde3;--paper:#fbfbfa;--card:#fff;--bar:#0b63a5;
--tint:#e6eef6;--chance:#b34700;--focus:#0b63a5}
@media (prefers-color-scheme:dark){:root{--ink:#e8eaed;--soft:#a7b0ba;--line:#343b43;--paper:#121519;--card:#1a1e23;
--bar:#6db5ec;--tint:#24313d;--chance:#f09a5c;--focus:#8cc8f5}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 Inter,ui-sans-serif,system-ui,"Segoe UI",
"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
header,main,footer{max-width:1400px;margin:0 auto;padding:0 clamp(16px,4vw,56px)}
header{padding-top:clamp(32px,6vw,72px)}
.kicker{margin:0;color:var(--soft);font-size:.8rem;letter-spacing:.08em;text-transform:uppercase}
h1{margin:.15em 0 .3em;font-size:clamp(2rem,5vw,3.25rem);line-height:1.08;letter-spacing:-.025em;font-weight:650}
.lead{max-width:68ch;margin:0 0 1.5rem;color:var(--soft);font-size:1.05rem}
nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;margin:0;padding:.75rem 0;list-style:none;
border-block:1px solid var(--line)}
a{color:inherit;text-decoration-color:var(--bar);text-underline-offset:.2em}
nav a{display:inline-block;padding:.2rem 0}
section{margin:clamp(40px,6vw,72px) 0}
h2{margin:0 0 .35rem;font-size:1.5rem;line-height:1.2;letter-spacing:-.015em;font-weight:620}
h3{margin:2rem 0 .5rem;font-size:1.05rem}
section>p{max-width:72ch;margin:0 0 1rem;color:var(--soft)}
.scroll{overflow:auto;max-height:85vh;background:var(--card);border:1px solid var(--line);border-radius:10px}
table{width:100%;border-collapse:separate;border-spacing:0;font-size:.92rem}
caption{padding:.8rem 1rem;text-align:left;color:var(--soft);font-size:.85rem}
caption span{position:sticky;left:1rem;display:inline-block;max-width:min(72ch,80vw)}
th,td{padding:.6rem 1rem;text-align:right;vertical-align:top;border-top:1px solid var(--line);white-space:nowrap}
thead th{position:sticky;top:0;z-index:2;background:var(--card);border-top:0;box-shadow:inset 0 -1px var(--line);
font-weight:600}
th[scope=row]{position:sticky;left:0;z-index:1;background:var(--card);text-align:left;font-weight:600}
thead th:first-child{left:0;z-index:3}
th.words,td.words{text-align:left}
thead th:not(:first-child){min-width:9.5rem;white-space:normal;vertical-align:bottom;line-height:1.3}
thead button{all:unset;cursor:pointer;padding:.1rem 0}
thead button:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
thead button::after{content:" \\2195";color:var(--soft);font-weight:400}
[aria-sort=ascending] button::after{content:" \\2191";color:inherit}
[aria-sort=descending] button::after{content:" \\2193";color:inherit}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:3px}
tbody tr:hover td,tbody tr:hover th{background:var(--tint)}
.value{font-size:1.02rem;font-weight:600}
.ends,.beside{display:block;color:var(--soft);font-size:.78rem}
.beside{max-width:24ch;margin-left:auto;white-space:normal}
.reason{display:block;max-width:30ch;margin-left:auto;color:var(--soft);font-size:.8rem;font-style:italic;
white-space:normal}
svg.bar{display:block;width:112px;height:14px;margin:.25rem 0 .1rem auto}
.track{fill:var(--tint)}.fill{fill:var(--bar);opacity:.55}.whisker{stroke:var(--ink);stroke-width:1.5}
.chance{stroke:var(--chance);stroke-width:2;stroke-dasharray:3 2}
.legend{display:flex;flex-wrap:wrap;gap:.4rem 1.5rem;margin:0 0 1rem;padding:0;list-style:none;color:var(--soft);
font-size:.85rem}
.legend svg{width:36px;height:14px;vertical-align:-2px}
.faces{display:flex;flex-wrap:wrap;gap:8px;margin:.25rem 0 1.25rem;padding:0;list-style:none}
.faces img{display:block;width:96px;height:96px;border-radius:6px}
code{font:.8rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere;white-space:normal}
footer{padding-bottom:4rem;color:var(--soft);font-size:.85rem}
@media (max-width:600px){th,td{padding:.5rem .65rem}th[scope=row]{max-width:9rem;white-space:normal;
overflow-wrap:anywhere}.scroll{max-height:none}}
@media print{:root{--paper:#fff;--card:#fff}body{font-size:9pt}nav{display:none}.scroll{overflow:visible;
max-height:none;border:0}section{break-inside:auto;margin:1.5rem 0}tr,h2,h3{break-inside:avoid;break-after:auto}
thead th,th[scope=row]{position:static}thead button::after{content:""}}
"""

SCRIPT = """
for (const button of document.querySelectorAll("thead button")) {
  button.addEventListener("click", () => {
    const head = button.closest("th"), table = head.closest("table"), body = table.tBodies[0];
    const column = head.cellIndex, down = head.getAttribute("aria-sort") !== "descending";
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const of = row => row.cells[column].dataset.value ?? "";
    const words = head.dataset.sort === "words";
    const order = (one, other) => {
      const [a, b] = [of(one), of(other)];
      if (a === "" || b === "") return (a === "") - (b === "");
      return (words ? b.localeCompare(a) : b - a) * (down ? 1 : -1);
    };
    body.append(...[...body.rows].sort(order));
  });
}
"""
