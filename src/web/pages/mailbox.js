// The development mailbox, live: the server says when there is news, and the list is fetched anew.
"use strict";

const list = document.getElementById("messages");
const state = document.getElementById("state");
const template = document.getElementById("message");

function show(message) {
  const article = template.content.cloneNode(true);
  const at = (selector) => article.querySelector(selector);
  at(".to").textContent = message.to;
  const about = [message.channel, message.kind, message.locale, new Date(message.sent_at).toLocaleTimeString()];
  at(".about").textContent = about.join(" · ");
  at(".code").hidden = !message.code;
  at("output").textContent = message.code ?? "";
  at("button").addEventListener("click", (event) => copy(message.code, event.target));
  at(".subject").hidden = !message.subject;
  at(".subject").textContent = message.subject ?? "";
  // Texts may be in any script, and run in its direction.
  at(".text").dir = at(".subject").dir = "auto";
  at(".text").textContent = message.text;
  return article;
}

async function copy(code, button) {
  try {
    await navigator.clipboard.writeText(code);
  } catch {
    // Without https, from another machine, there is no clipboard API.
    const field = document.createElement("textarea");
    field.value = code;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  button.textContent = "Copied";
}

async function refresh() {
  const answer = await fetch("/dev/messages", { cache: "no-store" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const messages = await answer.json();
  list.replaceChildren(...messages.map(show));
  state.textContent = messages.length ? "" : "No messages yet.";
}

const news = new EventSource("/dev/mailbox/news");
news.onmessage = () =>
  refresh().catch(() => {
    state.textContent = "The messages could not be loaded.";
  });
news.onerror = () => {
  state.textContent = "The server is away. This page reconnects by itself.";
};
