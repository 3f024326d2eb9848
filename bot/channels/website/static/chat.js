/* Chạm: website chat. One file, no dependencies, no cookies, no HTML strings: text only ever becomes text nodes.
	 <script src="https://BOT/chat.js" async data-position="left" data-lang="en" data-color="#0b6b5d" data-start="t_giao_hang"> */
(() => {
'use strict'
if (window.Cham) return
const doc = document
const tag = doc.currentScript || doc.querySelector('script[src*="chat.js"]')
const base = new URL('.', tag.src).href
const opt = tag.dataset
const $ = (name, props, ...kids) => {
	const el = doc.createElement(name)
	if (name === 'button') el.type = name
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
	const ns = 'http://www.w3.org/2000/svg', el = doc.createElementNS(ns, 'svg')
	el.setAttribute('viewBox', '0 0 24 24')
	el.setAttribute('aria-hidden', 'true')
	for (const d of paths) el.appendChild(doc.createElementNS(ns, 'path')).setAttribute('d', d)
	return el
}
const CLOSE = 'M6 6l12 12M18 6L6 18', DOWN = 'M6 9l6 6 6-6', SEND = 'M12 19V5M5.5 11.500L12 5l6.5 6.5'
const CLIP = 'M20 11.5l-8 8a5 5 0 01-7-7l8.500-8.500a3.400 3.400 0 015 5l-8.500 8.500a1.700 1.700 0 01-2.500-2.500l7.5-7.5'
const BUBBLE = 'M12 4c-5 0-8.500 3-8.500 7 0 2.300 1.200 4.300 3 5.5V20l3.200-2h2.300c5 0 8.500-3 8.500-7S17 4 12 4z'
const PERSON = ['M12 12a4 4 0 100-8 4 4 0 000 8z', 'M4.5 20c.8-3.600 3.800-5.5 7.5-5.5s6.700 1.900 7.5 5.5']
const FILE = 'M14 3H6v18h12V7zM14 3v4h4'

// ---- what is kept: localStorage, or memory where that is forbidden
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
const uuid = () => crypto.randomUUID?.() || Array.from(crypto.getRandomValues(new Uint8Array(16)), n => n.toString(16).padStart(2, 0)).join('')
const myTab = session('cham:tab') || uuid()
session('cham:tab', myTab)

// ---- state
let cfg = null, lang, T = {}, key = load('key')
let { cursor = 0, lines: kept = [] } = load('log') || {}
let lines = new Map(kept.map(line => [line.seq, line])) // seq -> line
let out = new Map() // id -> what is not yet acknowledged
let files = [] // being attached
let opened = false, used = false, typed = 0, rewound = false, count = 0
let ws = null, polling = 0, ready = false, firstVisit = false, greetDue = false
let wsFailed = 0, tries = 0, retryAt = 0, heard = 0, wanted = false, shown = 0
let busy = null, busyAt = 0, holdUntil = 0, saving = 0, draft = load('draft') || '', sendLater = false
const t = (name, values) => (T[name] || '').replace(/%\((\w+)\)s/g, (_, k) => values?.[k] ?? '')
const now = () => Date.now()
const seen = () => Math.max(load('seen') || 0, shown)

const persist = () => {
	clearTimeout(saving)
	saving = setTimeout(writeLog, 30)
}
const writeLog = () => {
	mergeLog(load('log')) // another tab may be ahead
	save('log', { key, cursor, lines: ordered().slice(-200) })
}
const mergeLog = log => {
	if (log?.key !== key) return
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
const keep = item => save('o:' + item.id, item)
const settle = id => { if (busy === id) busy = null }
const forget = id => { settle(id); out.delete(id); save('o:' + id, null) }

// ---- sending: one at a time, in order, under an id the server knows again; gone only when acknowledged
const put = (frame, media) => {
	const id = uuid(), item = { id, at: now(), n: count++, tab: myTab, frame: { ...frame, id }, media }
	out.set(id, item)
	keep(item)
	used = used || frame.t !== 'greet'
	connect()
	pump()
	render()
}
const say = (text, media = []) => {
	text = text.trim()
	if (text || media.length) put({ t: 'msg', text, files: media.map(one => one.file) }, media)
}
const pump = () => {
	if (!ready || busy || now() < holdUntil) return
	// what another tab has just written is its own to send; what a closed tab left behind is ours
	const item = pending().find(one => !one.error && !one.sent && (one.tab === myTab || now() - one.at > 15000))
	if (!item) return
	busy = item.id
	busyAt = now()
	transmit(item.frame)
}
const transmit = frame => {
	if (ws) return ws.readyState === 1 && ws.send(JSON.stringify(frame))
	if (frame.t !== 'typing') post('chat/send', frame).then(hear, () => { if (frame.id) drop() })
}
const post = async (path, body, more) => {
	const headers = { 'Content-Type': 'application/json' }
	if (key) headers.Authorization = 'Bearer ' + key
	const answer = await fetch(base + path + '?lang=' + lang, { method: 'POST', headers, body: JSON.stringify(body), credentials: 'omit', ...more })
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
	else if (kind === 'ack') acknowledged(id)
	else if (kind === 'ready') isReady(frame)
	else if (kind === 'typing') showTyping(frame.name)
	else if (kind === 'error') refused(frame)
	pump()
}
const take = (frame, kind) => {
	const { t: _, ...line } = frame
	if (line.id) line.id = line.id.split(':').pop()
	const known = lines.get(line.seq)
	if (kind === 'update' && !known && line.seq > cursor) return // comes as a line in its turn
	lines.set(line.seq, { ...known, ...line })
	if (kind === 'line') cursor = Math.max(cursor, line.seq)
	if (line.from === 'you' && out.has(line.id)) forget(line.id)
	if (line.from !== 'you' && !known) showTyping(null)
	persist()
	render()
	if (kind === 'line' && !known && line.from !== 'you' && !opened && line.seq > seen() && !line.recalled) tease(line)
}
const acknowledged = id => {
	const item = out.get(id)
	// kept until its line comes back with its place in the conversation
	if (item?.frame.t === 'msg') { settle(id); item.sent = true; keep(item) } else if (item) forget(id)
	render()
}
const refused = ({ id, code, text }) => {
	if (code === 'key') return badKey()
	const item = out.get(id || busy)
	if (['too_fast', 'busy'].includes(code)) {
		busy = null
		holdUntil = now() + 5000
		return notice(text || t('slow'))
	}
	if (!item) return text && notice(text)
	if (item.frame.t === 'msg') {
		settle(item.id)
		item.error = text || ' '
		keep(item)
	} else { forget(item.id); text && notice(text) }
	render()
}
const isReady = ({ cursor: top, first_visit: first }) => {
	if (top < cursor && !rewound) { // the shop went back to a backup: what we know is no longer so
		rewound = true
		startOver()
		return drop()
	}
	ready = true
	firstVisit = !!first
	wsFailed = tries = 0
	for (const item of out.values()) if (item.sent && now() - item.at > 600000) forget(item.id)
	tellSeen()
	greet()
	pump()
	render()
}
const startOver = () => { forgetLog(); save('seen', null); save('log', null) }
const forgetLog = () => {
	lines = new Map()
	cursor = shown = 0
	for (const item of pending()) if (item.sent) forget(item.id)
}
const badKey = () => {
	const stored = load('key')
	if (stored === key) save('key', null)
	key = stored === key ? null : stored
	startOver()
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
			key = (await post('chat/visitor', {})).key
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
	const one = ws = new WebSocket(base.replace(/^http/, 'ws') + 'chat/ws?lang=' + lang)
	heard = now()
	one.onopen = () => one.send(JSON.stringify({ t: 'hello', key, ...hello() }))
	one.onmessage = e => { if (ws === one) hear(JSON.parse(e.data)) }
	one.onclose = e => {
		if (ws !== one) return
		if (e.code === 4401) return badKey()
		if (!ready) wsFailed++
		drop()
	}
}
const poll = async () => {
	const mine = polled = ++polling, until = now() + 300000 // then try the socket again
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
addEventListener('pageshow', e => e.persisted && wake())
addEventListener('pagehide', () => { writeLog(); ws?.close() })
doc.addEventListener('visibilitychange', () => { if (!doc.hidden) { wake(); tellSeen(); render() } })
addEventListener('storage', ({ key: name }) => { // another tab of this visitor
	if (!name?.startsWith('cham:')) return
	const stored = load('key')
	if (name === 'cham:key' && stored && stored !== key) { key = stored; forgetLog(); drop(); connect(true) }
	if (name === 'cham:log') mergeLog(load('log'))
	if (name === 'cham:seen') teaser?.remove()
	loadOut()
	pump()
	render()
})

// ---- greeting: a first-time visitor, once, not while typing
const greet = () => {
	if (!greetDue || !ready || !firstVisit || used || opened || lines.size || load('greeted')) return
	if (now() - typed < 2000) return void later(greet, 2000)
	save('greeted', 1)
	put({ t: 'greet' })
}
doc.addEventListener('input', () => { typed = now() }, true)
doc.addEventListener('keydown', e => { if (e.key?.length === 1) typed = now() }, true)

// ---- the look
const luminance = color => {
	const probe = $('i')
	probe.style.color = color
	doc.documentElement.append(probe)
	const [r, g, b] = getComputedStyle(probe).color.match(/[\d.]+/g).map(v => (v / 255) ** 2.2)
	probe.remove()
	return .2126 * r + .7152 * g + .0722 * b
}
const paint = () => {
	const color = [opt.color, cfg.color, '#0b6b5d'].find(one => one && CSS.supports('color', one)), light = luminance(color)
	const props = { c: color, on: light > .2 ? '#1b1a17' : '#fff', lk: light > .175 ? '#23211d' : color }
	if (opt.position === 'left') Object.assign(props, { left: '20px', right: 'auto' })
	for (const name in props) host.style.setProperty('--' + name, props[name])
	sheet.replaceSync(css)
}
const host = $('div', { id: 'cham' }), root = host.attachShadow({ mode: 'open' }), sheet = new CSSStyleSheet()
root.adoptedStyleSheets = [sheet]
let launcher, panel, list, box, badge, bar, typing, tray, sendButton, picker, human, teaser, typist, noticeText = '', noticeTimer
let nodes = new Map()

const build = () => {
	const button = (name, label, onclick, ...kids) => $('button', { class: name, 'aria-label': label, title: label, onclick }, ...kids)
	root.replaceChildren()
	nodes = new Map()
	launcher = button('go', t('open'), () => open(true), icon(BUBBLE), badge = $('span', { class: 'n', 'aria-hidden': 'true', hidden: true }))
	launcher.setAttribute('aria-expanded', 'false')
	const other = lang === 'vi' ? 'en' : 'vi'
	human = $('button', { class: 'hu', onclick: askHuman }, icon(...PERSON), t('staff'))
	list = $('div', { class: 'l', role: 'log', 'aria-live': 'off', 'aria-label': t('log'), tabindex: '0' })
	typing = $('div', { class: 'ty', role: 'status', hidden: true })
	bar = $('div', { class: 'ln', role: 'status', hidden: true })
	tray = $('div', { class: 'at', hidden: true })
	box = $('textarea', { rows: 1, maxlength: 4000, placeholder: t('placeholder'), 'aria-label': t('placeholder'), enterkeyhint: 'send',
		oninput: wrote, onkeydown: onKey, onpaste: e => { if (e.clipboardData.files.length) { e.preventDefault(); attach(e.clipboardData.files) } } })
	box.value = draft
	picker = $('input', { type: 'file', hidden: true, multiple: true, accept: cfg.accept.join(','), onchange: () => { attach(picker.files); picker.value = '' } })
	panel = $('section', { class: 'p', role: 'dialog', 'aria-label': t('title', { shop: cfg.shop }), hidden: true,
		onkeydown: e => { if (e.key === 'Escape' && !e.isComposing) { e.stopPropagation(); close() } },
		ondragover: e => { e.preventDefault(); panel.classList.add('dr') },
		ondragleave: () => panel.classList.remove('dr'),
		ondrop: e => { e.preventDefault(); panel.classList.remove('dr'); attach(e.dataTransfer.files) } },
	$('header', { class: 'top' }, $('div', {}, $('b', {}, cfg.shop), $('small', {}, t('automatic'))), human,
		$('button', { class: 'lg', lang: other, 'aria-label': t('language'), onclick: () => speak(other) }, other.toUpperCase()),
		button('', t('close'), close, icon(DOWN))),
	bar, list, typing, tray,
	$('form', { onsubmit: e => { e.preventDefault(); submit() } }, picker,
		button('', t('attach'), () => picker.click(), icon(CLIP)), box,
		sendButton = $('button', { type: 'submit', class: 'sd', 'aria-label': t('send') }, icon(SEND))))
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
const onKey = e => {
	// Telex and VNI compose: an Enter that ends a composition (229) is not yet "send"
	if (e.key !== 'Enter' || e.shiftKey || e.isComposing || e.keyCode === 229) return
	e.preventDefault()
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
	box.focus()
	toEnd()
}

// ---- files
const size = bytes => bytes < 1048576 ? Math.ceil(bytes / 1024) + ' kB' : (bytes / 1048576).toLocaleString(lang, { maximumFractionDigits: 1 }) + ' MB'
const attach = chosen => {
	used = true
	for (const blob of chosen) {
		const one = { name: blob.name || 'image.png', kind: '', size: blob.size, done: 0 }
		if (files.length >= 10) { notice(t('too_many', { count: 10 }), true); break }
		files.push(one)
		if (blob.size > cfg.max_upload) one.error = t('too_big', { size: size(cfg.max_upload) })
		else if (blob.type && !cfg.accept.includes(blob.type)) one.error = t('bad_type')
		else { preview(one, blob); upload(one, blob) }
	}
	showTray()
}
const preview = async (one, blob) => { // drawn, not linked: a strict img-src does not matter
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
	request.open('POST', base + 'chat/upload?lang=' + lang)
	request.setRequestHeader('Authorization', 'Bearer ' + key)
	request.responseType = 'json'
	request.upload.onprogress = e => { one.done = e.loaded / e.total; showTray() }
	request.onloadend = () => {
		const { status, response } = request
		if (status === 200 && response?.file) Object.assign(one, response)
		else {
			one.error = response?.text || t('upload_failed')
		}
		showTray()
		if (sendLater && files.every(each => each.file || each.error)) submit()
	}
	request.send(form)
}
const showTray = () => {
	tray.hidden = !files.length
	tray.replaceChildren(...files.map(one => $('div', { class: one.error ? 'e' : '' }, one.canvas || icon(FILE),
		$('span', { role: one.error ? 'alert' : null }, $('b', {}, one.name), $('small', {}, one.error ? one.error : one.file ? size(one.size) : t('uploading', { percent: Math.round(one.done * 100) + '%' }))),
		one.file || one.error ? '' : $('progress', { max: 1, value: one.done, 'aria-label': one.name }),
		$('button', { 'aria-label': t('remove', { name: one.name }), onclick: () => { one.request?.abort(); files = files.filter(each => each !== one); showTray(); box.focus() } }, icon(CLOSE)))))
	grow()
	atEnd && toEnd()
}

// ---- lines
const APART = { target: '_blank', rel: 'noopener noreferrer nofollow' }
const rich = text => {
	const parts = []
	let end = 0
	for (const found of text.matchAll(/https?:\/\/[^\s<>"'`]+/gi)) {
		const link = found[0].replace(/[.,;:!?…)\]}»”]+$/, '')
		try { new URL(link) } catch { continue }
		parts.push(text.slice(end, found.index), $('a', { href: link, ...APART }, link))
		end = found.index + link.length
	}
	return [...parts, text.slice(end)]
}
const showMedia = ({ url, kind, name, size: bytes }) => {
	let href
	try { href = new URL(url, base).href } catch { return '' }
	if (!url || !/^https?:/.test(href)) return $('span', { class: 'fi' }, icon(FILE), name)
	const link = $('a', { class: 'fi', href, ...APART }, icon(FILE), $('span', {}, name), bytes ? $('small', {}, size(bytes)) : '')
	if (kind !== 'image' && kind !== 'photo') return link
	const img = $('img', { alt: name || '', src: href, onerror: () => frame.replaceWith(link), onload: () => atEnd && toEnd() })
	const frame = $('a', { class: 'im', href, ...APART }, img)
	return frame
}
const pressed = ({ ref }) => ref && pending().find(one => one.frame.ref === ref)
const press = (line, n) => {
	if (pressed(line)) return
	put({ t: 'press', ref: line.ref, n })
	if (opened) box.focus({ preventScroll: true })
}
const showChoices = line => {
	const waits = pressed(line)
	const chosen = waits ? waits.frame.n : line.chosen
	return $('div', { class: 'ch' }, ...line.choices.map((label, n) => chosen != null && chosen !== n && !waits ? '' : $('button', { class: chosen === n ? 'on' : '', disabled: chosen != null,
		'aria-pressed': chosen === n ? 'true' : null, onclick: () => { open(); press(line, n) } }, (chosen === n ? '✓ ' : '') + label)).filter(Boolean))
}
const day = at => new Date(at).toDateString()
const dayName = at => {
	if (day(at) === day(now())) return t('today')
	return day(at) === day(now() - 864e5) ? t('yesterday') : new Date(at).toLocaleDateString(lang === 'vi' ? 'vi-VN' : 'en-GB', { dateStyle: 'full' })
}
const clock = at => new Date(at).toLocaleTimeString('vi-VN', { timeStyle: 'short' })
const author = line => line.from === 'staff' ? (line.name ? line.name + ' · ' : '') + cfg.shop : t('automatic')
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
	return $('div', { class: ['m', line.from === 'you' ? 'y' : line.from === 'staff' ? 'st' : '', head ? 'f' : '', line.recalled ? 're' : ''].join(' ') }, ...parts, $('div', { class: 's', hidden: true }))
}
let atEnd = true
const toEnd = () => { list.scrollTop = list.scrollHeight }
const render = () => {
	if (!panel) return
	const all = ordered(), waits = pending().filter(one => one.frame.t === 'msg')
	const entries = [{ k: 'intro', make: () => $('div', { class: 'in' }, t('intro', { shop: cfg.shop })) }]
	let last = null
	const mine = all.filter(line => line.from === 'you').pop()
	const add = (line, item) => {
		const apart = !last || day(last.at) !== day(line.at)
		if (apart) entries.push({ k: 'd' + day(line.at), s: dayName(line.at), make: () => $('div', { class: 'day' }, dayName(line.at)) })
		const head = apart || last.from !== line.from || last.name !== line.name || line.at - last.at > 300000
		entries.push({ k: line.from === 'you' && line.id ? 'm' + line.id : line.seq, s: JSON.stringify([head, line.text, line.recalled, line.choices, line.chosen, pressed(line)?.frame.n, line.media, line.name]), line, item, make: () => bubble(line, head) })
		last = line
	}
	all.forEach(line => add(line))
	waits.forEach(item => add({ id: item.id, from: 'you', text: item.frame.text, media: item.media || [], at: item.at }, item))

	atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80
	let at = list.firstChild
	const used = new Set()
	for (const entry of entries) {
		let node = nodes.get(entry.k)
		if (!node || node.s !== entry.s) {
			const fresh = { s: entry.s, el: entry.make() }
			if (node) { if (node.el === at) at = at.nextSibling; node.el.replaceWith(fresh.el) } else list.insertBefore(fresh.el, at)
			nodes.set(entry.k, node = fresh)
		} else if (node.el !== at) list.insertBefore(node.el, at)
		else at = at.nextSibling
		used.add(entry.k)
		if (entry.line) status(node.el.lastChild, entry, mine, last)
	}
	for (const [k, node] of nodes) if (!used.has(k)) { node.el.remove(); nodes.delete(k) }
	if (atEnd) toEnd()

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
		bad = item.error || (!item.sent && !ready && now() - item.at > 20000)
		words = bad ? (item.error || '') + ' ' + t('failed') : t(item.sent ? 'sent' : 'sending')
	} else if (line.from === 'you' && line === mine) words = t('sent') + ' · ' + clock(line.at)
	else if (line === last) words = clock(line.at)
	if (line.edited && !line.recalled) words = [t('edited'), words].filter(Boolean).join(' · ')
	el.hidden = !words
	el.classList.toggle('e', !!bad)
	if (el.textContent === words) return
	const again = () => { delete item.error; Object.assign(item, { tab: myTab, at: now() }); keep(item); wake(); pump(); render() }
	el.replaceChildren(bad ? $('button', { onclick: again }, words) : words)
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
	if (!opened || doc.hidden || cursor <= seen()) return
	save('seen', shown = cursor)
	if (ready) transmit({ t: 'seen', seq: cursor })
}
const tease = line => {
	teaser?.remove()
	const text = line.text || line.media?.[0]?.name || ''
	teaser = $('aside', { class: 'tz', role: 'status' },
		$('header', {}, $('span', {}, author(line)), $('button', { 'aria-label': t('dismiss'), onclick: () => { teaser.remove(); launcher.focus() } }, icon(CLOSE))),
		$('p', { onclick: () => open(true) }, text.length > 160 ? text.slice(0, 157) + '…' : text), line.choices?.length && line.ref ? showChoices(line) : '')
	root.insertBefore(teaser, launcher)
}

// ---- open and close
const phone = matchMedia('(max-width:520px)')
const open = focus => {
	if (!panel) return void queue.push(() => open(focus))
	used = true
	if (!opened) {
		opened = true
		teaser?.remove()
		panel.hidden = false
		launcher.hidden = true
		launcher.setAttribute('aria-expanded', 'true')
		fit()
		render()
		toEnd()
		later(() => list.setAttribute('aria-live', 'polite'), 300) // history is not read aloud, news is
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
const fit = () => { // above the phone's keyboard
	const view = window.visualViewport
	if (!view || !opened || !phone.matches) return
	panel.style.setProperty('--vh', view.height + 'px')
	panel.style.setProperty('--vt', view.offsetTop + 'px')
	if (atEnd) toEnd()
}
window.visualViewport?.addEventListener('resize', fit)
window.visualViewport?.addEventListener('scroll', fit)
doc.addEventListener('click', e => {
	const el = e.target.closest?.('[data-cham-open],[data-cham-ask]')
	if (!el) return
	e.preventDefault()
	open(true)
	if (el.dataset.chamAsk) when(() => say(el.dataset.chamAsk))
})
let css = ''
const queue = []
const when = fn => { panel ? fn() : queue.push(fn) }

// ---- start
const configure = async again => {
	const name = 'config:' + lang
	try {
		const answer = await fetch(base + 'chat/config?lang=' + lang, { credentials: 'omit' })
		if (!answer.ok) throw Error(answer.status)
		cfg = await answer.json()
		css = await (await fetch(base + 'chat.css')).text()
		save(name, cfg)
		save('css', css)
	} catch {
		css = css || load('css')
		cfg = load(name) || cfg // no network now: as it was last time
		if (!cfg || !css) return void later(() => configure(again), 4000 + Math.random() * 4000)
	}
	T = cfg.texts
	host.lang = lang
	build()
	render()
	if (!again) begin()
}
const begin = () => {
	doc.body.append(host)
	queue.forEach(fn => fn())
	const startKey = 'cham:start:' + opt.start
	if (opt.start && !session(startKey)) { session(startKey, '1'); start(opt.start) }
	const passed = performance.now(), due = cfg.greet_after_ms ?? 5000
	if (key || out.size || opened) connect()
	else later(connect, Math.max(0, due - 1000 - passed)) // most passers-by never become visitors
	if (!load('greeted')) later(() => { greetDue = true; greet() }, Math.max(0, due - passed))
}
const start = payload => { open(true); when(() => put({ t: 'start', payload: String(payload) })) }
window.Cham = { open: () => open(true), close, start }
lang = [load('lang'), opt.lang, doc.documentElement.lang.slice(0, 2)].find(one => one === 'vi' || one === 'en') || 'vi'
loadOut()
if (doc.body) configure()
else addEventListener('DOMContentLoaded', () => configure())
})()
