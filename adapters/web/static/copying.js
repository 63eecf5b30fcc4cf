// Answers and code, copied.

import { tell } from "./words.js";

async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const box = Object.assign(document.createElement("textarea"), { value: text, className: "sr" }); // not on localhost, and no TLS
  document.body.append(box);
  box.select();
  const isDone = document.execCommand("copy");
  box.remove();
  if (!isDone) throw new Error("not copied");
}

export async function copyFor(button) {
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
