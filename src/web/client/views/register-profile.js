// The last step of a registration: who somebody is. What was typed so far survives a reload, but for the password.

import * as api from "../api.js";
import { deviceName } from "../device.js";
import { fill, h, onceCalm } from "../dom.js";
import * as flows from "../flow.js";
import { field, form, input, select } from "../forms.js";
import { t } from "../i18n.js";
import { newPassword } from "../password.js";
import { countryField, learningField, nativeField } from "../picker-fields.js";
import { explain } from "../problems.js";
import { navigate } from "../router.js";
import * as session from "../session.js";

const FLOW = "registrations";
/** What says that the code has to be asked for anew. */
const TOO_LATE = ["completion-token-invalid", "otp-session-expired", "otp-session-not-found"];

export default function registerProfile() {
  const kept = flows.current(FLOW);
  if (!kept?.token) return navigate(kept ? "/register/code" : "/register", { replace: true });
  const fields = profileFields(kept);
  const { element } = form({ fields, action: t("register.action"), send });

  const remember = () => {
    const draft = Object.fromEntries(
      fields.filter(({ name }) => name !== "password").map((each) => [each.name, each.value()]),
    );
    // A form that was sent has no flow any more.
    if (flows.current(FLOW)) flows.keep(FLOW, { draft });
  };
  element.addEventListener("input", remember);

  async function send(values) {
    const body = { ...values, completion_token: kept.token, session_kind: "cookie", device_name: deviceName() };
    let answer;
    try {
      answer = await api.post(`${flows.pathOf(FLOW, kept)}/complete`, body, { asGuest: true });
    } catch (problem) {
      if (problem.slug === "username-taken") problem.errors = [{ pointer: "/username", code: "taken" }];
      if (problem.errors.some(({ code }) => code === "age_below_minimum")) return tooYoung();
      if (TOO_LATE.includes(problem.slug)) return begunAnew(problem);
      throw problem;
    }
    flows.end(FLOW);
    // The account is there, whatever becomes of the login.
    const home = await session.enter(answer.body).then(
      () => "/",
      () => "/login",
    );
    return navigate(home, { replace: true, notice: t("register.done") });
  }

  /** The server has ended the session and kept nothing; so do we. */
  function tooYoung() {
    flows.end(FLOW);
    const text = h("p", { class: "notice bad", role: "alert", tabindex: "-1" }, t("register.too_young"));
    element.replaceWith(text);
    text.focus();
  }

  /** The token is worth nothing: the account is there, and only the answer that said so got lost; or it is too late. */
  async function begunAnew(problem) {
    const { body } = await api.get(flows.pathOf(FLOW, kept), { asGuest: true }).catch(() => ({}));
    if (body?.state === "completed") {
      // The cookie may have come all the same.
      const home = (await session.restore()) ? "/" : "/login";
      flows.end(FLOW);
      return navigate(home, { replace: true, notice: t("register.done") });
    }
    flows.keep(FLOW, { token: undefined });
    const again = h("a", { class: "button primary", href: "/register" }, t("code.again"));
    element.replaceWith(h("p", { class: "notice bad", role: "alert" }, explain(problem)), again);
    return again.focus();
  }

  return {
    title: t("register.profile.title"),
    content: [h("p", { class: "lead" }, t("register.profile.lead")), element],
  };
}

function profileFields({ identifier, draft = {} }) {
  const username = usernameField(draft.username);
  const password = newPassword({ context: () => [username.value(), identifier] });
  username.focus.addEventListener("input", password.judgeAgain);
  const today = new Date().toISOString().slice(0, 10);
  return [
    username,
    password,
    field({
      name: "full_name",
      label: t("profile.full_name"),
      control: input({ name: "name", autocomplete: "name", dir: "auto", value: draft.full_name }),
    }),
    field({
      name: "date_of_birth",
      label: t("profile.date_of_birth"),
      hint: t("profile.date_of_birth.hint"),
      control: input({
        type: "date",
        name: "bday",
        autocomplete: "bday",
        min: "1900-01-01",
        max: today,
        value: draft.date_of_birth,
      }),
    }),
    countryField(draft.country),
    nativeField(draft.native_language),
    learningField(draft.learning_languages),
    field({
      name: "gender",
      label: t("profile.gender"),
      optional: true,
      control: select(
        [
          ["other", t("gender.other")],
          ["female", t("gender.female")],
          ["male", t("gender.male")],
        ],
        draft.gender,
        { autocomplete: "sex" },
      ),
    }),
  ];
}

/** Whether a name can be had is told while it is typed. */
function usernameField(value) {
  const state = h("p", { class: "hint", "aria-live": "polite" });
  const control = input({
    name: "username",
    autocomplete: "username",
    dir: "ltr",
    autocapitalize: "none",
    autocorrect: "off",
    spellcheck: "false",
    value,
  });
  // Keyboards of phones put a space behind a word that they suggest.
  const trimmed = {
    element: control,
    focus: control,
    get value() {
      return control.value.trim();
    },
  };
  const [label, hint] = [t("profile.username"), t("profile.username.hint")];
  const it = field({ name: "username", label, hint, control: trimmed, beside: state });
  const question = async () => {
    if (it.value().length < 3) return undefined;
    return (await api.get(`/v1/usernames/${encodeURIComponent(it.value())}`, { asGuest: true })).body;
  };
  const { ask, forget } = onceCalm(question, ({ available, reason }) => {
    fill(state, t(`username.${available ? "available" : reason}`));
    state.className = available ? "hint good" : "hint bad";
  });
  control.addEventListener("input", () => {
    fill(state);
    ask();
  });
  // It may have been free before, and the answer that says so may be on its way.
  const complain = (text) => {
    if (text) {
      forget();
      fill(state);
    }
    it.complain(text);
  };
  return { ...it, complain };
}
