// What surrounds every page: the way around, the language, and what has just happened.

import { fill, h, unseen } from "./dom.js";
import * as i18n from "./i18n.js";
import { t } from "./i18n.js";
import { explain } from "./problems.js";
import { navigate, refresh } from "./router.js";
import * as session from "./session.js";
import { settings } from "./settings.js";

const ICON = new URL("./icon.svg", import.meta.url);

const [top, bottom] = [h("header"), h("footer")];
const progress = h("div", { class: "progress", hidden: true });
/** What was said last at the head of a page. */
const said = h("p", { class: "notice" });
/** Screen readers tell what changes in a region that they have known before. */
const announced = h("div", { class: "unseen", role: "status" });

/** Puts the frame around the place of the pages. */
export function surround(main) {
  fill(document.body, top, main, bottom, announced, progress);
}

/** Shows that something takes its time. */
export function isLoading(does) {
  progress.hidden = !does;
}

/** Says something at the head of the present page, and aloud. */
export function say(text) {
  fill(said, text);
  document.querySelector("main > h1").before(said);
  announce(text);
}

/** Says something to screen readers alone. */
export function announce(text) {
  fill(announced, text);
}

/** Shows the frame as it is for whoever is logged in, in the present language. */
export function update() {
  const home = h(
    "a",
    { class: "brand", href: "/" },
    h("img", { src: ICON, alt: "", width: 28, height: 28 }),
    "ChatLink",
  );
  fill(announced);
  fill(top, skip(), home, h("nav", { "aria-label": t("nav.label") }, session.user() ? members() : guests()));
  fill(
    bottom,
    languages(),
    h(
      "span",
      {},
      settings.mailbox && h("a", { href: "/dev/mailbox", target: "_blank" }, t("nav.mailbox")),
      h("a", { href: "/docs", target: "_blank" }, t("nav.api")),
    ),
  );
}

function skip() {
  const jump = (event) => {
    event.preventDefault();
    document.getElementById("main").focus();
  };
  return h("a", { class: "skip", href: "#main", onclick: jump }, t("nav.skip"));
}

const link = (path, text) => h("a", { href: path, "aria-current": location.pathname === path ? "page" : null }, text);

const guests = () => [link("/login", t("nav.login")), link("/register", t("nav.register"))];

const members = () => [
  link("/profile", t("nav.profile")),
  link("/account", t("nav.account")),
  h("button", { type: "button", class: "plain", onclick: logOut }, t("nav.logout")),
];

async function logOut({ target }) {
  target.disabled = true;
  try {
    await session.logOut();
    navigate("/login", { notice: t("session.left") });
  } catch (problem) {
    say(explain(problem));
    target.disabled = false;
  }
}

function languages() {
  const options = i18n
    .locales()
    .map(([tag, name]) => h("option", { value: tag, lang: tag, selected: tag === i18n.locale() }, name));
  const choose = async ({ target }) => {
    try {
      await i18n.choose(target.value);
      await refresh();
      document.querySelector("footer select").focus();
    } catch (problem) {
      say(explain(problem));
    }
  };
  return h("label", {}, unseen(t("nav.language")), h("select", { onchange: choose }, options));
}
