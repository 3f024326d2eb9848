// The dashboard: charts drawn from the tables beside them, and a quiet refresh. Everything works without it.

const REFRESH = 30000; // milliseconds
const root = document.documentElement;
let charts = [];

const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();
const soft = (hex) => (hex.length === 7 ? hex + "33" : hex);

function columns(table) {
  const names = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.dataset.name || cell.textContent);
  const rows = [...table.tBodies[0].rows];
  const days = rows.map((row) => Date.parse(row.dataset.day + "T12:00:00Z") / 1000);
  const values = names.map((_, at) => rows.map((row) => (row.cells[at + 1].dataset.value === "" ? null : Number(row.cells[at + 1].dataset.value))));
  return { names, days, values };
}

function axes(percent) {
  const grid = { stroke: colour("--line"), width: 1 };
  const text = { stroke: colour("--ink-2"), font: "11px system-ui, sans-serif", grid, ticks: { show: false } };
  return [
    { ...text, grid: { show: false }, values: (_, ticks) => ticks.map((tick) => dayName(null, tick).slice(0, 5)), space: 60 },
    { ...text, size: 40, values: (_, ticks) => ticks.map((tick) => (percent ? Math.round(tick * 100) + "%" : Number.isInteger(tick) ? tick : "")) },
  ];
}

function base(box, percent) {
  return {
    width: box.clientWidth, height: 180, axes: axes(percent), legend: { live: true }, padding: [8, 8, 0, 0],
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    scales: { x: { time: true }, y: { range: percent ? [0, 1] : (_, low, high) => [0, Math.max(4, high)] } },
    tzDate: (at) => new Date(at * 1000),
  };
}

const dayName = (_, at) => (at == null ? "" : new Date(at * 1000).toISOString().slice(0, 10).split("-").reverse().join("/")); // 24/11/2026
const heading = (table) => ({ label: table.tHead.rows[0].cells[0].textContent, value: dayName });

function drawCsat(box, table) {
  const { names, days, values } = columns(table);
  const at = names.length - 1;
  const line = colour("--accent");
  const series = [heading(table), {
    label: names[at], stroke: line, fill: soft(line), width: 2, spanGaps: true, points: { show: false },
    value: (_, share) => (share == null ? "" : Math.round(share * 100) + "%"),
  }];
  return new uPlot({ ...base(box, true), series }, [days, values[at]], box);
}

function drawLevels(box, table) {
  const { names, days, values } = columns(table);
  const stacked = [];
  for (let level = 0; level < 6; level++) {
    stacked.push(values[level].map((value, at) => (value || 0) + (level ? stacked[level - 1][at] : 0)));
  }
  const bars = uPlot.paths.bars({ size: [0.8, 24] });
  const series = [heading(table)];
  for (let level = 5; level >= 0; level--) { // the tallest first, so that each shows above the one before
    const paint = colour("--level-" + (level + 1));
    series.push({ label: names[level], stroke: paint, fill: paint, width: 0, paths: bars, points: { show: false }, value: (_, __, ___, at) => (at == null ? "" : values[level][at]) });
  }
  return new uPlot({ ...base(box, false), series }, [days, ...[5, 4, 3, 2, 1, 0].map((level) => stacked[level])], box);
}

const KINDS = { csat: drawCsat, levels: drawLevels };

function draw() {
  charts.forEach((chart) => chart.destroy());
  charts = [];
  if (!window.uPlot) return;
  for (const box of document.querySelectorAll("[data-chart]")) {
    const table = document.getElementById(box.dataset.table);
    if (table && box.clientWidth) charts.push(KINDS[box.dataset.chart](box, table));
  }
}

async function refresh() {
  const here = document.querySelector("[data-live]");
  if (!here || document.hidden || here.querySelector("details[open]") || here.contains(document.activeElement)) return;
  try {
    const answer = await fetch(location.href, { headers: { "X-Live": "1" }, redirect: "error" });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
    if (!fresh || here.querySelector("details[open]")) return;
    here.replaceWith(fresh);
    draw();
  } catch { /* offline: the next round tries again */ }
}

// One "?" open at a time; a tap elsewhere closes it.
document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.how[open], details.custom[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const open of document.querySelectorAll("details.how[open], details.custom[open]")) open.open = false;
});

// Lists filter as soon as something is chosen.
document.addEventListener("change", (event) => {
  if (event.target.matches("form.filters select")) event.target.form.requestSubmit();
});

document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.sure || event.target.dataset.sure;
  if (question && !confirm(question)) event.preventDefault();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select?.();
  try { await navigator.clipboard.writeText(field.value ?? field.textContent); } catch { document.execCommand("copy"); }
  button.textContent = button.dataset.done;
});

let width = innerWidth;
addEventListener("resize", () => {
  if (innerWidth !== width) { width = innerWidth; draw(); }
});
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
document.querySelector(".rooms [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
draw();
setInterval(refresh, REFRESH);

// Files travel with the session's token in a header, which a plain form cannot send.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (event.defaultPrevented || !("upload" in form.dataset)) return;
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const token = document.querySelector('meta[name="csrf"]').content;
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-CSRF-Token": token } });
    location.assign(answer.redirected || answer.ok ? answer.url : form.action);
  } finally {
    button.disabled = false;
  }
});
