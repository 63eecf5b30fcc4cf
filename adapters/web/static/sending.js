// What is sent to the bot, and what it says to it.

const AWAY = "The bot cannot be reached. Your words are still here; please try again in a moment.";

// What the bot says to a form: {ok, notice, ...}. Never throws.
export async function send(to, body) {
  try {
    const reply = await fetch(to, { method: "POST", body, headers: { Accept: "application/json" } });
    const isOurs = reply.headers.get("Content-Type")?.startsWith("application/json");
    const told = isOurs ? await reply.json() : { notice: await plain(reply) };
    return { ...told, ok: reply.ok };
  } catch {
    return { ok: false, notice: AWAY };
  }
}

async function plain(reply) {
  const isText = reply.headers.get("Content-Type")?.startsWith("text/plain");
  return (isText && (await reply.text())) || "That did not work. Please reload this page and try again.";
}

export function say(output, words, isTrouble) {
  output.textContent = words;
  output.classList.toggle("trouble", isTrouble);
  output.setAttribute("role", isTrouble ? "alert" : "status");
}
