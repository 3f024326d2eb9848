/* Chạm: website chat. One file, no dependencies, no cookies, no HTML strings: text only ever becomes text nodes.
   <script src="https://BOT/chat.js" async data-position="left" data-lang="en" data-color="#0b6b5d" data-start="t_giao_hang"> */
(() => {
'use strict'
if (window.Cham) return
const tag = document.currentScript || document.querySelector('script[src*="chat.js"]')
const base = new URL('.', tag.src).href
const opt = tag.dataset
const $ = (name, props, ...kids) => {
  const el = document.createElement(name)
  for (const [k, v] of Object.entries(props || {})) {
    if (v == null || v === false) continue
    if (k.startsWith('on')) el.addEventListener(k.slice(2), v)
    else if (k === 'class') el.className = v
    else el.setAttribute(k, v === true ? '' : v)
  }
  el.append(...kids.filter(kid => kid != null && kid !== ''))
  return el
}
const icon = (...paths) => {
  const ns = 'http://www.w3.org/2000/svg', el = document.createElementNS(ns, 'svg')
  el.setAttribute('viewBox', '0 0 24 24')
  el.setAttribute('aria-hidden', 'true')
  for (const d of paths) el.appendChild(document.createElementNS(ns, 'path')).setAttribute('d', d)
  return el
}
const CLOSE = 'M6 6l12 12M18 6L6 18', DOWN = 'M6 9l6 6 6-6', SEND = 'M12 19V5M5.500 11.500L12 5l6.500 6.500'
const CLIP = 'M20 11.500l-8.200 8.200a5 5 0 01-7.100-7.100l8.600-8.600a3.400 3.400 0 014.800 4.800l-8.500 8.500a1.700 1.700 0 01-2.400-2.400l7.600-7.600'
const BUBBLE = 'M12 4c-4.700 0-8.500 3.200-8.500 7.200 0 2.200 1.200 4.200 3 5.500V20l3.200-1.900c.7.200 1.500.2 2.300.2 4.700 0 8.500-3.200 8.500-7.100S16.700 4 12 4z'
const PERSON = ['M12 12a4 4 0 100-8 4 4 0 000 8z', 'M4.500 20c.8-3.600 3.800-5.500 7.500-5.500s6.700 1.900 7.500 5.500']
const FILE = 'M14 3H6v18h12V7zM14 3v4h4'

// ---- what is kept: localStorage, or only memory where the browser forbids it
const memory = {}
let disk = null
try { localStorage.setItem('cham:?', '1'); localStorage.removeItem('cham:?'); disk = localStorage } catch { /* memory */ }
const load = key => {
  let text = memory[key]
  try { if (disk) text = disk.getItem('cham:' + key) ?? text } catch { /* memory */ }
  try { return text == null ? null : JSON.parse(text) } catch { return null }
}
const save = (key, value) => {
  const text = value == null ? null : JSON.stringify(value)
  delete memory[key]
  try {
    if (disk && text != null) return disk.setItem('cham:' + key, text)
    if (disk) return disk.removeItem('cham:' + key)
  } catch { /* full: memory */ }
  if (text != null) memory[key] = text
}
const session = (key, value) => {
  try { return value ? sessionStorage.setItem(key, value) : sessionStorage.getItem(key) } catch { return null }
}
const uuid = () => crypto.randomUUID ? crypto.randomUUID() : '10000000-1000-4000-8000-100000000000'.replace(/[018]/g,
  c => (c ^ crypto.getRandomValues(new Uint8Array(1))[0] & 15 >> c / 4).toString(16))
const myTab = session('cham:tab') || uuid()
session('cham:tab', myTab)

// ---- state
let cfg = null, lang, T = {}, key = load('key')
let { cursor = 0, lines: kept = [] } = load('log') || {}
let lines = new Map(kept.map(line => [line.seq, line]))   // seq -> line
let out = new Map()                                       // id -> what is not yet acknowledged
let files = []                                            // being attached
let opened = false, used = false, typed = 0, rewound = false, count = 0
let ws = null, polling = 0, ready = false, firstVisit = false, greetDue = false
let wsFailed = 0, tries = 0, retryAt = 0, heard = 0, wanted = false, shown = 0, firstUnread = 0
let busy = null, busyAt = 0, holdUntil = 0, greeter = '', saving = 0, draft = load('draft') || '', sendLater = false
const t = (name, values) => (T[name] || '').replace(/%\((\w+)\)s/g, (_, k) => values?.[k] ?? '')
const now = () => Date.now()
const seen = () => Math.max(load('seen') || 0, shown)

const persist = () => {
  clearTimeout(saving)
  saving = setTimeout(writeLog, 30)
}
const writeLog = () => {
  const stored = load('log')
  if (stored && stored.key === key && stored.cursor > cursor) mergeLog(stored)   // another tab is ahead
  save('log', { key, cursor, lines: ordered().slice(-200) })
}
const mergeLog = log => {
  if (!log || log.key !== key) return
  for (const line of log.lines) if (!lines.has(line.seq)) lines.set(line.seq, line)
  cursor = Math.max(cursor, log.cursor)
}
const ordered = () => [...lines.values()].sort((a, b) => a.seq - b.seq)
const pending = () => [...out.values()].sort((a, b) => a.at - b.at || a.n - b.n)
const loadOut = () => {
  if (!disk) return
  const left = new Set()
  for (let i = 0; i < disk.length; i++) {
    const name = disk.key(i)
    if (!name?.startsWith('cham:o:')) continue
    const item = load(name.slice(5))
    if (item?.frame) { out.set(item.id, item); left.add(item.id) }
  }
  for (const id of out.keys()) if (!left.has(id) && !(('o:' + id) in memory)) out.delete(id)
}
const forget = id => { out.delete(id); save('o:' + id, null) }

// ---- sending: one at a time, in order, under an id the server knows again; gone only when acknowledged
const put = (frame, media) => {
  const id = uuid(), item = { id, at: now(), n: count++, tab: myTab, frame: { ...frame, id }, media }
  out.set(id, item)
  save('o:' + id, item)
  used = used || frame.t !== 'greet'
  connect()
  pump()
  render()
  return id
}
const say = (text, media = []) => {
  text = text.trim()
  if (text || media.length) put({ t: 'msg', text, files: media.map(one => one.file) }, media)
}
const pump = () => {
  if (!ready || busy || now() < holdUntil) return
  // what another tab has just written is its own to send; what a closed tab left behind is ours
  const item = pending().find(one => !one.error && (one.tab === myTab || now() - one.at > 15000))
  if (!item) return
  busy = item.id
  busyAt = now()
  transmit(item.frame)
}
const transmit = frame => {
  if (ws) return ws.readyState === 1 && ws.send(JSON.stringify(frame))
  const known = frame.t !== 'typing' && frame.t !== 'ping'
  if (known) post('chat/send', frame).then(hear, () => { if (frame.id) drop() })
}
const settle = id => { if (busy === id) busy = null }
const post = async (path, body, more) => {
  const headers = { 'Content-Type': 'application/json' }
  if (key) headers.Authorization = 'Bearer ' + key
  const answer = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body), credentials: 'omit', ...more })
  if (answer.status === 401) badKey()
  const frame = await answer.json().catch(() => null)
  if (!frame || (!answer.ok && frame.t !== 'error')) throw Error(answer.status)
  if (frame.t === 'error' && body.id && !frame.id) frame.id = body.id
  return frame
}

