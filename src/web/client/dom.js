// Elements, made in one expression. Text is always text: nothing here parses HTML.

/**
 * Makes an element: `h("a", { href: "/" }, "Home")`.
 *
 * Of the attributes, functions are listeners (`onclick`), true stands for a bare attribute, and what is false, null or
 * undefined is left out. Children are nodes, texts, or lists of them; null and false are left out.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...present(children));
  return element;
}

const present = (children) =>
  children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);

/** Puts these children in the place of those that an element has. */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
}

let made = 0;

/** An id that no other element of the page has. */
export const uniqueId = () => `x${++made}`;

/** Something that runs in its own direction whatever surrounds it, such as an address. */
export const ltr = (text) => h("bdi", { dir: "ltr" }, text);

/** What somebody wrote, in whatever script: it runs in that script's direction. */
export const theirs = (text) => h("bdi", { dir: "auto" }, text);

/** Shows a text to screen readers alone. */
export const unseen = (...children) => h("span", { class: "unseen" }, ...children);

/** Resolves after so many milliseconds; rejects as soon as the signal says stop. */
export function wait(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

/** Somebody who has not typed for so long has paused. */
const CALM = 350;

/**
 * Asks something once somebody pauses, and has only the answer to the latest question shown. Gives `{ ask, forget }`;
 * no answer, or undefined, is not shown.
 */
export function onceCalm(question, show) {
  let [turn, timer] = [0, null];
  const forget = () => {
    turn += 1;
    clearTimeout(timer);
  };
  const ask = () => {
    forget();
    const mine = turn;
    timer = setTimeout(async () => {
      const answer = await question().catch(() => undefined);
      if (mine === turn && answer !== undefined) show(answer);
    }, CALM);
  };
  return { ask, forget };
}
