// Keeps a page live. It renders nothing itself: the server sends finished, escaped pieces of HTML, and this module puts
// them in their places. Every text it needs stands in the body's data attributes, in the page's language.
// Invariant: a page that has heard nothing for three beats says so and looks so, whatever the reason.

const page = document.body.dataset;
const byId = (id) => document.getElementById(id);
const HEARTBEAT_MS = Number(page.heartbeatSeconds) * 1000;
const LONGEST_RETRY_MS = 5000;

// ---- time: the collector's clock, whatever this computer's says ----

let aheadMs = Number(page.nowUs) / 1000 - Date.now();
const nowMs = () => Date.now() + aheadMs;

function timeOfDay(ms) {
  return new Date(ms + Number(page.utcOffsetSeconds) * 1000).toISOString().slice(11, 19);
}

function since(us) {
  const seconds = Math.max(0, Math.floor((nowMs() - us / 1000) / 1000));
  const minutes = Math.floor(seconds / 60);
  if (seconds < 60) return page.seconds.replace("{n}", seconds);
  if (minutes < 60) return page.minutes.replace("{n}", minutes);
  return page.hours.replace("{h}", Math.floor(minutes / 60)).replace("{n}", minutes % 60);
}

function tick() {
  byId("clock").textContent = timeOfDay(nowMs());
  for (const element of document.querySelectorAll("[data-since-us]")) {
    const text = since(Number(element.dataset.sinceUs));
    if (element.textContent !== text) element.textContent = text;
  }
}

// ---- putting pieces in place ----

function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content;
}

const focusable = (node) => [node, ...node.querySelectorAll("a, button, summary")];

// What a person has unfolded stays unfolded, and the keyboard stays where it was.
function carryOver(before, after) {
  for (const fold of after.querySelectorAll("details[data-keep]")) {
    const old = before.querySelector(`details[data-keep="${fold.dataset.keep}"]`);
    if (old) fold.open = old.open;
  }
  return focusable(before).indexOf(document.activeElement);
}

function refocus(after, position) {
  if (position >= 0) focusable(after)[position]?.focus({ preventScroll: true });
}

function replaceElement(before, after) {
  const position = carryOver(before, after);
  before.replaceWith(after);
  refocus(after, position);
}

function showPiece(id, html) {
  const before = byId(id);
  if (!before) return;
  const content = parse(html);
  if (content.firstElementChild?.id === id) {
    replaceElement(before, content.firstElementChild);
    return;
  }
  const position = carryOver(before, content);
  before.replaceChildren(content);
  refocus(before, position);
}

function showList(id, { order, entries }) {
  const list = byId(id);
  if (!list) return;
  const present = new Map([...list.children].map((child) => [child.id, child]));
  for (const [key, html] of Object.entries(entries)) {
    const after = parse(html).firstElementChild;
    const before = present.get(key);
    if (before) replaceElement(before, after);
    present.set(key, after);
  }
  order.forEach((key, index) => {
    const child = present.get(key);
    if (child && list.children[index] !== child) list.insertBefore(child, list.children[index] ?? null);
  });
  const wanted = new Set(order);
  for (const child of [...list.children]) if (!wanted.has(child.id)) child.remove();
}

// ---- new alerts: said aloud to a screen reader, and with a tone when asked for ----

const allEntries = () => new Set([...document.querySelectorAll(".entries > li")].map((li) => li.id));
let known = allEntries();
let openAlerts = Number(page.openAlerts);

function showOpenAlerts(count) {
  openAlerts = count;
  document.title = document.title.replace(/^\(\d+\) /, "");
  if (count) document.title = `(${count}) ${document.title}`;
  for (const element of document.querySelectorAll("[data-open-count]")) {
    element.textContent = count;
    element.hidden = count === 0;
  }
}

function noticeNewAlerts(countBefore) {
  const fresh = [...document.querySelectorAll(".entries[data-announce] > li")].filter((li) => !known.has(li.id));
  known = allEntries();
  if (fresh.length) {
    const texts = fresh.slice(0, 3).map((li) =>
      [".severity", ".entry__seat", ".entry__reason"].map((part) => li.querySelector(part)?.textContent.trim()).join(" "),
    );
    byId("announcer").textContent = `${page.announce}: ${texts.join("; ")}`;
  }
  // A seat's page lists that seat's alerts only; a higher count means one somewhere else.
  const elsewhere = !byId("alerts-open") && openAlerts > countBefore;
  if (elsewhere || fresh.some((li) => li.dataset.severity === "3")) playTone();
}

function showPicture(data) {
  const countBefore = openAlerts;
  for (const [id, html] of Object.entries(data.pieces)) showPiece(id, html);
  for (const [id, list] of Object.entries(data.lists)) showList(id, list);
  showOpenAlerts(data.open_alerts);
  noticeNewAlerts(countBefore);
}

// ---- the stream ----

let source = null;
let heardMs = Date.now();
let retryMs = 1000;
let lostText = page.lost;
let lostAtMs = nowMs();
let leaving = false;

function showLive(live) {
  document.body.classList.toggle("stale", !live);
  byId("lost").hidden = live;
  byId("live").className = live ? "live live--on" : "live live--off";
  byId("live-text").textContent = live ? page.liveOn : page.liveOff;
}