// ---- receiving
const hear = frame => {
  heard = now()
  const { t: kind, id } = frame
  if (kind === 'line' || kind === 'update') take(frame, kind)
  else if (kind === 'ack') acknowledged(id, frame.seq)
  else if (kind === 'ready') isReady(frame)
  else if (kind === 'typing') showTyping(frame.name)
  else if (kind === 'error') refused(frame)
  else if (kind === 'key') save('key', key = frame.key)
  pump()
}
const take = (frame, kind) => {
  const { t: _, ...line } = frame
  const known = lines.get(line.seq)
  if (kind === 'update' && !known && line.seq > cursor) return          // comes as a line in its turn
  lines.set(line.seq, { ...known, ...line })
  if (kind === 'line') cursor = Math.max(cursor, line.seq)
  if (line.from === 'you' && out.has(line.id)) { settle(line.id); forget(line.id) }
  if (line.from !== 'you' && !known) showTyping(null)
  persist()
  render()
  if (kind === 'line' && !known && line.from !== 'you' && !opened && line.seq > seen() && !line.recalled) tease(line)
}
const acknowledged = (id, seq) => {
  settle(id)
  const item = out.get(id)
  if (item?.frame.t === 'msg' && seq && !lines.has(seq)) {
    // the cursor stays: lines before this one may still be on their way
    lines.set(seq, { seq, id, from: 'you', text: item.frame.text, media: item.media || [], choices: [], at: item.at })
    writeLog()
  }
  if (item) forget(id)
  render()
}
const refused = ({ id, code, text }) => {
  if (code === 'key') return badKey()
  const item = out.get(id || busy)
  if (['rate', 'slow', 'busy', 'overloaded', 'down'].includes(code)) {
    busy = null
    holdUntil = now() + 5000
    return notice(text || t('slow'))
  }
  if (!item) return text && notice(text)
  settle(item.id)
  if (item.frame.t === 'msg') {
    item.error = text || t('failed')
    save('o:' + item.id, item)
  } else { forget(item.id); text && notice(text) }
  render()
}
const isReady = ({ cursor: top, first_visit: first }) => {
  if (top < cursor && !rewound) {                  // the shop went back to a backup: what we know is no longer so
    rewound = true
    forgetLog()
    return drop()
  }
  ready = true
  firstVisit = !!first
  wsFailed = tries = 0
  for (const item of out.values()) if (item.frame.t === 'msg' && item.error === 'net') delete item.error
  tellSeen()
  greet()
  pump()
  render()
}
const forgetLog = () => { lines = new Map(); cursor = 0; shown = 0; save('seen', null); save('log', null) }
const badKey = () => {
  const stored = load('key')
  if (stored === key) save('key', null)
  key = stored === key ? null : stored
  busy = null
  forgetLog()
  render()
  drop()
}

