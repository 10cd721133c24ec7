import { codeStep } from "../code-step.js";
import { navigate } from "../router.js";

export default codeStep({
  flow: "registrations",
  start: "/register",
  about: "registration",
  onverified: () => navigate("/register/profile", { replace: true }),
});
