import * as api from "../api.js";
import { h } from "../dom.js";
import { form } from "../forms.js";
import { t } from "../i18n.js";
import { currentPassword, keptFor, newPassword } from "../password.js";
import { navigate } from "../router.js";
import * as session from "../session.js";

export default function accountPassword() {
  const user = session.user();
  const present = currentPassword({ name: "current_password", label: t("password.current") });
  const context = () => [user.username, user.email, user.phone];
  const next = newPassword({ name: "new_password", context, unlike: present.value });
  const { element } = form({ fields: [present, next], action: t("password.change.action"), send });
  element.prepend(keptFor(user.username));

  async function send(values) {
    await api.post("/v1/me/password", values);
    return () => navigate("/account", { notice: t("password.changed") });
  }

  return {
    title: t("password.change.title"),
    content: [
      h("p", { class: "lead" }, t("password.change.lead")),
      element,
      h("p", {}, h("a", { href: "/account" }, t("action.cancel"))),
    ],
  };
}