// ---- the wire: WebSocket, or polling where it cannot open
const drop = () => {
  const socket = ws
  ws = null
  polling++
  ready = false
  busy = null
  if (socket) { socket.onclose = socket.onmessage = socket.onerror = null; socket.close() }
  retryAt = now() + Math.min(30000, 1000 * 2 ** tries++) * (.5 + Math.random() / 2)
  schedule()
  later(render, 1500)
}
const later = (fn, ms) => setTimeout(fn, ms)
let waiting = 0
const schedule = () => {
  clearTimeout(waiting)
  if (wanted && navigator.onLine !== false) waiting = later(connect, Math.max(50, retryAt - now()))
}
let connecting = false
const connect = async force => {
  wanted = true
  if (!cfg || connecting || ws || live() || (force !== true && now() < retryAt - 20)) return
  connecting = true
  try {
    key = key || load('key')
    if (!key) {
      key = (await post('chat/visitor', { lang })).key
      if (!key) throw Error('key')
      save('key', key)
    }
    connecting = false
    wsFailed < 2 ? socket() : poll()
  } catch {
    connecting = false
    drop()
  }
}
let polled = -1
const live = () => polled === polling
// a little is asked for again: what was recalled or edited while we were away comes as the same seq
const hello = () => ({ cursor: Math.max(0, cursor - 30), lang })
const socket = () => {
  const one = ws = new WebSocket(base.replace(/^http/, 'ws') + 'chat/ws')
  heard = now()
  one.onopen = () => one.send(JSON.stringify({ t: 'hello', key, ...hello() }))
  one.onmessage = event => { if (ws === one) hear(JSON.parse(event.data)) }
  one.onclose = event => {
    if (ws !== one) return
    if (event.code === 4401) return badKey()
    if (!ready) wsFailed++
    drop()
  }
}
const poll = async () => {
  const mine = polled = ++polling, until = now() + 300000       // then try the socket again
  let ask = { ...hello(), wait: 0 }
  try {
    while (mine === polling) {
      const { frames } = await post('chat/poll', ask)
      if (mine !== polling) return
      for (const frame of frames) hear(frame)
      if (mine !== polling) return
      heard = now()
      if (!ready) isReady({ cursor, first_visit: !lines.size })
      if (now() > until) break
      ask = { cursor, lang, wait: 25 }
    }
  } catch { /* below */ }
  if (mine !== polling) return
  wsFailed = 0
  drop()
}
const wake = () => { tries = 0; wanted && !ws && !live() ? connect(true) : ws && transmit({ t: 'ping' }) }
setInterval(() => {
  if (busy && now() - busyAt > 10000) drop()
  else if (ws && now() - heard > 70000 + (ready ? 0 : -60000)) { if (!ready) wsFailed++; drop() }
  else if (ws && ready && now() - heard > 25000) transmit({ t: 'ping' })
  pump()
  if (out.size) render()
}, 5000)
addEventListener('online', () => { wake(); render() })
addEventListener('offline', () => { if (ws || live()) drop(); render() })
addEventListener('pageshow', event => event.persisted && wake())
addEventListener('pagehide', () => { writeLog(); ws?.close() })
document.addEventListener('visibilitychange', () => { if (!document.hidden) { wake(); tellSeen(); render() } })
addEventListener('storage', ({ key: name }) => {                // another tab of this visitor
  if (!name?.startsWith('cham:')) return
  const stored = load('key')
  if (name === 'cham:key' && stored && stored !== key) { key = stored; forgetLogHere(); drop(); connect(true) }
  if (name === 'cham:log') mergeLog(load('log'))
  if (name === 'cham:seen') teaser?.remove()
  loadOut()
  pump()
  render()
})
const forgetLogHere = () => { lines = new Map(); cursor = 0; shown = 0 }

// ---- greeting: a first-time visitor, once, not while typing
const greet = () => {
  if (!greetDue || !ready || !firstVisit || used || opened || lines.size || load('greeted')) return
  if (now() - typed < 2000) return void later(greet, 2000)
  save('greeted', 1)
  put({ t: 'greet' })
}
document.addEventListener('input', () => { typed = now() }, true)
document.addEventListener('keydown', event => { if (event.key?.length === 1) typed = now() }, true)

