import { h } from "../dom.js";
import * as flows from "../flow.js";
import { t } from "../i18n.js";
import { identifierField, startForm } from "../start-form.js";

const FLOW = "registrations";

export default function register() {
  const identifier = identifierField({ value: flows.current(FLOW)?.identifier });
  const { element } = startForm({ flow: FLOW, next: "/register/code", identifier, action: t("action.send_code") });
  return {
    title: t("register.title"),
    content: [
      h("p", { class: "lead" }, t("register.lead")),
      element,
      h("p", {}, t("register.have"), " ", h("a", { href: "/login" }, t("nav.login"))),
    ],
  };
}
