import { codeStep } from "../code-step.js";
import { navigate } from "../router.js";

export default codeStep({
  flow: "password-resets",
  start: "/forgot",
  about: "reset",
  onverified: () => navigate("/forgot/password", { replace: true }),
});
