import * as api from "../api.js";
import { h } from "../dom.js";
import { form } from "../forms.js";
import { t } from "../i18n.js";
import { currentPassword } from "../password.js";
import { navigate } from "../router.js";
import * as session from "../session.js";

export default function accountDelete() {
  const { element } = form({ fields: [currentPassword()], action: t("delete.action"), tone: "danger", send });

  async function send(values) {
    await api.post("/v1/me/delete", values);
    session.forget();
    await navigate("/", { replace: true, notice: t("delete.done") });
  }

  return {
    title: t("delete.title"),
    content: [
      h("p", { class: "notice bad" }, t("delete.warning")),
      h("p", {}, t("delete.export"), " ", h("a", { href: "/account" }, t("account.title"))),
      element,
      h("p", {}, h("a", { href: "/account" }, t("action.cancel"))),
    ],
  };
}