// ---- the look
const CSS = `
:host{all:initial;--c:COLOR;--on:ONCOLOR;--lk:LINKCOLOR;--ink:#23211d;--soft:#66605a;--line:#e4e0d9;--bg:#faf8f5;--bot:#fff;
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Helvetica Neue",Arial,sans-serif;color:var(--ink)}
*{box-sizing:border-box}[hidden]{display:none!important}
button{font:inherit;color:inherit;border:0;background:none;padding:0;margin:0;cursor:pointer;-webkit-tap-highlight-color:transparent}
svg{width:22px;height:22px;fill:none;stroke:currentColor;stroke-width:1.900;stroke-linecap:round;stroke-linejoin:round;flex:none}
:focus-visible{outline:3px solid var(--c);outline-offset:2px}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.go{position:fixed;z-index:2147483000;bottom:calc(20px + env(safe-area-inset-bottom));SIDE:20px;width:60px;height:60px;border-radius:50%;
background:var(--c);color:var(--on);display:grid;place-items:center;box-shadow:0 6px 22px #0003,0 2px 6px #0002;transition:transform .15s}
.go:hover{transform:scale(1.050)}.go svg{width:28px;height:28px}.go:focus-visible,.top :focus-visible{outline-color:#fff;box-shadow:0 0 0 5px var(--ink)}
.n{position:absolute;top:-3px;right:-3px;min-width:22px;height:22px;padding:0 6px;border-radius:11px;background:#c02a1e;color:#fff;font:600 13px/22px system-ui,sans-serif;text-align:center;box-shadow:0 0 0 2px #fff}
.tz{position:fixed;z-index:2147483000;bottom:calc(92px + env(safe-area-inset-bottom));SIDE:20px;width:min(320px,calc(100vw - 40px));background:#fff;border-radius:16px;box-shadow:0 10px 36px #0000002b,0 0 0 1px #0000000d;padding:12px 14px 14px;animation:up .25s}
.tz p{margin:0 0 0;white-space:pre-wrap;overflow-wrap:anywhere;cursor:pointer}.tz .ch{margin-top:10px}
.tz header{display:flex;align-items:center;gap:8px;font-size:13px;color:var(--soft);margin-bottom:2px}.tz header span{flex:1}.tz header button{width:44px;height:44px;margin:-12px -12px -8px 0;display:grid;place-items:center}.tz svg{width:18px;height:18px}
.p{position:fixed;z-index:2147483001;bottom:calc(20px + env(safe-area-inset-bottom));SIDE:20px;width:390px;height:min(660px,calc(100vh - 40px));display:flex;flex-direction:column;background:var(--bg);border-radius:20px;overflow:hidden;box-shadow:0 18px 60px #00000038,0 0 0 1px #0000000f;animation:up .2s}
@keyframes up{from{opacity:0;transform:translateY(12px)}}
.top{display:flex;align-items:center;gap:10px;padding:12px 8px 12px 16px;background:var(--c);color:var(--on)}
.top>div{flex:1;min-width:0}.top b,.top small{display:block;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}.top b{font-size:16px;line-height:1.300;font-weight:650}.top small{font-size:12.500px;line-height:1.400}
.top button{height:44px;min-width:44px;display:grid;place-items:center;border-radius:12px}.top button:hover{background:#ffffff24}
.top .hu{display:flex;align-items:center;gap:6px;padding:0 12px;background:#fff;color:var(--ink);border-radius:22px;height:44px;font-size:13.500px;font-weight:600;white-space:nowrap;flex:none}.top .hu:hover{background:#fffffff0}.hu svg{width:17px;height:17px}.hu[disabled]{opacity:.75}
.lg{font-size:13px;font-weight:600}
.ln{padding:8px 16px;font-size:13px;background:#fff4d9;color:#5f4300;border-bottom:1px solid #f0dba6}.ln.bad{background:#fdebe9;color:#8f1d17;border-color:#f3c9c5}
.l{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:14px 14px 6px;display:flex;flex-direction:column;outline-offset:-3px}
.l:before{content:"";margin-top:auto}
.day{align-self:center;font-size:12px;color:var(--soft);margin:14px 0 8px}
.in{align-self:center;text-align:center;font-size:13px;color:var(--soft);max-width:300px;margin:4px 0 6px}
.m{display:flex;flex-direction:column;max-width:84%;margin-top:3px;align-items:flex-start;align-self:flex-start}.m.y{align-self:flex-end;align-items:flex-end}.m.f{margin-top:12px}
.who{font-size:12.500px;color:var(--soft);margin:0 0 3px 4px;display:flex;gap:6px;align-items:center}.who i{font:600 11px/20px system-ui,sans-serif;width:20px;height:20px;border-radius:50%;text-align:center;background:#e7e2d9;color:var(--ink)}.st .who{color:var(--ink);font-weight:600}.st .who i{background:var(--c);color:var(--on)}
.b{background:var(--bot);border:1px solid var(--line);border-radius:6px 18px 18px 6px;padding:9px 13px;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext}.f .b{border-top-left-radius:18px}
.y .b{background:var(--c);color:var(--on);border-color:transparent;border-radius:18px 6px 6px 18px}.y.f .b{border-top-right-radius:18px}
.st .b{background:#fff;border-color:var(--c)}
.re .b{background:none;border-style:dashed;border-color:#b8b1a6;color:var(--soft);font-style:italic}
.b a{color:var(--lk);text-underline-offset:2px}.y .b a{color:inherit}
.s{font-size:12px;color:var(--soft);margin:3px 6px 0;text-align:inherit}.s.e{color:#a5231b;font-weight:600;min-height:44px}
.ch{display:flex;flex-wrap:wrap;gap:8px;margin-top:8px}.ch button{min-height:44px;padding:8px 15px;border:1.500px solid var(--lk);border-radius:22px;background:#fff;color:var(--lk);font-weight:550;text-align:left;line-height:1.350;overflow-wrap:anywhere}
.ch button:hover{background:#f3f0eb}.ch button[disabled]{cursor:default;opacity:.55}.ch .on[disabled]{background:var(--c);color:var(--on);border-color:transparent;opacity:1}
.im{display:block;border-radius:16px;overflow:hidden;border:1px solid var(--line);background:#efece6;margin-top:3px;min-width:64px;min-height:64px}.im img,.im canvas{display:block;max-width:100%;max-height:260px;object-fit:cover}
.fi{display:flex;gap:10px;align-items:center;border:1px solid var(--line);border-radius:14px;background:#fff;color:var(--ink);padding:10px 14px;margin-top:3px;text-decoration:none;min-height:44px;overflow-wrap:anywhere}.fi small{color:var(--soft);white-space:nowrap}
.ty{display:flex;gap:8px;align-items:center;font-size:13px;color:var(--soft);padding:4px 18px 8px}.ty i{width:6px;height:6px;border-radius:50%;background:currentColor;animation:dot 1.200s infinite}.ty i:nth-child(2){animation-delay:.2s;margin:0 -3px}.ty i:nth-child(3){animation-delay:.4s}@keyframes dot{0%,60%,to{opacity:.3}30%{opacity:1}}
.at{display:flex;gap:8px;padding:8px 12px 0;overflow-x:auto;flex:none}.at>div{position:relative;flex:none;width:210px;min-height:60px;display:flex;gap:10px;align-items:center;background:#fff;border:1px solid var(--line);border-radius:12px;padding:6px 44px 8px 8px;font-size:13px;line-height:1.300}.at .e{border-color:#c9473d}.at .e small{color:#a5231b}.at span{flex:1;min-width:0;overflow:hidden;overflow-wrap:anywhere}.at span b{display:block;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;font-weight:600}.at small{color:var(--soft)}.at button{position:absolute;right:0;top:0;width:44px;height:100%;display:grid;place-items:center}.at canvas{width:44px;height:44px;border-radius:8px;object-fit:cover;flex:none}.at progress{position:absolute;left:8px;right:8px;bottom:3px;width:calc(100% - 16px);height:3px;accent-color:var(--c)}.at svg{width:18px;height:18px}
form{display:flex;align-items:flex-end;gap:4px;margin:8px 10px calc(10px + env(safe-area-inset-bottom));padding:3px;background:#fff;border:1.500px solid #8f887d;border-radius:26px}form:focus-within{border-color:var(--c);box-shadow:0 0 0 1px var(--c)}
textarea{flex:1;min-width:0;border:0;outline:0;resize:none;background:none;color:var(--ink);font:inherit;font-size:16px;line-height:22px;padding:11px 2px;max-height:132px;height:44px}textarea::placeholder{color:#746d64;opacity:1}
form button{width:44px;height:44px;border-radius:50%;display:grid;place-items:center;color:var(--soft);flex:none}form button:hover{background:#f3f0eb}form .sd{background:var(--c);color:var(--on)}form .sd[disabled]{background:#e9e5de;color:#8a8379;cursor:default}
.dr .l{outline:3px dashed var(--c);outline-offset:-8px}
@media (max-width:520px){.p{inset:auto 0 auto 0;top:var(--vt,0);height:var(--vh,100dvh);width:auto;border-radius:0;animation:none}.top{padding-top:calc(10px + env(safe-area-inset-top))}.go{bottom:calc(16px + env(safe-area-inset-bottom));SIDE:16px}.tz{SIDE:16px}}
@media (prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
@media (forced-colors:active){.go,.b,.ch .on{border:1px solid}}`

