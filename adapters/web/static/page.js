// The page works without this file. With it answers stream in, nothing typed is lost when the bot is away, and answers and code can
// be copied.
"use strict";

const posts = document.querySelector(".posts");
const form = document.querySelector(".ask");
const question = document.getElementById("question");
const input = form?.querySelector("input[type=file]");
const connection = document.getElementById("connection");
const heard = document.getElementById("heard");

const AWAY = "The bot cannot be reached. Your words are still here; please try again in a moment.";
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

function byOurClock(within) {
  for (const time of within.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    const isToday = at.toDateString() === new Date().toDateString();
    time.textContent = (isToday ? "" : day.format(at) + ", ") + clock.format(at);
    time.title = at.toLocaleString();
  }
  for (const field of within.querySelectorAll("input[name=zone]")) field.value = zone;
}

// What a screen reader says: how an answer gets on, never its words one by one.
function tell(words) {
  if (heard && heard.textContent !== words) heard.textContent = words;
}

// --- posts as they change -----------------------------------------------------------------------------------------------

let stays = true;
let live = null;
let patience = 1000; // before the next try, in milliseconds
const shown = new Map(); // what the server sent last, by post

function followEnd() {
  if (posts?.dataset.events && stays) posts.scrollTop = posts.scrollHeight;
}

// Make `old` read like `fresh`, and leave alone what reads so already: selections, scrolled code and the keyboard's place stay.
function amend(old, fresh) {
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  const [had, has] = [[...old.childNodes], [...fresh.childNodes]];
  for (let at = 0; at < Math.max(had.length, has.length); at++) {
    const [before, after] = [had[at], has[at]];
    if (!after) before.remove();
    else if (!before) old.append(after);
    else if (before.isEqualNode(after)) continue;
    else if (isRoom(before) && isRoom(after) && before.className === after.className) amend(before, after);
    else before.replaceWith(after);
  }
}

function isRoom(node) {
  return node.nodeType === Node.ELEMENT_NODE && node.matches(".text, .text ul, .text ol, .text li, .text blockquote, .buttons");
}

function place({ id, html, final, ours, status }) {
  if (shown.get(id) === html) return;
  const isNews = shown.has(id) || live?.hasAll;
  shown.set(id, html);
  const fresh = document.createElement("template");
  fresh.innerHTML = html; // our own template, escaped by the server; the page's policy runs no script in it
  const article = fresh.content.firstElementChild;
  byOurClock(article);
  const old = document.getElementById("p-" + id);
  const focused = old?.contains(document.activeElement) ? document.activeElement : null;
  posts.querySelector(".empty")?.remove();
  if (old) amend(old, article);
  else posts.append(article);
  for (const message of (article.dataset.answers ?? "").trim().split(" ")) {
    if (message) document.getElementById("p-" + message)?.querySelector(".waits")?.remove();
  }
  if (focused && !document.contains(focused)) {
    const again = focused.value && old.querySelector(`button[value="${focused.value}"]`);
    (again || old).focus({ preventScroll: true });
  }
  if (ours && isNews) tell(final ? "The answer is complete." : status || "An answer is being written.");
  followEnd();
}

function take(id) {
  shown.delete(id);
  document.getElementById("p-" + id)?.remove();
}

function connect() {
  live = new EventSource(posts.dataset.events);
  live.addEventListener("open", () => {
    if (!connection.hidden) tell("Connected again.");
    connection.hidden = true;
    patience = 1000;
  });
  live.addEventListener("posts", (event) => {
    const there = new Set(JSON.parse(event.data));
    for (const article of posts.querySelectorAll(".post")) {
      if (!there.has(article.id.slice(2))) take(article.id.slice(2));
    }
  });
  live.addEventListener("post", (event) => place(JSON.parse(event.data)));
  live.addEventListener("gone", (event) => take(JSON.parse(event.data).id));
  live.addEventListener("error", () => {
    connection.textContent = "The connection to the bot is lost. Trying to reconnect…";
    connection.hidden = false;
    if (live.readyState !== EventSource.CLOSED) return; // it tries again by itself, but not where it was refused
    patience = Math.min(patience * 2, 30_000);
    setTimeout(connect, patience);
  });
  setTimeout(() => { live.hasAll = true; }, 1500);
}

