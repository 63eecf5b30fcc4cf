// The list of threads, searched while somebody types.

import { tell } from "./words.js";

export const search = document.getElementById("search");
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
