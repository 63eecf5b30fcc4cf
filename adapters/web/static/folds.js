// What opens and closes: folds, and the list of threads on a narrow page.

import { grow } from "./asking.js";
import { byOurClock } from "./words.js";

export const menu = document.querySelector(".menu");

export function toggleThreads(opens) {
  document.body.classList.toggle("open", opens);
  menu?.setAttribute("aria-expanded", String(opens));
  if (opens) document.querySelector(".threads a").focus();
}

export function close(fold) {
  if (!fold?.open) return;
  const hadFocus = fold.contains(document.activeElement);
  fold.open = false;
  fold.querySelector("form")?.reset();
  byOurClock(fold);
  if (hadFocus) fold.querySelector("summary").focus();
}

document.addEventListener("toggle", (event) => {
  const fold = event.target;
  if (!fold.open || !fold.matches(".fold")) return;
  for (const other of document.querySelectorAll(".fold[open]")) if (other !== fold) close(other);
  const field = fold.querySelector("textarea, input:not([type=hidden])");
  (field ?? fold.querySelector(".cancel"))?.focus();
  if (field?.matches("textarea")) grow(field);
  else field?.select();
}, true);
