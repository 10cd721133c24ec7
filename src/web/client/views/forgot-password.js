import * as api from "../api.js";
import { h } from "../dom.js";
import * as flows from "../flow.js";
import { form } from "../forms.js";
import { t } from "../i18n.js";
import { keptFor, newPassword } from "../password.js";
import { explain } from "../problems.js";
import { navigate } from "../router.js";

const FLOW = "password-resets";

export default function forgotPassword() {
  const kept = flows.current(FLOW);
  if (!kept?.token) return navigate(kept ? "/forgot/code" : "/forgot", { replace: true });
  const password = newPassword({ context: () => [kept.identifier] });
  password.focus.autofocus = true;
  const { element } = form({ fields: [password], action: t("forgot.action"), send });
  element.prepend(keptFor(kept.identifier));

  async function send(values) {
    try {
      await api.post(
        `${flows.pathOf(FLOW, kept)}/complete`,
        { ...values, completion_token: kept.token },
        { asGuest: true },
      );
    } catch (problem) {
      if (problem.slug !== "completion-token-invalid" && problem.slug !== "otp-session-not-found") throw problem;
      // Here, it could only be tried in vain again.
      flows.end(FLOW);
      return () => navigate("/forgot", { replace: true, notice: explain(problem) });
    }
    flows.end(FLOW);
    return () => navigate("/login", { replace: true, notice: t("forgot.done") });
  }

  return { title: t("forgot.choose"), content: [h("p", { class: "lead" }, t("forgot.choose.lead")), element] };
}
