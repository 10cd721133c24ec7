// The fields of a profile that are picked from long lists.

import { field } from "./forms.js";
import { t } from "./i18n.js";
import { Picker } from "./picker.js";
import { countries, languages } from "./reference.js";

const MOST = 5;

/** `more` are attributes of the input. */
export function countryField(code, more = {}) {
  const control = new Picker({ entries: countries, chosen: code ? [code] : [], autocomplete: "country-name", ...more });
  return field({ name: "country", label: t("profile.country"), hint: t("picker.hint"), control });
}

export function nativeField(code, more = {}) {
  const control = new Picker({ entries: languages, chosen: code ? [code] : [], autocomplete: "off", ...more });
  return field({ name: "native_language", label: t("profile.native"), hint: t("picker.languages.hint"), control });
}

export function learningField(codes = [], more = {}) {
  const control = new Picker({ entries: languages, chosen: codes, most: MOST, autocomplete: "off", ...more });
  const hint = t("profile.learning.hint", { count: MOST });
  return field({ name: "learning_languages", label: t("profile.learning"), hint, control });
}