const luminance = color => {
  const probe = $('i')
  probe.style.color = color
  document.documentElement.append(probe)
  const [r, g, b] = getComputedStyle(probe).color.match(/[\d.]+/g).map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  probe.remove()
  return .2126 * r + .7152 * g + .0722 * b
}
const paint = () => {
  const color = [opt.color, cfg.color, '#0b6b5d'].find(one => one && /^[\w#(),.%\s-]+$/.test(one) && CSS_.supports('color', one))
  const light = luminance(color)
  const sheet = new CSSStyleSheet()
  sheet.replaceSync(CSS.replace('ONCOLOR', light > .2 ? '#1b1a17' : '#fff').replace('LINKCOLOR', light > .175 ? '#23211d' : color)
    .replace('COLOR', color).replaceAll('SIDE', (opt.position || cfg.position) === 'left' ? 'left' : 'right'))
  root.adoptedStyleSheets = [sheet]
}
const CSS_ = window.CSS
const host = $('div', { id: 'cham' }), root = host.attachShadow({ mode: 'open' })
let launcher, panel, list, box, badge, bar, typing, tray, sendButton, picker, human, teaser, typist = 0, noticeText = '', noticeTimer = 0
let nodes = new Map()

const build = () => {
  const button = (name, label, onclick, ...kids) => $('button', { type: 'button', class: name, 'aria-label': label, title: label, onclick }, ...kids)
  root.replaceChildren()
  nodes = new Map()
  launcher = button('go', t('open'), () => open(true), icon(BUBBLE), badge = $('span', { class: 'n', 'aria-hidden': 'true', hidden: true }))
  launcher.setAttribute('aria-expanded', 'false')
  const other = lang === 'vi' ? 'en' : 'vi'
  human = $('button', { type: 'button', class: 'hu', onclick: askHuman }, icon(...PERSON), t('staff'))
  list = $('div', { class: 'l', role: 'log', 'aria-live': 'off', 'aria-label': t('log'), tabindex: '0' })
  typing = $('div', { class: 'ty', role: 'status', hidden: true })
  bar = $('div', { class: 'ln', role: 'status', hidden: true })
  tray = $('div', { class: 'at', hidden: true })
  box = $('textarea', { rows: 1, maxlength: cfg.max_text || 4000, placeholder: t('placeholder'), 'aria-label': t('placeholder'), enterkeyhint: 'send',
    oninput: wrote, onkeydown: onKey, onpaste: event => { if (event.clipboardData.files.length) { event.preventDefault(); attach(event.clipboardData.files) } } })
  box.value = draft
  picker = $('input', { type: 'file', hidden: true, multiple: true, accept: (cfg.accept || []).join(','), onchange: () => { attach(picker.files); picker.value = '' } })
  panel = $('section', { class: 'p', role: 'dialog', 'aria-label': t('title', { shop: cfg.shop }), hidden: true,
    onkeydown: event => { if (event.key === 'Escape' && !event.isComposing) { event.stopPropagation(); close() } },
    ondragover: event => { event.preventDefault(); panel.classList.add('dr') },
    ondragleave: () => panel.classList.remove('dr'),
    ondrop: event => { event.preventDefault(); panel.classList.remove('dr'); attach(event.dataTransfer.files) } },
  $('header', { class: 'top' }, $('div', {}, $('b', {}, cfg.shop), $('small', {}, t('automatic'))), human,
    $('button', { type: 'button', class: 'lg', lang: other, 'aria-label': t('language'), title: t('language'), onclick: () => speak(other) }, other.toUpperCase()),
    button('', t('close'), close, icon(DOWN))),
  bar, list, typing, tray,
  $('form', { onsubmit: event => { event.preventDefault(); submit() } }, picker,
    button('', t('attach'), () => picker.click(), icon(CLIP)), box,
    sendButton = $('button', { class: 'sd', 'aria-label': t('send'), title: t('send') }, icon(SEND))))
  root.append(launcher, panel)
  paint()
  showTray()
}
const speak = async wish => {
  save('lang', wish)
  lang = wish
  await configure(true)
  if (ready) { tries = 0; retryAt = 0; drop(); connect(true) }
  if (opened) { opened = false; open(true) }
}
const askHuman = () => {
  human.disabled = true
  later(() => { human.disabled = false }, 3000)
  say(t('staff'))
}
const onKey = event => {
  // Telex and VNI compose: an Enter that ends a composition (229) is not yet "send"
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return
  event.preventDefault()
  submit()
}
let toldTyping = 0
const wrote = () => {
  used = true
  save('draft', (draft = box.value) || null)
  grow()
  if (ready && box.value && now() - toldTyping > 3000) { toldTyping = now(); transmit({ t: 'typing' }) }
}
const grow = () => {
  box.style.height = '44px'
  box.style.height = Math.min(132, box.scrollHeight) + 'px'
  sendButton.disabled = !box.value.trim() && !files.some(one => !one.error)
}
const submit = () => {
  if (files.some(one => !one.file && !one.error)) { sendLater = true; return }
  sendLater = false
  if (sendButton.disabled) return
  const media = files.filter(one => one.file).map(({ file, url, kind, name, size }) => ({ file, url, kind, name, size }))
  say(box.value, media)
  files = files.filter(one => one.error)
  box.value = draft = ''
  save('draft', null)
  showTray()
  list.scrollTop = list.scrollHeight
}

// ---- files
const size = bytes => bytes < 1048576 ? Math.ceil(bytes / 1024) + ' kB' : (bytes / 1048576).toFixed(1).replace('.0', '').replace('.', lang === 'vi' ? ',' : '.') + ' MB'
const attach = chosen => {
  used = true
  for (const blob of chosen) {
    const one = { name: blob.name || 'image.png', kind: '', size: blob.size, done: 0 }
    if (files.length >= 10) { notice(t('too_many', { count: 10 }), true); break }
    files.push(one)
    const accept = cfg.accept || []
    if (blob.size > (cfg.max_upload || 1e7)) one.error = t('too_big', { size: size(cfg.max_upload || 1e7) })
    else if (accept.length && !accept.some(type => type === blob.type || (type.endsWith('/*') && blob.type.startsWith(type.slice(0, -1))))) one.error = t('bad_type')
    else { preview(one, blob); upload(one, blob) }
  }
  showTray()
}
const preview = async (one, blob) => {          // drawn, not linked: a strict img-src does not matter
  if (!blob.type.startsWith('image/') || !window.createImageBitmap) return
  try {
    const picture = await createImageBitmap(blob), side = Math.min(picture.width, picture.height), canvas = $('canvas', { width: 88, height: 88 })
    canvas.getContext('2d').drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, 88, 88)
    one.canvas = canvas
    showTray()
  } catch { /* the name is enough */ }
}
const upload = async (one, blob) => {
  if (!key) { connect(true); for (let i = 0; i < 40 && !key; i++) await new Promise(go => later(go, 250)) }
  const form = new FormData(), request = one.request = new XMLHttpRequest()
  form.append('file', blob, one.name)
  request.open('POST', base + 'chat/upload')
  request.setRequestHeader('Authorization', 'Bearer ' + key)
  request.responseType = 'json'
  request.upload.onprogress = event => { one.done = event.loaded / event.total; showTray() }
  request.onloadend = () => {
    const { status, response } = request
    if (status === 200 && response?.file) Object.assign(one, response)
    else {
      one.error = status === 413 ? t('too_big', { size: size(cfg.max_upload || 1e7) }) : status === 415 ? t('bad_type') : response?.text || t('upload_failed')
      one.retry = !status || status === 429 || status >= 500 ? () => { one.error = one.retry = null; one.done = 0; showTray(); upload(one, blob) } : null
    }
    showTray()
    if (sendLater && files.every(each => each.file || each.error)) submit()
  }
  request.send(form)
}
const showTray = () => {
  tray.hidden = !files.length
  tray.replaceChildren(...files.map(one => $('div', { class: one.error ? 'e' : '' }, one.canvas || icon(FILE),
    $('span', { role: one.error ? 'alert' : null }, $('b', {}, one.name), $('small', { onclick: one.retry }, one.error ? one.error + (one.retry ? ' ' + t('retry') : '') : one.file ? size(one.size) : t('uploading', { percent: Math.round(one.done * 100) + '%' }))),
    one.file || one.error ? '' : $('progress', { max: 1, value: one.done, 'aria-label': one.name }),
    $('button', { type: 'button', 'aria-label': t(one.retry ? 'retry' : 'remove', { name: one.name }) + (one.retry ? ' ' + one.name : ''), onclick: one.retry || (() => { one.request?.abort(); files = files.filter(each => each !== one); showTray(); box.focus() }) },
      icon(...one.retry ? ['M4 12a8 8 0 108-8H6M9 1L6 4l3 3'] : [CLOSE])))))
  grow()
}

// ---- lines
const rich = text => {
  const parts = []
  let end = 0
  for (const found of text.matchAll(/https?:\/\/[^\s<>"'`]+/gi)) {
    const link = found[0].replace(/[.,;:!?…)\]}»”]+$/, '')
    try { new URL(link) } catch { continue }
    parts.push(text.slice(end, found.index), $('a', { href: link, target: '_blank', rel: 'noopener noreferrer nofollow' }, link))
    end = found.index + link.length
  }
  return [...parts, text.slice(end)]
}
const showMedia = ({ url, kind, name, size: bytes }) => {
  let href
  try { href = new URL(url, base).href } catch { return '' }
  if (!url || !/^https?:/.test(href)) return $('span', { class: 'fi' }, icon(FILE), name)
  const link = $('a', { class: 'fi', href, target: '_blank', rel: 'noopener noreferrer' }, icon(FILE), $('span', {}, name), bytes ? $('small', {}, size(bytes)) : '')
  if (kind !== 'image' && kind !== 'photo') return link
  const img = $('img', { alt: name || '', src: href, onerror: () => frame.replaceWith(link), onload: () => atEnd && (list.scrollTop = list.scrollHeight) })
  const frame = $('a', { class: 'im', href, target: '_blank', rel: 'noopener noreferrer' }, img)
  return frame
}
const press = (line, n) => {
  if (pending().some(one => one.frame.t === 'press' && one.frame.ref === line.ref)) return
  put({ t: 'press', ref: line.ref, n })
  if (opened) box.focus({ preventScroll: true })
}
const showChoices = line => {
  const waits = pending().find(one => one.frame.t === 'press' && one.frame.ref === line.ref)
  const chosen = waits ? waits.frame.n : line.chosen
  return $('div', { class: 'ch' }, ...line.choices.map((label, n) => chosen != null && chosen !== n && !waits ? '' : $('button', { type: 'button', class: chosen === n ? 'on' : '', disabled: chosen != null,
    'aria-pressed': chosen === n ? 'true' : null, onclick: () => { open(); press(line, n) } }, (chosen === n ? '✓ ' : '') + label)).filter(Boolean))
}
const day = at => new Date(at).toDateString()
const dayName = at => {
  if (day(at) === day(now())) return t('today')
  return day(at) === day(now() - 864e5) ? t('yesterday') : new Date(at).toLocaleDateString(lang === 'vi' ? 'vi-VN' : 'en-GB', { weekday: 'long', day: '2-digit', month: '2-digit', year: 'numeric' })
}
const clock = at => new Date(at).toLocaleTimeString('vi-VN', { hour: '2-digit', minute: '2-digit', hour12: false })
const author = line => line.from === 'staff' ? [line.name, cfg.shop].filter(Boolean).join(' · ') : t('automatic')
const bubble = (line, head) => {
  const name = author(line), parts = []
  if (head && line.from !== 'you') parts.push($('div', { class: 'who' }, $('i', { 'aria-hidden': 'true' }, line.from === 'staff' ? ((line.name || cfg.shop).trim().split(/\s+/).pop()[0] || '').toUpperCase() : '✦'), name))
  else parts.push($('span', { class: 'vh' }, line.from === 'you' ? t('you') : name))
  if (line.recalled) parts.push($('div', { class: 'b' }, t('recalled')))
  else {
    if (line.text) parts.push($('div', { class: 'b' }, ...rich(line.text)))
    parts.push(...(line.media || []).map(showMedia))
    if (line.choices?.length && line.ref) parts.push(showChoices(line))
  }
  return $('div', { class: ['m', line.from === 'you' ? 'y' : line.from === 'staff' ? 'st' : '', head ? 'f' : '', line.recalled ? 're' : ''].join(' ') }, ...parts, $('button', { type: 'button', class: 's', hidden: true }))
}
let atEnd = true, lastBadge = 0
const render = () => {
  if (!panel) return
  const all = ordered(), waits = pending().filter(one => one.frame.t === 'msg')
  const entries = [{ k: 'intro', make: () => $('div', { class: 'in' }, t('intro', { shop: cfg.shop })) }]
  if (!all.length && !waits.length && cfg.starters?.length) {
    entries.push({ k: 'starters', make: () => $('div', { class: 'ch' }, ...cfg.starters.map(one => $('button', { type: 'button', onclick: () => say(one) }, one))) })
  }
  let last = null
  const mine = all.filter(line => line.from === 'you').pop()
  const add = (line, item) => {
    const apart = !last || day(last.at) !== day(line.at)
    if (apart) entries.push({ k: 'd' + day(line.at), s: dayName(line.at), make: () => $('div', { class: 'day' }, dayName(line.at)) })
    const head = apart || last.from !== line.from || last.name !== line.name || line.at - last.at > 300000
    const press = line.ref && pending().find(one => one.frame.ref === line.ref)?.frame.n
    entries.push({ k: line.from === 'you' && line.id ? 'm' + line.id : line.seq, s: JSON.stringify([head, line.text, line.recalled, line.choices, line.chosen, press, line.media, line.name]), line, item, make: () => bubble(line, head) })
    last = line
  }
  all.forEach(line => add(line))
  waits.forEach(item => add({ id: item.id, from: 'you', text: item.frame.text, media: item.media || [], at: item.at }, item))

  atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80
  let at = list.firstChild
  const keep = new Set()
  for (const entry of entries) {
    let node = nodes.get(entry.k)
    if (!node || node.s !== entry.s) {
      const fresh = { s: entry.s, el: entry.make() }
      if (node) { if (node.el === at) at = at.nextSibling; node.el.replaceWith(fresh.el) } else list.insertBefore(fresh.el, at)
      nodes.set(entry.k, node = fresh)
    } else if (node.el !== at) list.insertBefore(node.el, at)
    else at = at.nextSibling
    keep.add(entry.k)
    if (entry.line) status(node.el.lastChild, entry, mine, last)
  }
  for (const [k, node] of nodes) if (!keep.has(k)) { node.el.remove(); nodes.delete(k) }
  if (atEnd) list.scrollTop = list.scrollHeight

  const fresh = opened ? 0 : all.filter(line => line.seq > seen() && line.from !== 'you' && !line.recalled).length
  badge.hidden = !fresh
  badge.textContent = fresh > 9 ? '9+' : fresh
  launcher.setAttribute('aria-label', t('open') + (fresh ? ', ' + t('unread', { count: fresh }) : ''))
  tellSeen()

  const away = navigator.onLine === false
  bar.hidden = !(noticeText || (wanted && !ready && (away || tries > 1)))
  bar.classList.toggle('bad', !!noticeText)
  const words = noticeText || t(away ? 'offline' : 'reconnecting')
  if (!bar.hidden && bar.textContent !== words) bar.textContent = words
}
const status = (el, { line, item }, mine, last) => {
  let words = '', bad = false
  if (item) {
    bad = item.error || (!ready && now() - item.at > 20000)
    words = bad ? [item.error, t('failed')].filter((one, i, both) => one && both.indexOf(one) === i).join(' · ') : t('sending')
  } else if (line.from === 'you' && line === mine) words = t('sent') + ' · ' + clock(line.at)
  else if (line === last) words = clock(line.at) + (line.edited && !line.recalled ? ' · ' + t('edited') : '')
  else if (line.edited && !line.recalled) words = t('edited')
  el.hidden = !words
  if (el.textContent !== words) el.textContent = words
  el.classList.toggle('e', !!bad)
  el.disabled = !bad
  el.onclick = bad ? () => { delete item.error; item.tab = myTab; item.at = now(); save('o:' + item.id, item); wake(); pump(); render() } : null
}
const notice = text => {
  noticeText = text
  clearTimeout(noticeTimer)
  noticeTimer = later(() => { noticeText = ''; render() }, 6000)
  render()
}
const showTyping = name => {
  clearTimeout(typist)
  if (!typing) return
  typing.hidden = name === null
  if (name === null) return
  typing.replaceChildren($('i'), $('i'), $('i'), name ? t('typing', { name }) : t('automatic'))
  typist = later(() => { typing.hidden = true }, 6000)
}
const tellSeen = () => {
  if (!opened || document.hidden || cursor <= seen()) return
  save('seen', shown = cursor)
  if (ready) transmit({ t: 'seen', seq: cursor })
}
const tease = line => {
  teaser?.remove()
  const text = line.text || line.media?.[0]?.name || ''
  teaser = $('aside', { class: 'tz', role: 'status' },
    $('header', {}, $('span', {}, author(line)), $('button', { type: 'button', 'aria-label': t('dismiss'), onclick: () => { teaser.remove(); launcher.focus() } }, icon(CLOSE))),
    $('p', { onclick: () => open(true) }, text.length > 160 ? text.slice(0, 157) + '…' : text), line.choices?.length && line.ref ? showChoices(line) : '')
  root.insertBefore(teaser, launcher)
}

