import * as api from "../api.js";
import { codeStep } from "../code-step.js";
import * as flows from "../flow.js";
import { t } from "../i18n.js";
import { explain } from "../problems.js";
import { navigate } from "../router.js";
import * as session from "../session.js";

const FLOW = "identifier-changes";
/** What trying again does not mend. */
const FINAL = ["identifier-taken", "completion-token-invalid", "otp-session-not-found"];

export default codeStep({ flow: FLOW, start: "/account", about: "change", onverified });

/** There is nothing more to ask: the right code completes the change. */
async function onverified() {
  const kept = flows.current(FLOW);
  try {
    const { body, etag } = await api.post(`${flows.pathOf(FLOW, kept)}/complete`, { completion_token: kept.token });
    session.update(body, etag);
  } catch (problem) {
    if (!FINAL.includes(problem.slug)) throw problem;
    flows.end(FLOW);
    return navigate("/account", { replace: true, notice: explain(problem) });
  }
  flows.end(FLOW);
  return navigate("/account", { replace: true, notice: t("account.changed") });
}
