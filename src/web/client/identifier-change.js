// The first step of changing or adding an email address or a phone number.

import { h, ltr } from "./dom.js";
import { rich, t } from "./i18n.js";
import { currentPassword } from "./password.js";
import * as session from "./session.js";
import { identifierField, startForm } from "./start-form.js";

/** The view for an address of a `kind`: `email` or `phone`. */
export const identifierChange = (kind) => () => {
  const present = session.user()[kind];
  const { element } = startForm({
    flow: "identifier-changes",
    next: "/account/code",
    identifier: identifierField({ kind }),
    more: [currentPassword()],
    action: t("action.send_code"),
    asGuest: false,
  });
  return {
    title: t(present ? `account.${kind}.change` : `account.${kind}.add`),
    content: [
      h("p", { class: "lead" }, present ? rich("account.replaces", { address: ltr(present) }) : t("account.adds")),
      element,
      h("p", {}, h("a", { href: "/account" }, t("action.cancel"))),
    ],
  };
};
