// Phone numbers as they are written where they belong, while somebody types.
//
// How numbers are grouped comes from the server's own metadata of them: by calling code, `[pattern, format, leading]`
// of each kind of number. It is fetched when somebody begins to type one.

let formats = null;

/** Has the formats fetched; without them, numbers stay as they are typed. */
async function load() {
  formats ??= fetch(new URL("./phone-formats.json", import.meta.url)).then((answer) =>
    answer.ok ? answer.json() : {},
  );
  return formats.catch(() => {
    formats = null;
    return {};
  });
}

/** Whether somebody is typing a phone number, not an email address or a name. */
export const looksLikePhone = (text) => /^\s*[+＋\p{Nd}(][\s\p{Nd}().\-/]*$/u.test(text);

/** The digits of a text, of whichever script, as those of ASCII. */
const digitsOf = (text) => (text.match(/\p{Nd}/gu) ?? []).map(valueOf).join("");

/** The ten digits of a script stand in a row, zero first, and the next ten may follow. */
function valueOf(digit) {
  const code = digit.codePointAt(0);
  let before = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before += 1;
  return before % 10;
}

/** A number so far, as digits, grouped by these formats: "+49 171 12345". */
export function group(typed, known) {
  const digits = digitsOf(typed);
  const code = [1, 2, 3].map((length) => digits.slice(0, length)).find((it) => it in known);
  if (!code) return `+${digits}`;
  const national = digits.slice(code.length);
  const templates = (known[code] ?? []).filter(([, , leading]) => mayLead(leading, national)).map(template);
  const fitting = templates.filter((it) => it && it.room >= national.length);
  return `+${code} ${fitting.length > 0 ? poured(fitting[0].text, national) : national}`.trim();
}

/** Each further expression is about a longer beginning. The first is about three digits, and fewer decide nothing. */
function mayLead(leading, national) {
  if (leading.length === 0) return true;
  if (national.length < 3) return false;
  const expression = leading[Math.min(national.length - 3, leading.length - 1)];
  return new RegExp(`^(?:${expression})`).test(national);
}

/** The longest number of that pattern, in its format, as nines: "999 9999999". */
function template([pattern, format]) {
  // Whatever digit it asks for may be a nine; how many of them is what stands in braces.
  const ofNines = new RegExp(pattern.replace(/\[[^\]]*\]/g, "9").replace(/\d(?=[^,}][^,}])/g, "9"));
  const longest = ofNines.exec("9".repeat(15))?.[0];
  return longest && { text: longest.replace(ofNines, format), room: longest.length };
}

/** As much of a template as there are digits for. */
function poured(text, digits) {
  let used = 0;
  let result = "";
  for (const character of text) {
    if (used === digits.length) break;
    result += character === "9" ? digits[used++] : character;
  }
  return result;
}

/** Has an input group phone numbers while they are typed, and leave anything else alone. */
export function groupWhileTyped(input) {
  input.addEventListener("input", async (event) => {
    if (event.inputType?.startsWith("delete") || !/^\s*[+＋]/.test(input.value) || !looksLikePhone(input.value)) return;
    const known = await load();
    // Somebody may have typed on meanwhile.
    if (!looksLikePhone(input.value)) return;
    const before = digitsOf(input.value.slice(0, input.selectionStart)).length;
    const grouped = group(input.value, known);
    if (grouped === input.value) return;
    input.value = grouped;
    const at = placeAfter(grouped, before);
    input.setSelectionRange(at, at);
  });
}

/** Where the cursor is after so many digits. */
function placeAfter(text, digits) {
  let seen = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (seen === digits && digits > 0) return at;
    if (/\d/.test(text[at])) seen += 1;
  }
  return text.length;
}
