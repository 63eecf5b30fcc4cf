// The question box: what is typed stays until it is taken, files are added to it.

import { goToEnd, isLive } from "./posts.js";
import { send } from "./sending.js";
import { tell, zone } from "./words.js";

export const form = document.querySelector(".ask");
const question = document.getElementById("question");
const input = form?.querySelector("input[type=file]");
const kept = "draft:" + location.pathname;

export function grow(box) {
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
export function offer(pressed) {
  question.value = pressed.value;
  grow(question);
  if (!form.querySelector(".send").disabled) form.requestSubmit();
}

export async function ask() {
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
  goToEnd();
  if (reply.place !== location.pathname || !isLive()) location.assign(reply.place);
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
