// The field of a password: shown on demand, and where it is a new one, with what the server thinks of it.

import * as api from "./api.js";
import { debounce, fill, h, uniqueId } from "./dom.js";
import { field, input } from "./forms.js";
import { t } from "./i18n.js";
import { complaint } from "./problems.js";
import { settings } from "./settings.js";

const CALM = 350;

/** The password that an account has. */
export function currentPassword({ name = "password", label = t("password.label") } = {}) {
  const control = revealed(input({ type: "password", name, autocomplete: "current-password", maxlength: 1024 }));
  return field({ name, label, control, refusal: "password-incorrect" });
}

/** For password managers, which keep a password with a name: where a form does not ask for it. */
export const keptFor = (name) =>
  input({ class: "unseen", autocomplete: "username", value: name, readonly: true, tabindex: "-1", "aria-hidden": "true" });

/**
 * The password that an account is to have. `context` gives what must not be in it: username, addresses; `unlike` the
 * one that it must not be. What is said while somebody types is what the server would say.
 */
export function newPassword({ name = "password", label = t("password.new"), context = () => [], unlike = () => "" } = {}) {
  const typed = input({ type: "password", name, autocomplete: "new-password", minlength: settings.password_min_length });
  const judged = judge(typed, context, unlike);
  const hint = t("password.hint", { count: settings.password_min_length });
  return field({ name, label, control: revealed(typed), hint, beside: judged });
}

function revealed(control) {
  const toggle = h("button", { type: "button", class: "plain reveal", "aria-pressed": "false", onclick: flip }, t("password.show"));
  for (const [name, value] of [["spellcheck", "false"], ["autocapitalize", "none"], ["autocorrect", "off"]]) {
    control.setAttribute(name, value);
  }

  function flip() {
    const isShown = control.type === "password";
    control.type = isShown ? "text" : "password";
    toggle.setAttribute("aria-pressed", String(isShown));
    fill(toggle, t(isShown ? "password.hide" : "password.show"));
  }

  return { element: h("div", { class: "with-button" }, control, toggle), focus: control, get value() { return control.value; } };
}

function judge(control, context, unlike) {
  const [bar, words] = [h("span", { class: "bar" }), h("span", { id: uniqueId() })];
  const place = h("p", { class: "strength", "data-strength": "", "aria-live": "polite" }, h("span", { class: "track", "aria-hidden": "true" }, bar), words);
  let latest = 0;

  const show = (strength, text) => {
    place.dataset.strength = strength;
    fill(words, text);
  };
  const ask = debounce(CALM, async () => {
    const turn = ++latest;
    const password = control.value;
    if (!password) return;
    try {
      const { body } = await api.post("/v1/password-checks", { password, context: context().filter(Boolean) }, { asGuest: true });
      // Somebody who typed on has another one by now.
      if (turn !== latest) return;
      if (body.acceptable) show(body.strength, t(`password.strength.${body.strength}`));
      else show(0, complaint("password", body.code));
    } catch {
      // It is a hint. The server judges when the form is sent.
      if (turn === latest) show("", "");
    }
  });
  control.addEventListener("input", () => {
    latest += 1;
    const length = [...control.value.normalize()].length;
    if (length === 0) show("", "");
    else if (length < settings.password_min_length) show(0, t("password.more", { count: settings.password_min_length - length }));
    else if (control.value === unlike()) show(0, complaint("password", "password_similar"));
    else ask();
  });
  return place;
}
