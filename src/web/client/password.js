// The field of a password: shown on demand, and where it is a new one, with what the server thinks of it.

import * as api from "./api.js";
import { fill, h, onceCalm } from "./dom.js";
import { field, input } from "./forms.js";
import { t } from "./i18n.js";
import { complaint } from "./problems.js";
import { settings } from "./settings.js";

/** The password that an account has. */
export function currentPassword({ name = "password", label = t("password.label") } = {}) {
  const control = revealed(input({ type: "password", name, autocomplete: "current-password" }));
  return field({ name, label, control, refusal: "password-incorrect" });
}

/** For password managers, which keep a password with a name: where a form does not ask for it. */
export const keptFor = (name) =>
  input({
    class: "unseen",
    autocomplete: "username",
    value: name,
    readonly: true,
    tabindex: "-1",
    "aria-hidden": "true",
  });

/**
 * The password that an account is to have. `context` gives what must not be in it: username, addresses; `unlike` the
 * one that it must not be. What is said while somebody types is what the server would say; `judgeAgain` is for when
 * the context has changed.
 */
export function newPassword({
  name = "password",
  label = t("password.new"),
  context = () => [],
  unlike = () => "",
} = {}) {
  const typed = input({
    type: "password",
    name,
    autocomplete: "new-password",
    minlength: settings.password_min_length,
  });
  const { place, again } = judge(typed, context, unlike);
  const hint = t("password.hint", { count: settings.password_min_length });
  return { ...field({ name, label, control: revealed(typed), hint, beside: place }), judgeAgain: again };
}

function revealed(control) {
  const toggle = h(
    "button",
    { type: "button", class: "plain reveal", "aria-pressed": "false", onclick: flip },
    t("password.show"),
  );
  for (const [name, value] of [
    ["spellcheck", "false"],
    ["autocapitalize", "none"],
    ["autocorrect", "off"],
  ]) {
    control.setAttribute(name, value);
  }

  function flip() {
    const isShown = control.type === "password";
    control.type = isShown ? "text" : "password";
    toggle.setAttribute("aria-pressed", String(isShown));
    fill(toggle, t(isShown ? "password.hide" : "password.show"));
  }

  return {
    element: h("div", { class: "with-button" }, control, toggle),
    focus: control,
    get value() {
      return control.value;
    },
  };
}

/** What the server thinks of what is typed, and how it is had judged anew. */
function judge(control, context, unlike) {
  const [bar, words] = [h("span", { class: "bar" }), h("span")];
  const track = h("span", { class: "track", "aria-hidden": "true" }, bar);
  const place = h("p", { class: "strength", "data-strength": "", "aria-live": "polite" }, track, words);
  const show = (strength, text) => {
    place.dataset.strength = strength;
    fill(words, text);
  };
  const question = async () => {
    const body = { password: control.value, context: context().filter(Boolean) };
    return (await api.post("/v1/password-checks", body, { asGuest: true })).body;
  };
  const { ask, forget } = onceCalm(question, ({ acceptable, code, strength }) => {
    if (acceptable) show(strength, t(`password.strength.${strength}`));
    else show(0, complaint("password", code));
  });
  const again = () => {
    forget();
    const missing = settings.password_min_length - [...control.value.normalize()].length;
    if (control.value === "") show("", "");
    else if (missing > 0) show(0, t("password.more", { count: missing }));
    else if (control.value === unlike()) show(0, complaint("password", "password_similar"));
    else ask();
  };
  control.addEventListener("input", again);
  return { place, again };
}