function showLost() {
  byId("lost-text").textContent = lostText
    .replace("{time}", timeOfDay(lostAtMs))
    .replace("{since}", since(lostAtMs * 1000));
}

function hear(event) {
  const data = JSON.parse(event.data);
  heardMs = Date.now();
  retryMs = 1000;
  if (data.pieces) showPicture(data);
  aheadMs = data.now_us / 1000 - Date.now();
  lostText = page.lost;
  showLive(true);
  tick();
}

function lose(text, tryAgain = true) {
  if (leaving) return;
  if (source) {
    source.close();
    source = null;
    lostAtMs = heardMs + aheadMs;
  }
  lostText = text;
  showLive(false);
  showLost();
  if (tryAgain) {
    setTimeout(retry, retryMs * (0.75 + Math.random() / 2));
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  }
}

function goToLogIn() {
  leaving = true;
  const back = location.pathname + location.search;
  location.assign(`/login?${new URLSearchParams({ expired: "1", next: back })}`);
}

async function retry() {
  if (source || leaving) return;
  try {
    const answer = await fetch("/alive", { signal: AbortSignal.timeout(4000) });
    if (answer.status === 401) goToLogIn();
    else if (answer.ok) listen(page.stream.replace(/layout=[^&]*/, ""));
    else lose(lostText);
  } catch {
    // No answer is the expected one while the collector is away: the banner says so, and the next try is set.
    lose(lostText);
  }
}

function leaveStream(event) {
  const { because } = JSON.parse(event.data);
  if (because === "logged-out") goToLogIn();
  else if (because === "replaced") lose(page.replaced, false);
  else lose(because === "failed" ? page.failed : page.lost);
}

function listen(address) {
  heardMs = Date.now();
  source = new EventSource(address);
  source.addEventListener("picture", hear);
  source.addEventListener("beat", hear);
  source.addEventListener("gone", leaveStream);
  source.addEventListener("error", () => lose(lostText));
}

function watch() {
  tick();
  if (source && Date.now() - heardMs > 3 * HEARTBEAT_MS + 500) lose(page.lost);
  if (!byId("lost").hidden) showLost();
}

// ---- acknowledging ----

const dialog = byId("acknowledge");

function openAcknowledge(link) {
  const entry = link.closest("li");
  byId("acknowledge-what").textContent = [".entry__seat", ".entry__kind"]
    .map((part) => entry.querySelector(part).textContent.trim())
    .join(" — ");
  byId("acknowledge-alert").value = link.dataset.acknowledge;
  byId("acknowledge-note").value = "";
  byId("acknowledge-error").hidden = true;
  dialog.showModal();
  byId("acknowledge-note").focus();
}

async function sendAcknowledge(event) {
  event.preventDefault();
  const submit = byId("acknowledge-submit");
  const error = byId("acknowledge-error");
  submit.disabled = true;
  try {
    const answer = await fetch("/acknowledge", {
      method: "POST",
      headers: { Accept: "application/json", "X-Form-Token": page.formToken },
      body: new URLSearchParams(new FormData(byId("acknowledge-form"))),
    });
    if (answer.status === 401) goToLogIn();
    else if (answer.ok) dialog.close();
    else error.textContent = (await answer.json()).error;
    error.hidden = answer.ok;
  } catch {
    error.textContent = page.ackFailed;
    error.hidden = false;
  } finally {
    submit.disabled = false;
  }
}

// ---- sound: off until asked for ----

let audio = null;
const soundButton = byId("sound");
const soundWanted = () => localStorage.getItem("sound") === "on";

function showSound() {
  const on = soundWanted();
  soundButton.setAttribute("aria-pressed", String(on));
  soundButton.textContent = !on ? page.soundOff : audio?.state === "running" ? page.soundOn : page.soundBlocked;
}

// Browsers let a page sound only after a person has touched it.
async function unlockSound() {
  if (!soundWanted()) return;
  audio ??= new AudioContext();
  await audio.resume();
  showSound();
}

function playTone() {
  if (!soundWanted() || audio?.state !== "running") return;
  for (const [offset, pitch] of [[0, 880], [0.22, 660]]) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const start = audio.currentTime + offset;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.2, start);
    volume.gain.exponentialRampToValueAtTime(0.001, start + 0.2);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.2);
  }
}

async function switchSound() {
  localStorage.setItem("sound", soundWanted() ? "off" : "on");
  await unlockSound();
  showSound();
  playTone();
}

// ---- start ----

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-acknowledge]");
  if (link && dialog) {
    event.preventDefault();
    openAcknowledge(link);
  }
  const about = byId("about");
  if (about?.open && !about.contains(event.target)) about.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && byId("about")?.open) byId("about").open = false;
});
byId("acknowledge-form")?.addEventListener("submit", sendAcknowledge);
byId("acknowledge-cancel")?.addEventListener("click", () => dialog.close());
soundButton.hidden = false;
soundButton.addEventListener("click", switchSound);
for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, unlockSound, { once: true });
addEventListener("pagehide", () => {
  leaving = true;
  source?.close();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
showSound();
showOpenAlerts(openAlerts);
listen(page.stream);
setInterval(watch, 1000);
tick();
