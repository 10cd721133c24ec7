import * as api from "../api.js";
import { h } from "../dom.js";
import { deviceName } from "../device.js";
import { field, form, input } from "../forms.js";
import { t } from "../i18n.js";
import { currentPassword } from "../password.js";
import { groupWhileTyped } from "../phone.js";
import { destination, navigate } from "../router.js";
import * as session from "../session.js";

export default function login() {
  const control = input({
    name: "login",
    dir: "ltr",
    autocomplete: "username",
    autocapitalize: "none",
    autocorrect: "off",
    spellcheck: "false",
    autofocus: true,
  });
  groupWhileTyped(control);
  const name = field({ name: "login", label: t("identifier.login"), control });
  const password = currentPassword();
  const { element } = form({ fields: [name, password], action: t("login.action"), send });
  const forgot = h("a", { href: "/forgot" }, t("login.forgot"));

  async function send(values) {
    const { body } = await api
      .post("/v1/sessions", { ...values, session_kind: "cookie", device_name: deviceName() }, { asGuest: true })
      .catch((problem) => {
        if (problem.slug === "invalid-credentials") password.focus.select();
        throw problem;
      });
    const next = destination();
    await session.enter(body);
    await navigate(next, { replace: true });
  }

  return {
    title: t("login.title"),
    content: [
      element,
      h("p", {}, forgot),
      h("p", {}, t("login.new"), " ", h("a", { href: "/register" }, t("nav.register"))),
    ],
  };
}