if (posts?.dataset.events) {
  connect();
  addEventListener("pagehide", () => live.close());
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
}

posts?.addEventListener("scroll", () => {
  stays = posts.scrollHeight - posts.scrollTop - posts.clientHeight < 80;
});

// --- back where one was ---------------------------------------------------------------------------------------------------

// A source opens on the page; who comes back from it finds the thread where they left it.
const left = "left:" + location.pathname;

addEventListener("pagehide", () => {
  if (posts?.dataset.events) sessionStorage.setItem(left, String(posts.scrollTop));
});

function comeBack() {
  const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward" || location.hash.startsWith("#p-");
  if (!posts?.dataset.events || !cameBack) return false;
  stays = false;
  const at = sessionStorage.getItem(left);
  const go = () => {
    if (at !== null) posts.scrollTo({ top: Number(at), behavior: "instant" });
    else document.getElementById(location.hash.slice(1))?.scrollIntoView();
  };
  go();
  addEventListener("load", () => setTimeout(go)); // the browser goes to the post's beginning by itself before that
  return true;
}

// --- what is prepared meanwhile -------------------------------------------------------------------------------------------

const LOOK_PAUSE = 1500;

// What is being fetched, indexed or looked up is asked for until there is no more to come.
async function watch(room) {
  for (let quiet = 0; quiet < 3; ) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE));
    if (document.hidden) continue;
    try {
      const reply = await fetch(room.dataset.watch);
      if (!reply.ok) throw new Error(String(reply.status));
      const html = await reply.text();
      const fresh = document.createElement("template");
      fresh.innerHTML = html; // our own template, escaped by the server
      byOurClock(fresh.content);
      if (!room.contains(document.activeElement) && room.dataset.shown !== html) {
        room.replaceChildren(fresh.content);
        room.dataset.shown = html;
      }
      const isBusy = room.querySelector("progress, .soon") !== null;
      if (reply.headers.has("X-Complete")) return;
      quiet = isBusy ? 0 : quiet + 1;
    } catch {
      quiet += 1; // it is away; whoever looks again reloads
    }
  }
}

for (const room of document.querySelectorAll("[data-watch]")) watch(room);

// --- what is sent -------------------------------------------------------------------------------------------------------

// What the bot says to a form: {ok, notice, ...}. Never throws.
async function send(to, body) {
  try {
    const reply = await fetch(to, { method: "POST", body, headers: { Accept: "application/json" } });
    const isOurs = reply.headers.get("Content-Type")?.startsWith("application/json");
    const told = isOurs ? await reply.json() : { notice: await plain(reply) };
    return { ...told, ok: reply.ok };
  } catch {
    return { ok: false, notice: AWAY };
  }
}

async function plain(reply) {
  const isText = reply.headers.get("Content-Type")?.startsWith("text/plain");
  return (isText && (await reply.text())) || "That did not work. Please reload this page and try again.";
}

function say(output, words, isTrouble) {
  output.textContent = words;
  output.classList.toggle("trouble", isTrouble);
  output.setAttribute("role", isTrouble ? "alert" : "status");
}

async function press(buttons, pressed) {
  const reply = await send(buttons.getAttribute("action"), new FormData(buttons, pressed));
  say(buttons.querySelector("output"), reply.ok ? reply.text : reply.notice, !reply.ok);
  if (!reply.ok || !pressed.hasAttribute("aria-pressed")) return;
  for (const one of buttons.querySelectorAll("[aria-pressed]")) one.setAttribute("aria-pressed", String(one === pressed));
}