// ---- open and close
const phone = matchMedia('(max-width:520px)')
const open = focus => {
  if (!panel) { openLater = true; return }
  used = true
  if (!opened) {
    opened = true
    teaser?.remove()
    panel.hidden = false
    launcher.hidden = true
    launcher.setAttribute('aria-expanded', 'true')
    fit()
    render()
    list.scrollTop = list.scrollHeight
    later(() => list.setAttribute('aria-live', 'polite'), 300)      // history is not read aloud, news is
    connect()
  }
  grow()
  if (focus) (phone.matches ? list : box).focus({ preventScroll: true })
}
const close = () => {
  if (!opened) return
  opened = false
  panel.hidden = true
  launcher.hidden = false
  launcher.setAttribute('aria-expanded', 'false')
  list.setAttribute('aria-live', 'off')
  launcher.focus()
}
const fit = () => {                              // above the phone's keyboard
  const view = window.visualViewport
  if (!view || !opened || !phone.matches) return
  panel.style.setProperty('--vh', view.height + 'px')
  panel.style.setProperty('--vt', view.offsetTop + 'px')
  if (atEnd) list.scrollTop = list.scrollHeight
}
window.visualViewport?.addEventListener('resize', fit)
window.visualViewport?.addEventListener('scroll', fit)
document.addEventListener('click', event => {
  const el = event.target.closest?.('[data-cham-open],[data-cham-ask]')
  if (!el) return
  event.preventDefault()
  open(true)
  if (el.dataset.chamAsk) when(() => say(el.dataset.chamAsk))
})
let openLater = false
const queue = []
const when = fn => panel ? fn() : queue.push(fn)

