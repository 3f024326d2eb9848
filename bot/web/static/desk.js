// The desk, kept live. The server renders every part; this fetches parts anew when it is told that something
// changed and swaps only the nodes that differ, so that scrolling, focus and drafts stay. Nothing that a person
// wrote is ever put together as HTML here: own lines go in by textContent.

const desk = document.getElementById("desk");
const texts = JSON.parse(desk.dataset.texts);
const room = document.getElementById("main");
const list = document.getElementById("list");
const toasts = document.getElementById("toasts");
const csrf = document.querySelector('meta[name="csrf"]').content;
const title = document.title.replace(/^#\d+ · /, "");
document.body.classList.add("live");

const $ = (selector, within = document) => within.querySelector(selector);
const $$ = (selector, within = document) => [...within.querySelectorAll(selector)];
const openCase = () => Number($("#case")?.dataset.case || 0);
const fold = (text) => text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/\p{M}/gu, "");

function freshId() {  // randomUUID exists only on https and localhost
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// --- asking the server --------------------------------------------------------------------------------------

async function ask(url, options = {}) {
  const answer = await fetch(url, { credentials: "same-origin", ...options });
  if (answer.status === 401 || (answer.redirected && new URL(answer.url).pathname === "/login")) {
    keepDrafts();
    location.assign("/login");
    throw new Error("signed out");
  }
  return answer;
}

async function fetchPart(url, part, byHand = false) {
  const headers = { "X-Part": part };
  if (!byHand) headers["X-Live"] = "1";  // does not keep the login awake
  const answer = await ask(url, { headers });
  return { ok: answer.ok, status: answer.status, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
}

async function post(url, body) {
  const answer = await ask(url, { method: "POST", body, headers: { Accept: "application/json", "X-CSRF-Token": csrf } });
  const said = await answer.json().catch(() => ({}));
  return { ok: answer.ok, text: said.text || "", ...said };
}

// --- swapping only what differs -----------------------------------------------------------------------------

const received = new WeakMap();  // what the server sent for a node, before scripts touched it

function patch(old, fresh) {
  const known = new Map([...old.children].filter((one) => one.dataset.key).map((one) => [one.dataset.key, one]));
  const wanted = [...fresh.children];
  const keys = new Set(wanted.map((one) => one.dataset.key));
  for (const one of [...old.children]) if (!keys.has(one.dataset.key) && !one.classList.contains("unsent")) one.remove();
  let place = old.firstElementChild;
  for (const one of wanted) {
    const here = known.get(one.dataset.key);
    const next = document.importNode(one, true);
    if (!here || !here.isConnected) {
      old.insertBefore(next, place);
    } else if (received.get(here) === next.outerHTML || here.contains(busyElement())) {
      if (here !== place) old.insertBefore(here, place);
      place = here.nextElementSibling;
      continue;
    } else {
      if (here === place) place = here.nextElementSibling;
      old.insertBefore(next, place);
      here.remove();
    }
    received.set(next, one.outerHTML);
  }
  remember(old);
}

function remember(parent) {
  for (const one of parent.children) if (!received.has(one)) received.set(one, one.outerHTML);
}

function busyElement() {  // somebody is typing here: hands off
  const active = document.activeElement;
  return active && active.matches("input:not([type=hidden]), textarea, select") ? active : null;
}

let listAsked = 0;
async function refreshList(byHand = false) {
  const turn = ++listAsked;
  const { ok, page } = await fetchPart(listAddress(), "list", byHand);
  if (turn !== listAsked) return;
  if (!ok) return missed();
  const top = $(".cases", list)?.scrollTop || 0;
  const cases = $(".cases", list);
  const fresh = $(".cases", page);
  if (cases && fresh) {
    patch(cases, fresh);
    cases.dataset.waiting = fresh.dataset.waiting;
    $(".tabs", list).replaceWith(document.importNode($(".tabs", page), true));
  } else {
    list.replaceChildren(...[...page.body.children].map((one) => document.importNode(one, true)));
    if ($(".cases", list)) remember($(".cases", list));
  }
  if ($(".cases", list)) $(".cases", list).scrollTop = top;
  markOpen();
  afterList();
}

function listAddress() {
  return `/desk${location.search}`;
}

let caseAsked = 0;
async function refreshCase() {
  const id = openCase();
  if (!id) return;
  const turn = ++caseAsked;
  const { ok, status, page } = await fetchPart(`/desk/case/${id}${location.search}`, "case");
  if (turn !== caseAsked || openCase() !== id) return;
  if (status === 404) return closeCase();
  if (!ok) return missed();
  const fresh = $("#case", page);
  const thread = $("#thread");
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  const last = newestLine();
  for (const part of ["head", "thread", "composer", "card"]) patchPart(part, fresh);
  $("#case").dataset.state = fresh.dataset.state;
  patchDialogs(fresh);
  wakeCase();
  if (atEnd) thread.scrollTop = thread.scrollHeight;
  else if (newestLine() > last) offerNewer();
}

function patchPart(part, fresh) {
  const here = $(`#case [data-patch="${part}"]`);
  const next = $(`[data-patch="${part}"]`, fresh);
  if (part === "thread") return patchThread(here, next);
  if (part === "card" && here.contains(busyElement())) return;
  if (part !== "composer") return patch(here, next);
  const box = $(".box.reply", here);  // the boxes keep what is being written; only a change of rights replaces one
  const nextBox = $(".box.reply", next);
  if (box.dataset.key !== nextBox.dataset.key) {
    keepDrafts();
    box.replaceWith(document.importNode(nextBox, true));
    setMode(defaultMode());
    bringDrafts();
  }
  for (const id of ["canned", "colleagues"]) $(`#${id}`).replaceWith(document.importNode($(`#${id}`, next), true));
}

function patchThread(here, next) {  // earlier lines that were fetched by hand stay
  const older = $$("[data-earlier]", here);
  patch(here, next);
  if (older.length) {
    $(":scope > .older", here)?.remove();
    here.prepend(...older);
  }
}

function patchDialogs(fresh) {
  if ($("#case dialog[open]")) return;
  $("#case .dialogs").replaceWith(document.importNode($(".dialogs", fresh), true));
}

const newestLine = () => Math.max(0, ...$$("#thread [data-line]").map((one) => Number(one.dataset.line)));

function offerNewer() {
  if ($(".newer")) return;
  const button = document.createElement("button");
  button.className = "button main little newer";
  button.type = "button";
  button.textContent = `↓ ${texts.newer}`;
  button.addEventListener("click", () => { scrollDown(); button.remove(); });
  $("#composer").append(button);
}

function scrollDown() {
  const thread = $("#thread");
  if (thread) thread.scrollTop = thread.scrollHeight;
}

// --- going from case to case --------------------------------------------------------------------------------

async function show(address, push = true) {
  keepDrafts();
  const url = new URL(address, location.href);
  const id = Number(url.pathname.match(/^\/desk\/case\/(\d+)$/)?.[1] || 0);
  if (!id) return showNone(url, push);
  const { ok, page } = await fetchPart(url.pathname + url.search, "case", true);
  if (!ok) { toast($("h1", page)?.textContent || texts.nothing, true); return refreshList(); }
  if (push) history.pushState({}, "", url);
  room.replaceChildren(document.importNode($("#case", page), true));
  document.body.classList.add("opened");
  wakeNewCase();
  listen();
}

function showNone(url, push) {
  if (push) history.pushState({}, "", url);
  document.body.classList.remove("opened");
  room.replaceChildren();
  markOpen();
  nameWindow();
  listen();
  refreshList(true);
}

function closeCase() {
  showNone(new URL(listAddress(), location.href), true);
}

function markOpen() {
  for (const one of $$("[data-case]", list)) {
    if (Number(one.dataset.case) === openCase()) one.setAttribute("aria-current", "true");
    else one.removeAttribute("aria-current");
  }
}

function wakeNewCase() {
  for (const part of $$("#case [data-patch]")) if (part.dataset.patch !== "composer") remember(part);
  setMode(defaultMode());
  bringDrafts();
  wakeCase();
  markOpen();
  scrollDown();
  nameWindow();
}

function wakeCase() {
  markMentions();
  tick();
  setSoon();
}

function markMentions() {  // names of colleagues in notes stand out
  const names = $$("#colleagues li").map((one) => one.textContent).sort((a, b) => b.length - a.length);
  for (const words of $$("#thread .note .words:not([data-marked])")) {
    words.dataset.marked = "1";
    const said = words.textContent;
    const found = names.filter((name) => said.includes(`@${name}`));
    if (!found.length) continue;
    const parts = said.split(new RegExp(`(${found.map((name) => `@${name.replace(/[^\p{L}\p{N}]/gu, "\\$&")}`).join("|")})`, "u"));
    words.replaceChildren(...parts.map((part) => {
      if (!part.startsWith("@")) return part;
      const mark = document.createElement("span");
      mark.className = "mention";
      mark.textContent = part;
      return mark;
    }));
  }
}

function setSoon() {  // a time field starts an hour from now
  const soon = new Date(Date.now() + 3600e3 - new Date().getTimezoneOffset() * 60e3).toISOString().slice(0, 16);
  for (const field of $$("[data-soon]")) if (!field.value) field.value = soon;
}

// --- writing ------------------------------------------------------------------------------------------------

function defaultMode() {  // a note unless the reply box is really ours to use
  const kept = sessionStorage.getItem(`mode-${openCase()}`);
  const canReply = Boolean($('[data-compose="reply"]'));
  if (!canReply) return "note";
  return kept || ($("#case .acts .main")?.matches("[data-opens]") ? "reply" : "note");
}

function setMode(mode, focus = false) {
  for (const tab of $$("[data-mode]")) {
    const chosen = tab.dataset.mode === mode;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    $(`#box-${tab.dataset.mode}`).hidden = !chosen;
  }
  closePicker();
  if (focus) $(`#box-${mode} textarea`)?.focus();
}

const draftKey = (kind) => `draft-${openCase()}-${kind}`;

function keepDrafts() {
  if (!openCase()) return;
  for (const form of $$("[data-compose]")) {
    const text = $("textarea", form).value;
    if (text) sessionStorage.setItem(draftKey(form.dataset.compose), text);
    else sessionStorage.removeItem(draftKey(form.dataset.compose));
  }
}

function bringDrafts() {
  for (const form of $$("[data-compose]")) {
    const field = $("textarea", form);
    field.value = sessionStorage.getItem(draftKey(form.dataset.compose)) || field.value;
  }
}

function ownLine(kind, text, files) {  // shown at once, replaced when the server has it
  const line = document.createElement("li");
  line.className = `line ${kind === "note" ? "note" : "staff"} mine unsent`;
  const bubble = document.createElement("div");
  bubble.className = "bubble";
  const words = document.createElement("p");
  words.className = "words";
  words.textContent = text + (files ? ` 📎 ${files}` : "");
  bubble.append(words);
  const fate = document.createElement("div");
  fate.className = "fate";
  fate.textContent = texts.sending;
  line.append(bubble, fate);
  $("#thread").append(line);
  scrollDown();
  return line;
}

async function send(form) {
  const kind = form.dataset.compose;
  const field = $("textarea", form);
  const uploads = $(".uploads", form);
  if (uploads?.querySelector(".loading")) return;
  const files = uploads ? $$("li[data-token]", uploads).map((one) => one.dataset.token) : [];
  if (!field.value.trim() && !files.length) return field.focus();
  const body = new URLSearchParams(new FormData(form));
  body.delete("csrf");
  if (kind === "reply") body.set("files", files.join(","));
  const line = ownLine(kind, field.value.trim(), files.length);
  const draft = draftKey(kind);
  field.value = "";
  sessionStorage.removeItem(draft);
  uploads?.replaceChildren();
  if (form.elements.client_id) form.elements.client_id.value = freshId();
  closePicker();
  await deliver(form.action, body, line);
}

async function deliver(address, body, line) {
  const fate = $(".fate", line);
  fate.textContent = texts.sending;
  fate.classList.remove("not");
  let said;
  try { said = await post(address, body); } catch { said = { ok: false, text: texts.offline }; }
  if (said.ok) {
    await refreshCase().catch(() => {});
    line.remove();
    scrollDown();
    return;
  }
  const why = document.createElement("span");
  why.className = "not";
  why.textContent = `${texts.failed} ${said.text}`;
  const again = document.createElement("button");
  again.className = "link";
  again.type = "button";
  again.textContent = texts.again;
  again.addEventListener("click", () => deliver(address, body, line));  // the same id: it can never go twice
  const drop = document.createElement("button");
  drop.className = "link";
  drop.type = "button";
  drop.textContent = texts.remove;
  drop.addEventListener("click", () => line.remove());
  fate.replaceChildren(why, again, drop);
}

async function act(form) {
  if (form.dataset.busy) return;
  form.dataset.busy = "1";
  const dialog = form.closest("dialog");
  const body = new URLSearchParams(new FormData(form));
  body.delete("csrf");
  try {
    const said = await post(form.action, body);
    if (!said.ok) return toast(said.text, true, dialog);
    dialog?.close();
    if (form.elements.client_id) form.elements.client_id.value = freshId();
    if (form.dataset.from) { const field = document.getElementById(form.dataset.from); if (field) field.value = ""; keepDrafts(); }
    if (form.dataset.act === "saved") { toast(texts.saved); document.activeElement?.blur(); }
    await Promise.all([refreshCase(), refreshList()]);
    if (form.action.endsWith("/claim")) setMode("reply", true);
  } catch {
    toast(texts.offline, true, dialog);
  } finally {
    delete form.dataset.busy;
  }
}

async function upload(input) {
  const uploads = $(".uploads", input.form);
  for (const file of [...input.files]) {
    const item = document.createElement("li");
    item.className = "loading";
    item.textContent = `${file.name} · ${texts.uploading}`;
    uploads.append(item);
    const body = new FormData();
    body.append("file", file, file.name);
    const said = await post("/desk/upload", body).catch(() => ({ ok: false, text: texts.offline }));
    if (!said.ok) { item.remove(); toast(`${file.name}: ${said.text}`, true); continue; }
    item.classList.remove("loading");
    item.dataset.token = said.file;
    item.textContent = said.name;
    const drop = document.createElement("button");
    drop.className = "button quiet little";
    drop.type = "button";
    drop.textContent = "✕";
    drop.setAttribute("aria-label", `${texts.remove}: ${said.name}`);
    drop.addEventListener("click", () => item.remove());
    item.append(drop);
  }
  input.value = "";
}

// --- picking canned replies and colleagues ------------------------------------------------------------------

let picking = null;  // { field, from, kind, items, chosen }

function offer(field, kind, from, wanted) {
  const source = kind === "canned" ? $$("#canned li").map((one) => ({ title: one.dataset.title, text: one.textContent }))
    : $$("#colleagues li").map((one) => ({ title: `@${one.textContent}`, text: "" }));
  const items = source.filter((one) => fold(`${one.title} ${one.text}`).includes(fold(wanted)));
  picking = { field, from, kind, items, chosen: 0 };
  const picker = $("#picker");
  picker.setAttribute("role", "listbox");
  picker.replaceChildren(...items.map((one, place) => {
    const option = document.createElement("div");
    option.id = `pick-${place}`;
    option.setAttribute("role", "option");
    const head = document.createElement("strong");
    head.textContent = one.title;
    const words = document.createElement("span");
    words.textContent = one.text;
    option.append(head, words);
    option.addEventListener("mousedown", (event) => { event.preventDefault(); picking.chosen = place; pick(); });
    return option;
  }));
  if (!items.length) {
    if (kind === "mention") return closePicker();
    const nothing = document.createElement("p");
    nothing.className = "nothing";
    nothing.textContent = texts.nothing;
    picker.append(nothing);
  }
  picker.hidden = false;
  point(0);
}

function point(place) {
  if (!picking?.items.length) return;
  picking.chosen = (place + picking.items.length) % picking.items.length;
  $$("#picker [role=option]").forEach((one, number) => {
    one.setAttribute("aria-selected", String(number === picking.chosen));
    if (number === picking.chosen) one.scrollIntoView({ block: "nearest" });
  });
  picking.field.setAttribute("aria-activedescendant", `pick-${picking.chosen}`);
  picking.field.setAttribute("aria-controls", "picker");
}

function pick() {
  const { field, from, kind, items, chosen } = picking;
  const one = items[chosen];
  if (!one) return closePicker();
  const end = field.selectionEnd;
  field.setRangeText(kind === "canned" ? one.text : `${one.title} `, from, end, "end");
  closePicker();
  field.focus();
  keepDrafts();
}

function closePicker() {
  picking?.field.removeAttribute("aria-activedescendant");
  picking = null;
  const picker = $("#picker");
  if (picker) picker.hidden = true;
}

function watchWriting(field) {
  const before = field.value.slice(0, field.selectionEnd);
  const kind = field.closest("[data-compose]").dataset.compose;
  const slash = kind === "reply" && before.match(/^\/([^\n]{0,40})$/);
  const at = kind === "note" && before.match(/(^|\s)@([^\s@]{0,30})$/);
  if (slash) offer(field, "canned", 0, slash[1]);
  else if (at) offer(field, "mention", before.length - at[2].length - 1, at[2]);
  else if (picking) closePicker();
  if (kind === "reply" && !slash && field.value) sayTyping();
}

let toldTyping = 0;
function sayTyping() {
  if (Date.now() - toldTyping < 4000) return;
  toldTyping = Date.now();
  post(`/desk/case/${openCase()}/typing`, new URLSearchParams()).catch(() => {});
}

// --- time ---------------------------------------------------------------------------------------------------

function tick() {
  const now = Date.now();
  for (const one of $$("[data-due]")) {
    const left = Number(one.dataset.due) - now;
    one.textContent = (left < 0 ? texts.late : texts.left).replace("%(time)s", span(Math.abs(left)));
    one.classList.toggle("late", left < 0);
    one.classList.toggle("soon", left >= 0 && left < 10 * 60e3);
  }
  for (const one of $$("[data-until]")) {
    const left = Math.ceil((Number(one.dataset.until) - now) / 1000);
    if (left <= 0) one.remove();
    else $("button", one).textContent = left > 60 ? texts.recall : `${texts.recall} (${left})`; // planned for later: no countdown yet
  }
}

function span(ms) {
  const minutes = Math.max(1, Math.round(ms / 60e3));
  if (minutes < 60) return `${minutes} ${texts.minute}`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} ${texts.hour} ${minutes % 60} ${texts.minute}` : `${hours} ${texts.hour}`;
  return `${Math.floor(hours / 24)} ${texts.day} ${hours % 24} ${texts.hour}`;
}

setInterval(tick, 1000);

// --- telling the colleague ----------------------------------------------------------------------------------

function toast(text, bad = false, within = null) {
  const one = document.createElement("p");
  one.className = bad ? "toast bad" : "toast";
  one.textContent = text;
  if (bad) one.setAttribute("role", "alert");
  if (within?.open) within.append(one); else toasts.append(one);  // an open dialog covers everything else
  setTimeout(() => one.remove(), bad ? 9000 : 3000);
}

let known = null;  // the cases that were unanswered when we last looked
function afterList() {
  tick();
  const unanswered = new Set($$(".case.unanswered", list).map((one) => one.dataset.case));
  const fresh = known === null ? [] : [...unanswered].filter((id) => !known.has(id));
  known = unanswered;
  nameWindow();
  if (fresh.length && document.hidden && "Notification" in window && Notification.permission === "granted") {
    const note = new Notification(texts.new, { body: texts.waiting.replace("%(case)s", fresh[0]), tag: `case-${fresh[0]}` });
    note.addEventListener("click", () => { window.focus(); show(`/desk/case/${fresh[0]}${location.search}`); note.close(); });
  }
}

function nameWindow() {
  const waiting = $("[data-waiting]", list)?.dataset.waiting || "0";
  document.title = (waiting === "0" ? "" : `(${waiting}) `) + (openCase() ? `#${openCase()} · ` : "") + title;
}

const bell = $("#bell");
if ("Notification" in window && Notification.permission === "default") {
  bell.hidden = false;
  bell.addEventListener("click", async () => { await Notification.requestPermission(); bell.hidden = true; });
}

// --- hearing of changes -------------------------------------------------------------------------------------

let listDue = 0;
let listAt = 0;
function listSoon() {  // in a busy hour at most one list a second
  if (listDue) return;
  listDue = setTimeout(() => { listDue = 0; listAt = Date.now(); refreshList().catch(missed); }, Math.max(0, listAt + 1000 - Date.now()));
}

let stream = null;
let lost = false;
let retry = 0;

function missed() {  // we heard of something and could not fetch it: begin anew soon
  clearTimeout(retry);
  retry = setTimeout(listen, 3000);
}

function listen() {
  stream?.close();
  clearTimeout(retry);
  stream = new EventSource(`/desk/events?case=${openCase()}`);
  stream.addEventListener("hello", () => {
    if (lost) { $(".offline")?.remove(); lost = false; }
    refreshList().catch(missed);  // what was missed while nobody listened
    refreshCase().catch(missed);
  });
  stream.addEventListener("list", listSoon);
  stream.addEventListener("case", () => refreshCase().catch(missed));
  stream.addEventListener("gone", () => { stream.close(); keepDrafts(); location.assign("/login"); });
  stream.addEventListener("error", () => {
    if (!lost) {
      lost = true;
      const bar = document.createElement("p");
      bar.className = "offline";
      bar.setAttribute("role", "status");
      bar.textContent = texts.offline;
      desk.before(bar);
    }
    if (stream.readyState === EventSource.CLOSED) missed();
  });
}

// --- hands --------------------------------------------------------------------------------------------------

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-compose]")) { event.preventDefault(); send(form); }
  else if (form.matches("[data-act]")) { event.preventDefault(); act(form); }
  else if (form.id === "filters") { event.preventDefault(); filter(); }
});

