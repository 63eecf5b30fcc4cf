// What is being fetched, indexed or looked up, shown as it gets on.

import { drawn } from "./words.js";

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
      if (!room.contains(document.activeElement) && room.dataset.shown !== html) {
        room.replaceChildren(drawn(html));
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
