// How a flow of one-time codes begins: somebody says where to reach them.

import * as api from "./api.js";
import * as flows from "./flow.js";
import { field, form, input } from "./forms.js";
import { locale, t } from "./i18n.js";
import { groupWhileTyped } from "./phone.js";
import { navigate } from "./router.js";
import { settings } from "./settings.js";

/** An email address or, where text messages can be sent, a phone number; or a username, where `orName`. */
export function identifierField({ orName = false, value = "", kind = settings.texts ? "either" : "email" } = {}) {
  const type = { email: "email", phone: "tel", either: "text" }[orName ? "either" : kind];
  // Numbers and addresses run from left to right in every script.
  const control = input({
    type: type === "email" ? "text" : type,
    inputmode: type === "text" ? null : type,
    name: "identifier",
    value,
    dir: "ltr",
    autocomplete: orName || kind === "either" ? "username" : { email: "email", phone: "tel" }[kind],
    autocapitalize: "none",
    autocorrect: "off",
    spellcheck: "false",
    autofocus: true,
  });
  if (kind !== "email") groupWhileTyped(control);
  const words = orName ? "login" : kind;
  return field({
    name: "identifier",
    label: t(`identifier.${words}`),
    control,
    hint: kind === "email" && !orName ? undefined : t(`identifier.${words}.hint`),
  });
}

/** The form that starts a flow and goes on to `next`. `more` are fields besides the identifier. */
export function startForm({ flow, next, identifier, more = [], action, asGuest = true }) {
  const send = async (values) => {
    const { body } = await api.post(`/v1/${flow}`, { ...values, locale: locale() }, { asGuest });
    flows.begin(flow, body, values.identifier);
    return () => navigate(next);
  };
  return form({ fields: [identifier, ...more], action, send });
}
