// The first page: what this is to whoever is new, and home to whoever is logged in.

import * as api from "../api.js";
import { h, ltr } from "../dom.js";
import { languageName, list, rich, t } from "../i18n.js";
import * as session from "../session.js";
import { settings } from "../settings.js";

export default ({ signal }) => (session.user() ? home(session.user(), signal) : welcome());

function welcome() {
  return {
    title: "ChatLink",
    heading: t("welcome.lead"),
    wide: true,
    content: h(
      "div",
      { class: "welcome" },
      h(
        "p",
        { class: "row" },
        h("a", { class: "button primary", href: "/register" }, t("welcome.register")),
        h("a", { class: "button", href: "/login" }, t("welcome.login")),
      ),
      h(
        "ul",
        { class: "points" },
        ["code", "languages", "privacy"].map((point) =>
          h(
            "li",
            {},
            h("h2", {}, t(`welcome.${point}.title`)),
            h("p", {}, t(`welcome.${point}.text`, { age: settings.minimum_age })),
          ),
        ),
      ),
    ),
  };
}

async function home(user, signal) {
  const { body } = await api.get("/v1/sessions", { signal });
  const learning = list(user.learning_languages.map(languageName));
  return {
    title: t("home.title", { name: user.full_name }),
    wide: true,
    content: h(
      "div",
      { class: "cards" },
      h(
        "section",
        { class: "card" },
        h("h2", {}, t("home.languages")),
        h("p", {}, t("home.speaks", { language: languageName(user.native_language) })),
        h("p", {}, t("home.learns", { languages: learning })),
        h("p", { class: "faint" }, t("home.soon")),
      ),
      h(
        "section",
        { class: "card" },
        h("h2", {}, t("home.profile")),
        user.bio ? h("p", { class: "bio", dir: "auto" }, user.bio) : h("p", {}, t("home.bio.missing")),
        h("p", {}, h("a", { href: "/profile/edit" }, t(user.bio ? "profile.edit" : "home.bio.write"))),
      ),
      h(
        "section",
        { class: "card" },
        h("h2", {}, t("home.security")),
        h("p", {}, t("home.devices", { count: body.sessions.length })),
        h("p", {}, rich("home.reached", { address: ltr(user.email ?? user.phone) })),
        h(
          "p",
          { class: "row" },
          h("a", { href: "/devices" }, t("devices.title")),
          h("a", { href: "/account" }, t("account.title")),
        ),
      ),
    ),
  };
}
