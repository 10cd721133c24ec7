import { h } from "../dom.js";
import * as flows from "../flow.js";
import { t } from "../i18n.js";
import { identifierField, startForm } from "../start-form.js";

const FLOW = "password-resets";

export default function forgot() {
  const identifier = identifierField({ orName: true, value: flows.current(FLOW)?.identifier });
  const { element } = startForm({ flow: FLOW, next: "/forgot/code", identifier, action: t("action.send_code") });
  return {
    title: t("forgot.title"),
    content: [
      h("p", { class: "lead" }, t("forgot.lead")),
      element,
      h("p", {}, h("a", { href: "/login" }, t("forgot.back"))),
    ],
  };
}
