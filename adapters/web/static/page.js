// The page works without this file; with it answers stream in, code can be copied, and files dropped.
"use strict";

const posts = document.querySelector(".posts");
const form = document.querySelector(".ask");
const question = document.getElementById("question");
const input = form?.querySelector("input[type=file]");
let stays = true;

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

function byOurClock(within) {
  for (const time of within.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    time.textContent = clock.format(at);
    time.title = at.toLocaleString();
  }
}

function followEnd() {
  if (stays) posts.scrollTop = posts.scrollHeight;
}

function place(id, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html; // our own template, escaped by the server; the page's policy runs no script in it
  const article = fresh.content.firstElementChild;
  byOurClock(article);
  const old = document.getElementById("p-" + id);
  posts.querySelector(".empty")?.remove();
  if (!old) posts.append(article);
  else if (old.outerHTML !== article.outerHTML) {
    const focused = old.contains(document.activeElement) ? document.activeElement.value : "";
    old.replaceWith(article);
    if (focused) article.querySelector(`button[value="${focused}"]`)?.focus();
  }
  followEnd();
}

if (posts?.dataset.events) {
  const events = new EventSource(posts.dataset.events);
  events.addEventListener("post", (event) => {
    const post = JSON.parse(event.data);
    place(post.id, post.html);
  });
  addEventListener("pagehide", () => events.close());
}

posts?.addEventListener("scroll", () => {
  stays = posts.scrollHeight - posts.scrollTop - posts.clientHeight < 80;
});
followEnd();

document.addEventListener("click", async (event) => {
  const copy = event.target.closest(".copy");
  if (copy) {
    await navigator.clipboard.writeText(copy.closest(".code").querySelector("pre code").textContent);
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = "Copy"; }, 1500);
  }
  const menu = event.target.closest(".menu");
  if (menu) {
    menu.setAttribute("aria-expanded", String(document.body.classList.toggle("open")));
  } else if (!event.target.closest(".threads")) {
    document.body.classList.remove("open");
    document.querySelector(".menu")?.setAttribute("aria-expanded", "false");
  }
});

document.addEventListener("submit", async (event) => {
  const buttons = event.target.closest(".buttons");
  if (!buttons) return;
  event.preventDefault();
  const body = new FormData(buttons, event.submitter);
  const said = buttons.querySelector("output");
  for (const one of buttons.querySelectorAll("button")) one.setAttribute("aria-pressed", String(one === event.submitter));
  try {
    const reply = await fetch(buttons.getAttribute("action"), { method: "POST", body, headers: { Accept: "application/json" } });
    said.textContent = reply.ok ? (await reply.json()).text : "That did not work. Please try again.";
  } catch {
    said.textContent = "The bot cannot be reached.";
  }
});

function grow() {
  question.style.height = "auto";
  question.style.height = question.scrollHeight + "px";
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

byOurClock(document);

if (form) {
  form.elements.zone.value = zone;
  question.addEventListener("input", grow);
  question.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (question.value.trim() || input.files.length) form.requestSubmit();
  });
  question.addEventListener("paste", (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    addFiles(event.clipboardData.files);
  });
  input.addEventListener("change", showChosen);
  form.addEventListener("submit", () => { form.querySelector(".send").disabled = true; });
  addEventListener("pageshow", () => { form.querySelector(".send").disabled = false; });
  for (const kind of ["dragenter", "dragover"]) {
    document.addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("over"); });
  }
  for (const kind of ["dragleave", "drop"]) document.addEventListener(kind, () => form.classList.remove("over"));
  document.addEventListener("drop", (event) => { event.preventDefault(); addFiles(event.dataTransfer.files); });
  grow();
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing) return;
  const stops = posts?.querySelectorAll(".stop") ?? [];
  stops[stops.length - 1]?.click();
});
