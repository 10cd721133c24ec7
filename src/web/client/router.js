// From a path to what is shown: links and the back button without loading the page anew.

import { fill, h } from "./dom.js";
import { takeTyped, typeAgain } from "./forms.js";
import * as frame from "./frame.js";
import { t } from "./i18n.js";
import { explain, Problem } from "./problems.js";
import { route } from "./routes.js";
import * as session from "./session.js";

const main = h("main", { id: "main", tabindex: "-1" });

/** Stops what the present view has going on. */
let leaving = new AbortController();
/** What is said on the page that comes next. */
let farewell = null;

/** Shows the page of the address bar, and follows it from then on. */
export async function start() {
  frame.surround(main);
  history.scrollRestoration = "manual";
  addEventListener("popstate", ({ state }) => {
    // It was to be said elsewhere.
    farewell = null;
    arrive(show(state?.top));
  });
  document.addEventListener("click", follow);
  session.events.addEventListener("change", ({ detail }) => {
    if (!detail.here) reconsider(detail);
  });
  await show();
}

/**
 * Goes to a path of this client. `replace` leaves no way back to the present page; `notice` is said on the next.
 */
export function navigate(path, { replace = false, notice = null } = {}) {
  farewell = notice;
  // Whoever follows a link to where they are need not go back through it.
  if (replace || path === location.pathname + location.search) {
    history.replaceState(null, "", path);
  } else {
    // Whoever comes back goes on where they were.
    history.replaceState({ top: scrollY }, "");
    history.pushState(null, "", path);
  }
  return show();
}

/** Shows the present page again: in another language, or after it could not be shown. What was typed stays. */
export async function refresh() {
  const typed = takeTyped();
  await show();
  typeAgain(typed);
}

/** Whoever follows a link to a page of this client stays in it. */
function follow(event) {
  const link = event.target.closest("a[href]");
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !isPlain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  const url = new URL(link.href);
  if (url.origin !== location.origin || url.hash) return;
  event.preventDefault();
  arrive(navigate(url.pathname + url.search));
}

/** A page is shown at once, of what is known. Whether its owner is still logged in is looked at meanwhile. */
function arrive(showing) {
  if (session.user()) session.look();
  return showing;
}

/**
 * Somebody was logged in or out elsewhere: the present page may not be theirs any more. Or they have changed something
 * elsewhere, which does not disturb what they are filling in here.
 */
function reconsider({ another }) {
  if (!another && main.querySelector("form")) return;
  if (session.user() === null && route(location.pathname).access === "members") farewell = t("session.ended");
  show();
}

async function show(top = 0) {
  leaving.abort(new DOMException("The view was left", "AbortError"));
  leaving = new AbortController();
  const { signal } = leaving;
  // At once for those who need to know that something happens; what is fast does not flicker.
  const slow = setTimeout(() => signal.aborted || frame.isLoading(true), 150);
  try {
    const view = await open(signal);
    if (view && !signal.aborted) present(view, top);
  } finally {
    clearTimeout(slow);
    if (!signal.aborted) frame.isLoading(false);
  }
}

/** The view of the present path, or nothing where somebody was led elsewhere. */
async function open(signal) {
  const { access, load } = route(location.pathname);
  try {
    // Where it could not be told who this is, nobody is called logged out.
    if (access === "members" && !session.isKnown()) await session.restore();
    const elsewhere = detour(access);
    if (elsewhere) return navigate(elsewhere, { replace: true, notice: farewell });
    const { default: view } = await load().catch(unloaded);
    // A view may lead elsewhere at once, which is of no use to whoever has gone on meanwhile.
    signal.throwIfAborted();
    return await view({ signal });
  } catch (problem) {
    // Whoever found out that the session is over has shown another page by now.
    return signal.aborted ? null : failed(problem);
  }
}

/** Where somebody has to be first. */
function detour(access) {
  if (access === "guests" && session.user()) return destination();
  if (access === "members" && !session.user()) {
    return `/login?next=${encodeURIComponent(location.pathname)}`;
  }
  return null;
}

/** Where somebody was going when they had to log in: a page of this client, whatever the address bar says. */
export function destination() {
  const next = new URLSearchParams(location.search).get("next") ?? "/";
  return /^\/[a-z]/.test(next) && route(next).access === "members" ? next : "/";
}

/** There is no network, or a new version of the server has other modules. */
function unloaded() {
  throw new Problem(0, { type: "unloaded" });
}

function failed(problem) {
  const text = explain(problem);
  const again = h("button", { type: "button", class: "primary", onclick: retry }, t("action.retry"));
  return { title: t("failed.title"), content: [h("p", {}, text), again] };

  async function retry() {
    if (problem.slug !== "unloaded") return refresh();
    // What failed to load is remembered as failed: only a fresh page asks again, and without a server there is none.
    const isThere = await fetch("/healthz", { cache: "no-store" }).then(
      () => true,
      () => false,
    );
    return isThere ? location.reload() : frame.announce(text);
  }
}

function present({ title, heading: words = title, content, wide = false }, top) {
  document.title = title === "ChatLink" ? title : `${title} · ChatLink`;
  const heading = h("h1", { tabindex: "-1" }, words);
  fill(main, heading, content);
  main.className = wide ? "wide" : "";
  frame.update();
  if (farewell) frame.say(farewell);
  farewell = null;
  scrollTo(0, top);
  // Screen readers start over at the heading; a view may have chosen a better place.
  const chosen = main.querySelector("[autofocus]");
  (chosen ?? heading).focus({ preventScroll: true });
}
