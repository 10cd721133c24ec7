// Texts in the reader's language: `locales/<tag>.json`, one flat object each, the same keys in all of them.
//
// A text may have `{holes}`. One that counts something is an object by plural category (Intl.PluralRules) of `{count}`.

import { settings } from "./settings.js";

const COOKIE = "chatlink_locale";
const YEAR = 365 * 24 * 3600;

let wanted = null;
let texts = {};
let tag = "en";
let plurals = new Intl.PluralRules("en");

/** The language that everything is shown in, as a BCP 47 tag. */
export const locale = () => tag;

/** The languages that there are, by tag, as their readers call them. */
export const locales = () => settings.locales.map((each) => [each, autonym(each)]);

function autonym(each) {
  const name = new Intl.DisplayNames(each, { type: "language" }).of(each);
  return name.charAt(0).toLocaleUpperCase(each) + name.slice(1);
}

/** Loads the language that the server found best: the one chosen here before, else the browser's. */
export const start = () => load(document.documentElement.lang);

/** Changes the language, for good. */
export async function choose(chosen) {
  await load(chosen);
  // Somebody may have chosen again meanwhile.
  if (wanted !== chosen) return;
  document.cookie = `${COOKIE}=${chosen}; Path=/; Max-Age=${YEAR}; SameSite=Lax`;
}

async function load(chosen) {
  wanted = chosen;
  const answer = await fetch(new URL(`./locales/${chosen}.json`, import.meta.url), { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${answer.status} for the texts in ${chosen}`);
  const loaded = await answer.json();
  if (wanted !== chosen) return;
  texts = loaded;
  tag = chosen;
  plurals = new Intl.PluralRules(chosen);
  document.documentElement.lang = chosen;
  document.documentElement.dir = chosen === "ar" ? "rtl" : "ltr";
}

/** Whether there is a text of that key. */
export const has = (key) => key in texts;

/** A text, its holes filled: `t("code.left", { count: 3 })`. */
export function t(key, values = {}) {
  return rich(key, values).join("");
}

/** The same in pieces, for holes that are filled with elements. */
export function rich(key, values = {}) {
  let text = texts[key] ?? key;
  if (typeof text === "object") text = text[plurals.select(values.count)] ?? text.other;
  // Splitting by a group keeps what it found: every other piece is the name of a hole.
  return text.split(/\{(\w+)\}/).map((piece, n) => (n % 2 === 0 ? piece : shown(values[piece])));
}

const shown = (value) => (typeof value === "number" ? number(value) : value);

/** A number as it is written here. */
export const number = (value, options) => new Intl.NumberFormat(tag, options).format(value);

/** A day, given as `YYYY-MM-DD`. */
export const day = (date) =>
  new Intl.DateTimeFormat(tag, { dateStyle: "long", timeZone: "UTC" }).format(new Date(date));

/** The day of an instant, here. */
export const dayOf = (instant) => new Intl.DateTimeFormat(tag, { dateStyle: "long" }).format(new Date(instant));

/** An instant, to the minute, here. */
export const moment = (instant) =>
  new Intl.DateTimeFormat(tag, { dateStyle: "medium", timeStyle: "short" }).format(new Date(instant));

/** Several things in one sentence: "a, b and c". */
export const list = (items) => new Intl.ListFormat(tag, { type: "conjunction" }).format(items);

/** A time that is left, as clocks show it: 4:05. */
export function clock(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const padded = number(seconds % 60, { minimumIntegerDigits: 2 });
  return `${number(Math.floor(seconds / 60), { useGrouping: false })}:${padded}`;
}

/** A number of seconds, in words: "5 minutes". */
export function duration(seconds) {
  const [unit, size] = [
    ["day", 86400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ].find(([, it]) => seconds >= it) ?? ["second", 1];
  return number(Math.ceil(seconds / size), { style: "unit", unit, unitDisplay: "long" });
}

/** What a language of a user is called here. */
export const languageName = ({ code, name }) => nameOf("language", code, name);

/** What a country of a user is called here. */
export const countryName = ({ code, name }) => nameOf("region", code, name);

/** By what the browser knows, else as the server says. */
function nameOf(type, code, otherwise) {
  try {
    return new Intl.DisplayNames(tag, { type, fallback: "none" }).of(code) ?? otherwise;
  } catch {
    return otherwise;
  }
}
