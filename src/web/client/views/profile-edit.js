// The profile, to be changed. What was not touched is not sent, and nothing that somebody changed elsewhere meanwhile is
// overwritten.

import * as api from "../api.js";
import { h } from "../dom.js";
import { field, form, input } from "../forms.js";
import { dayOf, t } from "../i18n.js";
import { countryField, learningField, nativeField } from "../picker-fields.js";
import { navigate } from "../router.js";
import * as session from "../session.js";
import { settings } from "../settings.js";

export default async function profileEdit({ signal }) {
  // The version that is changed is the one that is shown.
  const { body: user, etag } = await api.get("/v1/me", { signal });
  const isFixed = user.languages_changeable_at !== null;
  const before = {
    full_name: user.full_name,
    bio: user.bio,
    country: user.country.code,
    native_language: user.native_language.code,
    learning_languages: user.learning_languages.map(({ code }) => code),
  };
  const fixed = isFixed ? { disabled: true } : {};
  const bio = h("textarea", { name: "bio", rows: 5, dir: "auto" }, user.bio);
  const general = [
    field({
      name: "full_name",
      label: t("profile.full_name"),
      control: input({ name: "name", autocomplete: "name", dir: "auto", value: user.full_name }),
    }),
    field({ name: "bio", label: t("profile.bio"), hint: t("profile.bio.hint"), control: bio, optional: true }),
    countryField(before.country),
  ];
  const languages = [nativeField(before.native_language, fixed), learningField(before.learning_languages, fixed)];
  const { element } = form({ fields: [...general, ...languages], action: t("profile.save"), send });
  languages[0].element.before(
    h(
      "p",
      { class: "notice" },
      isFixed
        ? t("profile.cooldown", { when: dayOf(user.languages_changeable_at) })
        : t("profile.cooldown.rule", { count: settings.language_cooldown_days }),
    ),
  );

  async function send(values) {
    const changed = Object.entries(values).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]),
    );
    if (changed.length > 0) {
      const answer = await api.patch("/v1/me", Object.fromEntries(changed), { headers: { "If-Match": etag } });
      session.update(answer.body, answer.etag);
    }
    return () => navigate("/profile", { notice: t(changed.length > 0 ? "profile.saved" : "profile.unchanged") });
  }

  return { title: t("profile.edit"), content: [element, h("p", {}, h("a", { href: "/profile" }, t("action.cancel")))] };
}