// ---- start
const configure = async again => {
  const name = 'config:' + lang
  try {
    const answer = await fetch(base + 'chat/config?lang=' + lang, { credentials: 'omit' })
    if (!answer.ok) throw Error(answer.status)
    cfg = await answer.json()
    save(name, cfg)
  } catch {
    cfg = load(name) || cfg                       // no network now: as it was last time
    if (!cfg) return void later(() => configure(again), 4000 + Math.random() * 4000)
  }
  T = cfg.texts
  host.lang = lang
  build()
  render()
  if (!again) begin()
}
const begin = () => {
  document.body.append(host)
  if (openLater) open()
  queue.forEach(fn => fn())
  const startKey = 'cham:start:' + opt.start
  if (opt.start && !session(startKey)) { session(startKey, '1'); start(opt.start) }
  const passed = performance.now(), due = cfg.greet_after_ms ?? 5000
  if (key || out.size || opened) connect()
  else later(connect, Math.max(0, due - 1000 - passed))          // most passers-by never become visitors
  if (!load('greeted')) later(() => { greetDue = true; greet() }, Math.max(0, due - passed))
}
const start = payload => { open(true); when(() => put({ t: 'start', payload: String(payload) })) }
window.Cham = { open: () => open(true), close, start }
lang = [load('lang'), opt.lang, document.documentElement.lang.slice(0, 2)].find(one => one === 'vi' || one === 'en') || 'vi'
loadOut()
if (document.body) configure()
else addEventListener('DOMContentLoaded', () => configure())
})()
