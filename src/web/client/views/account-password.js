import * as api from "../api.js";
import { h } from "../dom.js";
import { form, input } from "../forms.js";
import { t } from "../i18n.js";
import { currentPassword, newPassword } from "../password.js";
import { navigate } from "../router.js";
import * as session from "../session.js";

export default function accountPassword() {
  const user = session.user();
  const fields = [
    currentPassword({ name: "current_password", label: t("password.current") }),
    newPassword({ name: "new_password", context: () => [user.username, user.email, user.phone] }),
  ];
  const { element } = form({ fields, action: t("password.change.action"), send });
  // For password managers, which keep a password with a name.
  element.prepend(input({ class: "unseen", autocomplete: "username", value: user.username, readonly: true, tabindex: "-1", "aria-hidden": "true" }));

  async function send(values) {
    await api.post("/v1/me/password", values);
    await navigate("/account", { notice: t("password.changed") });
  }

  return {
    title: t("password.change.title"),
    content: [h("p", { class: "lead" }, t("password.change.lead")), element, h("p", {}, h("a", { href: "/account" }, t("action.cancel")))],
  };
}
