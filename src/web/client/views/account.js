// How somebody gets in, and what becomes of what is stored about them.

import * as api from "../api.js";
import { h, ltr } from "../dom.js";
import { form } from "../forms.js";
import { say } from "../frame.js";
import { rich, t } from "../i18n.js";
import { currentPassword } from "../password.js";
import { explain } from "../problems.js";
import { refresh } from "../router.js";
import * as session from "../session.js";
import { settings } from "../settings.js";

export default function account() {
  const user = session.user();
  const isOnly = !user.email || !user.phone;
  return {
    title: t("account.title"),
    content: [
      h(
        "section",
        {},
        h("h2", {}, t("account.reach")),
        h(
          "ul",
          { class: "list" },
          address("email", user.email, isOnly),
          (user.phone || settings.texts) && address("phone", user.phone, isOnly),
        ),
      ),
      h(
        "section",
        {},
        h("h2", {}, t("account.security")),
        h(
          "ul",
          { class: "list" },
          h("li", {}, h("a", { href: "/account/password" }, t("password.change.title"))),
          h("li", {}, h("a", { href: "/devices" }, t("devices.title"))),
        ),
      ),
      h(
        "section",
        {},
        h("h2", {}, t("account.data")),
        h("p", {}, t("account.export.text")),
        h("p", {}, h("button", { type: "button", onclick: download }, t("account.export"))),
        h("p", {}, h("a", { class: "bad", href: "/account/delete" }, t("delete.title"))),
      ),
    ],
  };
}

function address(kind, value, isOnly) {
  const item = h("li");
  const change = h("a", { href: `/account/${kind}` }, t(value ? `account.${kind}.change` : `account.${kind}.add`));
  const remove = h("button", { type: "button", class: "plain bad", onclick: ask }, t(`account.${kind}.remove`));
  item.append(
    h(
      "span",
      {},
      h("strong", {}, t(`account.${kind}`)),
      " ",
      value ? ltr(value) : h("span", { class: "faint" }, t("account.none")),
    ),
    h("span", { class: "row" }, change, value && !isOnly ? remove : ""),
  );

  /** Removing wants the password. */
  function ask() {
    const { element } = form({ fields: [currentPassword()], action: t("account.remove.action"), tone: "danger", send });
    const cancel = h("button", { type: "button", class: "plain", onclick: () => refresh() }, t("action.cancel"));
    element.append(cancel);
    remove.replaceWith();
    item.append(h("p", {}, rich("account.remove.text", { address: ltr(value) })), element);
    element.querySelector("input").focus();
  }

  async function send({ password }) {
    await api.post("/v1/me/identifiers/remove", { identifier: value, password });
    await session.restore();
    return async () => {
      await refresh();
      say(t("account.removed"));
    };
  }

  return item;
}

async function download({ target }) {
  target.disabled = true;
  try {
    const { body } = await api.get("/v1/me/export");
    const file = new Blob([JSON.stringify(body, null, 2)], { type: "application/json" });
    const url = URL.createObjectURL(file);
    h("a", { href: url, download: "chatlink-export.json" }).click();
    // Some browsers read it only after a while.
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
    say(t("account.exported"));
  } catch (problem) {
    say(explain(problem));
  } finally {
    target.disabled = false;
  }
}
