// Every request to the server goes through here: JSON both ways, problems as exceptions, the cookie session's CSRF
// token added to whatever changes something.

import { locale } from "./i18n.js";
import { Problem } from "./problems.js";

/** Longer than the server takes for anything; a request without an answer by then is lost. */
const PATIENCE = 20_000;

let csrfToken = null;

/**
 * Called, and waited for: `session` when the server does not know whoever asked, `token` when it does not take the CSRF
 * token. The latter tells whether it is still the same person.
 */
export const lost = { async session() {}, async token() {} };

/** The token that came with a login, or null to forget it. */
export function useCsrfToken(token) {
  csrfToken = token;
}

export const get = (path, options) => call("GET", path, options);
export const post = (path, body, options) => call("POST", path, { ...options, body });
export const patch = (path, body, options) => call("PATCH", path, { ...options, body });

/** Gives `{ body, etag }`, or throws a Problem. `signal` gives up. */
async function call(method, path, options = {}) {
  try {
    return await ask(method, path, options);
  } catch (problem) {
    if (problem.slug !== "csrf-failed" || options.asGuest) throw problem;
    // Another tab may have logged in anew, just now even: the cookie is that of its session. But what somebody wanted
    // to do with their account is not done with another person's.
    csrfToken = null;
    if (!(await lost.token())) throw problem;
    return ask(method, path, options);
  }
}

async function ask(method, path, { body, headers = {}, signal, asGuest = false } = {}) {
  const all = { Accept: "application/json", "Accept-Language": locale(), ...headers };
  if (body !== undefined) all["Content-Type"] = "application/json";
  if (method !== "GET" && !asGuest) all["X-CSRF-Token"] = await token();
  const text = body === undefined ? undefined : JSON.stringify(body);
  const answer = await reach(path, { method, headers: all, body: text, signal });
  const etag = answer.headers.get("ETag");
  if (answer.ok) return { body: answer.status === 204 ? null : await read(answer), etag };
  const problem = new Problem(answer.status, await read(answer).catch(() => ({})));
  if (problem.slug === "not-authenticated" && !asGuest) await lost.session();
  throw problem;
}

async function reach(path, { signal, ...init }) {
  const patience = AbortSignal.timeout(PATIENCE);
  const signals = signal ? [signal, patience] : [patience];
  try {
    return await fetch(path, { ...init, credentials: "same-origin", signal: AbortSignal.any(signals) });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw unanswered(error);
  }
}

async function read(answer) {
  try {
    return await answer.json();
  } catch (error) {
    throw unanswered(error);
  }
}

const unanswered = (error) => new Problem(0, { type: error.name === "TimeoutError" ? "timeout" : "offline" });

async function token() {
  csrfToken ??= (await ask("GET", "/v1/csrf")).body.csrf_token;
  return csrfToken;
}
