// What is said on the page: times by the clock of whoever looks, and how an answer gets on, for a screen reader.

const heard = document.getElementById("heard");

export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

export function byOurClock(within) {
  for (const time of within.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    const isToday = at.toDateString() === new Date().toDateString();
    time.textContent = (isToday ? "" : day.format(at) + ", ") + clock.format(at);
    time.title = at.toLocaleString();
  }
  for (const field of within.querySelectorAll("input[name=zone]")) field.value = zone;
}

// What a screen reader says: how an answer gets on, never its words one by one.
export function tell(words) {
  if (heard && heard.textContent !== words) heard.textContent = words;
}

// A template of our own, escaped by the server; the page's policy runs no script in it.
export function drawn(html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  byOurClock(fresh.content);
  return fresh.content;
}