document.addEventListener("click", (event) => {
  const target = event.target.closest("a, button");
  if (!target || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (target.matches("[data-opens]")) return openDialog(target.dataset.opens);
  if (target.matches("[data-closes]")) return target.closest("dialog").close();
  if (target.matches("[data-mode]")) { sessionStorage.setItem(`mode-${openCase()}`, target.dataset.mode); return setMode(target.dataset.mode, true); }
  if (target.matches("[data-canned]")) { const field = $("#reply-text"); field.focus(); return picking ? closePicker() : offer(field, "canned", field.selectionStart, ""); }
  if (target.matches(".show-card")) { const open = $("#case").classList.toggle("with-card"); return target.setAttribute("aria-expanded", String(open)); }
  if (target.id === "keys") return $("#keys-help").showModal();
  if (target.matches("[data-before]")) { event.preventDefault(); return earlier(target); }
  const url = target.href && new URL(target.href, location.href);
  if (!url || url.origin !== location.origin || target.target) return;
  if (/^\/desk\/case\/\d+$/.test(url.pathname) || (url.pathname === "/desk" && !target.closest(".bar"))) {
    event.preventDefault();
    if (target.dataset.show) return choose(url);
    show(url.href);
  }
});

function openDialog(id) {
  const dialog = document.getElementById(id);
  const from = $("[data-from]", dialog);
  if (from) $("textarea", from).value = document.getElementById(from.dataset.from)?.value || "";
  dialog.showModal();
}

function choose(url) {  // another list; the open case stays open beside it
  history.pushState({}, "", (openCase() && !matchMedia("(max-width: 760px)").matches ? `/desk/case/${openCase()}` : "/desk") + url.search);
  $("#filters").elements.show.value = url.searchParams.get("show") || "all";
  refreshList(true);
}

function filter() {
  const wanted = new URLSearchParams();
  for (const [name, value] of new FormData($("#filters"))) if (value) wanted.set(name, value);
  history.replaceState({}, "", `${location.pathname}?${wanted}`);
  refreshList(true);
}

async function earlier(link) {
  const thread = $("#thread");
  const { ok, page } = await fetchPart(link.getAttribute("href"), "older", true);
  if (!ok) return;
  const before = thread.scrollHeight;
  const lines = [...page.body.children].map((one) => document.importNode(one, true));
  for (const one of lines) one.dataset.earlier = "1";
  link.closest("li").remove();
  thread.prepend(...lines);
  thread.scrollTop += thread.scrollHeight - before;
  wakeCase();
}

let searching = 0;
$("#q").addEventListener("input", () => { clearTimeout(searching); searching = setTimeout(filter, 250); });
$("#kind").addEventListener("change", filter);

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-compose] textarea")) return;
  keepDrafts();
  watchWriting(event.target);
});
document.addEventListener("change", (event) => { if (event.target.matches("[data-upload]")) upload(event.target); });

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.isComposing) return;  // Vietnamese and other input methods use Enter too
  if (picking && field === picking.field) {
    const keys = { ArrowDown: () => point(picking.chosen + 1), ArrowUp: () => point(picking.chosen - 1), Enter: pick, Tab: pick, Escape: closePicker };
    if (keys[event.key] && (picking.items.length || event.key === "Escape")) { event.preventDefault(); return keys[event.key](); }
  }
  if (field.matches?.("[data-compose] textarea")) {
    const enough = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && enough) { event.preventDefault(); send(field.form); }
    else if (event.key === "Escape") { field.blur(); $("#thread").focus({ preventScroll: true }); }
    return;
  }
  if (field.matches?.("[role=tab]") && (event.key === "ArrowLeft" || event.key === "ArrowRight")) {
    const other = field.dataset.mode === "reply" ? "note" : "reply";
    setMode(other);
    return $(`[data-mode="${other}"]`).focus();
  }
  if (field.matches?.("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
  const keys = { j: () => step(1), k: () => step(-1), r: () => setMode("reply", true), n: () => setMode("note", true), f: () => $("#q").focus(), "?": () => $("#keys-help").showModal() };
  const act = keys[event.key.toLowerCase()];
  if (act && (openCase() || !"rn".includes(event.key.toLowerCase()))) { event.preventDefault(); act(); }
});

function step(by) {
  const all = $$("a[data-case]", list);
  const here = all.findIndex((one) => Number(one.dataset.case) === openCase());
  const next = all[Math.min(all.length - 1, Math.max(0, here + by))];
  if (next && Number(next.dataset.case) !== openCase()) { next.scrollIntoView({ block: "nearest" }); show(next.href); }
}

addEventListener("popstate", () => show(location.href, false).then(() => refreshList()));
addEventListener("pagehide", () => { keepDrafts(); stream?.close(); });
addEventListener("online", listen);  // a stream may not notice that its network was away
addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden && stream?.readyState === EventSource.CLOSED) listen(); });

if ($(".cases", list)) remember($(".cases", list));
if (openCase()) wakeNewCase();
afterList();
listen();
