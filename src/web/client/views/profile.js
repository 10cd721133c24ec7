import { h, theirs } from "../dom.js";
import { countryName, day, dayOf, languageName, list, t } from "../i18n.js";
import * as session from "../session.js";

export default function profile() {
  const user = session.user();
  const facts = [
    [t("profile.username"), theirs(user.username)],
    [t("profile.country"), countryName(user.country)],
    [t("profile.native"), named(user.native_language)],
    [t("profile.learning"), list(user.learning_languages.map(languageName))],
    [t("profile.date_of_birth"), day(user.date_of_birth)],
    [t("profile.gender"), t(`gender.${user.gender}`)],
    [t("profile.since"), dayOf(user.created_at)],
  ];
  return {
    title: user.full_name,
    content: [
      user.bio && h("p", { class: "bio", dir: "auto" }, user.bio),
      h(
        "dl",
        {},
        facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
      ),
      h("a", { class: "button primary", href: "/profile/edit" }, t("profile.edit")),
    ],
  };
}

function named(language) {
  const name = languageName(language);
  if (!language.autonym || language.autonym === name) return name;
  // By its shortest code: screen readers know it by that.
  const [lang] = Intl.getCanonicalLocales(language.code);
  return [name, " ", h("span", { class: "faint", lang }, theirs(language.autonym))];
}
