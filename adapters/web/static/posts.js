// A thread's posts: they change while they are shown, and whoever comes back finds them where they were left.

import { drawn, tell } from "./words.js";

export const posts = document.querySelector(".posts");
const connection = document.getElementById("connection");

let stays = true; // at the end, where the newest is
let live = null;
let patience = 1000; // before the next try, in milliseconds
const shown = new Map(); // what the server sent last, by post

export function followEnd() {
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
  const article = drawn(html).firstElementChild;
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

// Whether what is said in this thread comes by itself.
export const isLive = () => live?.readyState === EventSource.OPEN;

export function goToEnd() {
  stays = true;
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

export function comeBack() {
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
