// Where it begins: the texts, who is logged in, the page that the address bar names.

import { fill, h } from "./dom.js";
import * as i18n from "./i18n.js";
import * as router from "./router.js";
import * as session from "./session.js";

async function main() {
  // Nothing can be shown without texts; without knowing who it is, much can.
  const [texts] = await Promise.allSettled([i18n.start(), session.restore()]);
  if (texts.status === "rejected") throw texts.reason;
  await router.start();
}

main().catch((error) => {
  console.error(error);
  // There are no texts to say it with in other languages.
  const again = h("button", { type: "button", onclick: () => location.reload() }, "Try again");
  fill(document.body, h("main", {}, h("h1", {}, "ChatLink"), h("p", {}, "This page could not be loaded."), again));
});
