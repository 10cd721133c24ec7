// Countries and languages, named in the reader's language, and sorted as it sorts.

import * as api from "./api.js";
import { locale } from "./i18n.js";

const asked = new Map();

/** A promise of all countries, as a picker takes them. */
export const countries = () => once("countries", ({ code, name }) => ({ code, name, also: [] }));

/** A promise of all languages, those that many speak first. They are found by their own names, too. */
export const languages = () =>
  once("languages", ({ code, iso639_1, name, autonym }) => ({
    code,
    name,
    also: [autonym],
    isCommon: iso639_1 !== null,
  }));

function once(what, entry) {
  const key = `${what} ${locale()}`;
  if (!asked.has(key)) {
    const answer = fetchAll(what, entry);
    // What failed is asked for again.
    answer.catch(() => asked.delete(key));
    asked.set(key, answer);
  }
  return asked.get(key);
}

async function fetchAll(what, entry) {
  const { body } = await api.get(`/v1/${what}`, { asGuest: true });
  const { compare } = new Intl.Collator(locale());
  const byName = (a, b) => Boolean(b.isCommon) - Boolean(a.isCommon) || compare(a.name, b.name);
  return body[what].map(entry).sort(byName);
}
