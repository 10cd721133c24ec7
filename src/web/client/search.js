// Finding entries by what somebody types: `{ code, name, also }` by name, and by what else they are known as.

/** More nobody reads through; typing on narrows it. */
const SHOWN = 50;
const FAR = 4;

/** Texts as they are compared: without case and accents. */
const bare = (text) =>
  text
    .trim()
    .normalize("NFKD")
    .replace(/\p{Diacritic}/gu, "")
    .toLocaleLowerCase();

/** The entries that fit, the best first: what it is, what begins with it, what has a word that does, the rest. */
export function search(entries, typed) {
  const wanted = bare(typed);
  if (!wanted) return entries.slice(0, SHOWN);
  const ranked = entries.map((entry) => [rankOf(entry, wanted), entry]).filter(([rank]) => rank < FAR);
  // The sort is stable: of equal rank, the order is that of the entries.
  return ranked
    .sort(([a], [b]) => a - b)
    .slice(0, SHOWN)
    .map(([, entry]) => entry);
}

/** The entry that is called just that. */
export function named(entries, typed) {
  const wanted = bare(typed);
  return entries.find((entry) => namesOf(entry).includes(wanted));
}

/** As they are compared, worked out once. */
function namesOf(entry) {
  entry.bare ??= [entry.name, ...entry.also].filter(Boolean).map(bare);
  return entry.bare;
}

const rankOf = (entry, wanted) => Math.min(...namesOf(entry).map((text) => rankIn(text, wanted)));

function rankIn(text, wanted) {
  if (text === wanted) return 0;
  const at = text.indexOf(wanted);
  if (at <= 0) return at === 0 ? 1 : FAR;
  return /[\p{L}\p{N}]/u.test(text.charAt(at - 1)) ? 3 : 2;
}