async function submit(changed, pressed) {
  pressed.disabled = true;
  const reply = await send(changed.getAttribute("action"), new URLSearchParams(new FormData(changed)));
  pressed.disabled = false;
  if (!reply.ok) {
    say(changed.querySelector("output"), reply.notice, true);
    return;
  }
  if (reply.place !== location.pathname || live?.readyState !== EventSource.OPEN) {
    location.assign(reply.place);
    return;
  }
  close(changed.closest("details"));
  if (reply.title) rename(reply.title);
}

// The bot starts anew with a key that works; the page comes back with it.
async function giveKey(given, pressed) {
  pressed.disabled = true;
  const reply = await send(given.getAttribute("action"), new URLSearchParams(new FormData(given)));
  say(given.querySelector("output"), reply.notice, !reply.ok);
  if (!reply.ok) {
    pressed.disabled = false;
    return;
  }
  given.reset();
  for (let tries = 0; tries < 60; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const isThere = await fetch("/").then((page) => page.ok && page.text(), () => "");
    if (isThere && !isThere.includes('action="/key"')) return location.reload();
  }
}

function rename(title) {
  const [before, heading] = [document.title, document.querySelector(".top h1")];
  document.title = before.replace(heading.textContent, () => title);
  heading.textContent = title;
  document.getElementById("name")?.setAttribute("value", title);
  for (const link of document.querySelectorAll(".threads [aria-current]")) if (link.closest("li")) link.textContent = link.title = title;
}

document.addEventListener("submit", (event) => {
  const sent = event.target;
  if (sent.matches(".buttons")) press(sent, event.submitter);
  else if (sent.matches(".live")) submit(sent, event.submitter ?? sent.querySelector("[type=submit]"));
  else if (sent.matches(".offers form") && form) offer(event.submitter ?? sent.querySelector("button"));
  else if (sent.matches(".once")) giveKey(sent, event.submitter ?? sent.querySelector("[type=submit]"));
  else if (sent === form) ask();
  else return;
  event.preventDefault();
});

// --- the question box ---------------------------------------------------------------------------------------------------

const kept = "draft:" + location.pathname;

function grow(box) {
  box.style.height = "auto";
  box.style.height = box.scrollHeight + 2 + "px";
}

function showChosen() {
  const list = form.querySelector(".chosen");
  list.replaceChildren(...[...input.files].map((file) => Object.assign(document.createElement("li"), { textContent: file.name })));
}

function addFiles(files) {
  const all = new DataTransfer();
  for (const file of [...input.files, ...files]) all.items.add(file);
  input.files = all.files;
  showChosen();
}

// A question that is offered goes the way of one that is typed: what is not taken stays in the box.
function offer(pressed) {
  question.value = pressed.value;
  grow(question);
  if (!form.querySelector(".send").disabled) form.requestSubmit();
}

async function ask() {
  const [button, notice] = [form.querySelector(".send"), form.querySelector(".notice")];
  button.disabled = true;
  const reply = await send(form.getAttribute("action"), new FormData(form));
  button.disabled = false;
  notice.hidden = reply.ok;
  notice.textContent = reply.ok ? "" : reply.notice;
  if (!reply.ok) return;
  sessionStorage.removeItem(kept);
  form.reset();
  form.elements.form.value = reply.form;
  form.elements.zone.value = zone;
  showChosen();
  grow(question);
  stays = true;
  if (reply.place !== location.pathname || live?.readyState !== EventSource.OPEN) location.assign(reply.place);
  else tell("Sent. Waiting for the answer.");
}

