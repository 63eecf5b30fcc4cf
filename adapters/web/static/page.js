// The page works without this file. With it answers stream in, nothing typed is lost when the bot is away, and answers and code can
// be copied.

import { ask, form, offer } from "./asking.js";
import { copyFor } from "./copying.js";
import { close, menu, toggleThreads } from "./folds.js";
import { giveKey, press, submit } from "./forms.js";
import { comeBack, followEnd, posts } from "./posts.js";
import { search } from "./searching.js";
import "./watching.js";
import { byOurClock } from "./words.js";

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

document.addEventListener("click", (event) => {
  const at = event.target;
  if (at.closest(".copy")) copyFor(at.closest(".copy"));
  if (at.closest(".cancel")) close(at.closest("details"));
  if (at.closest(".menu")) toggleThreads(!document.body.classList.contains("open"));
  else if (document.body.classList.contains("open") && !at.closest(".threads")) toggleThreads(false);
});

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

byOurClock(document);
if (!comeBack()) followEnd();
