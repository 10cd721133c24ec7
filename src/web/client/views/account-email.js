import { identifierChange } from "../identifier-change.js";

export default identifierChange("email");
