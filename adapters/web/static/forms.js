// The page's forms but for the question's: buttons under an answer, names of threads, a key.

import { close } from "./folds.js";
import { isLive } from "./posts.js";
import { say, send } from "./sending.js";

export async function press(buttons, pressed) {
  const reply = await send(buttons.getAttribute("action"), new FormData(buttons, pressed));
  say(buttons.querySelector("output"), reply.ok ? reply.text : reply.notice, !reply.ok);
  if (!reply.ok || !pressed.hasAttribute("aria-pressed")) return;
  for (const one of buttons.querySelectorAll("[aria-pressed]")) one.setAttribute("aria-pressed", String(one === pressed));
}

export async function submit(changed, pressed) {
  pressed.disabled = true;
  const reply = await send(changed.getAttribute("action"), new URLSearchParams(new FormData(changed)));
  pressed.disabled = false;
  if (!reply.ok) {
    say(changed.querySelector("output"), reply.notice, true);
    return;
  }
  if (reply.place !== location.pathname || !isLive()) {
    location.assign(reply.place);
    return;
  }
  close(changed.closest("details"));
  if (reply.title) rename(reply.title);
}

// The bot starts anew with a key that works; the page comes back with it.
export async function giveKey(given, pressed) {
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