if (form) {
  const words = question.value || (sessionStorage.getItem(kept) ?? "");
  question.defaultValue = ""; // what a form that was sent goes back to
  question.value = words;
  question.setSelectionRange(words.length, words.length);
  question.addEventListener("input", () => {
    grow(question);
    sessionStorage.setItem(kept, question.value);
  });
  question.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    const isSending = form.querySelector(".send").disabled;
    if (!isSending && (question.value.trim() || input.files.length)) form.requestSubmit();
  });
  question.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    addFiles(event.clipboardData.files);
  });
  input.addEventListener("change", showChosen);
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => {
      if (!event.dataTransfer.types.includes("Files")) return;
      event.preventDefault();
      form.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) document.addEventListener(kind, () => form.classList.remove("over"));
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    addFiles(event.dataTransfer.files);
  });
  grow(question);
}

// --- copying ------------------------------------------------------------------------------------------------------------

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = Object.assign(document.createElement("textarea"), { value: text, className: "sr" }); // not on localhost, and no TLS
  document.body.append(box);
  box.select();
  const isDone = document.execCommand("copy");
  box.remove();
  if (!isDone) throw new Error("not copied");
}

async function copyFor(button) {
  const whole = button.matches(".whole");
  const source = whole ? button.closest(".post").querySelector(".source") : button.closest(".code").querySelector("pre code");
  const focused = document.activeElement;
  let said = "Copied";
  try {
    await copy(source.textContent);
  } catch {
    said = "Not copied";
  }
  focused?.focus({ preventScroll: true });
  button.textContent = said;
  tell(said === "Copied" ? (whole ? "Answer copied." : "Code copied.") : "It could not be copied.");
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}

// --- folds, the list of threads, keys -----------------------------------------------------------------------------------

const menu = document.querySelector(".menu");

function toggleThreads(opens) {
  document.body.classList.toggle("open", opens);
  menu?.setAttribute("aria-expanded", String(opens));
  if (opens) document.querySelector(".threads a").focus();
}

function close(fold) {
  if (!fold?.open) return;
  const hadFocus = fold.contains(document.activeElement);
  fold.open = false;
  fold.querySelector("form")?.reset();
  byOurClock(fold);
  if (hadFocus) fold.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  const at = event.target;
  if (at.closest(".copy")) copyFor(at.closest(".copy"));
  if (at.closest(".cancel")) close(at.closest("details"));
  if (at.closest(".menu")) toggleThreads(!document.body.classList.contains("open"));
  else if (document.body.classList.contains("open") && !at.closest(".threads")) toggleThreads(false);
});

document.addEventListener("toggle", (event) => {
  const fold = event.target;
  if (!fold.open || !fold.matches(".fold")) return;
  for (const other of document.querySelectorAll(".fold[open]")) if (other !== fold) close(other);
  const field = fold.querySelector("textarea, input:not([type=hidden])");
  (field ?? fold.querySelector(".cancel"))?.focus();
  if (field?.matches("textarea")) grow(field);
  else field?.select();
}, true);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  if (event.target === search && search.value) return; // empties it
  const fold = document.querySelector(".fold[open]");
  if (fold) return close(fold);
  if (document.body.classList.contains("open")) {
    toggleThreads(false);
    return menu.focus();
  }
  const stops = posts?.querySelectorAll(".stop") ?? [];
  stops[stops.length - 1]?.click();
});

const search = document.getElementById("search");
let searched = 0;

search?.addEventListener("input", async () => {
  const number = ++searched;
  await new Promise((resolve) => setTimeout(resolve, 200));
  if (number !== searched) return;
  const list = document.querySelector(".listed");
  try {
    const reply = await fetch("/threads?q=" + encodeURIComponent(search.value));
    if (number !== searched) return;
    if (!reply.ok) throw new Error(String(reply.status));
    list.innerHTML = await reply.text(); // our own template, as above
    for (const link of list.querySelectorAll("a")) {
      if (link.getAttribute("href") === location.pathname) link.setAttribute("aria-current", "page");
    }
    tell(list.querySelector(".count")?.textContent ?? "");
  } catch {
    list.innerHTML = '<p class="count trouble" role="alert">The threads cannot be searched right now.</p>';
  }
});

byOurClock(document);
if (!comeBack()) followEnd();
