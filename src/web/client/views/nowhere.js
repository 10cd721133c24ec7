import { h } from "../dom.js";
import { t } from "../i18n.js";

export default () => ({
  title: t("nowhere.title"),
  content: [h("p", {}, t("nowhere.text")), h("a", { class: "button primary", href: "/" }, t("nowhere.home"))],
});
