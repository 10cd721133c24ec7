// Who is logged in, here and in every other tab of this browser.
//
// The session is a cookie that no script can read: the server is asked who it is. Tabs tell each other when that
// changes, and each asks again when somebody comes back to it.

import * as api from "./api.js";
import * as flows from "./flow.js";
import { Problem } from "./problems.js";

const tabs = new BroadcastChannel("chatlink");

let known = null;
let etag = null;
/** Whether the server has said who this is, or that it is nobody. */
let isSettled = false;
/** How often somebody was logged in, logged out or changed: what was asked before that is answered by the past. */
let turns = 0;

/**
 * Fires `change` when somebody is logged in, logged out, another than before, or has changed something. Its `detail`
 * says whether that was done `here`, or in another tab, on another device, by time; and whether they are `another`.
 */
export const events = new EventTarget();

/** The user, or null. */
export const user = () => known;

/** Whether it could be told who this is. */
export const isKnown = () => isSettled;

/** Asks the server who this is. Throws a Problem when it cannot tell. */
export async function restore(here = true) {
  const before = turns;
  const answer = await api.get("/v1/me", { asGuest: true }).catch((problem) => {
    if (problem.slug !== "not-authenticated") throw problem;
    return null;
  });
  if (before !== turns) return restore(here);
  if (answer) become(answer.body, answer.etag, here);
  else leave(here);
  return known;
}

/** Takes over what a login or a registration answered, and sees that the browser keeps its cookie. */
export async function enter(login) {
  turns += 1;
  api.useCsrfToken(login.csrf_token);
  if (!(await restore())) throw new Problem(401, { type: "cookie-refused" });
  tabs.postMessage("changed");
}

/** Takes over the user as a change answered it. */
export function update(changed, version) {
  turns += 1;
  become(changed, version, true);
  tabs.postMessage("changed");
}

/** Logs out. A session that has ended meanwhile is as good. */
export async function logOut() {
  await api.post("/v1/logout").catch((problem) => {
    if (problem.slug !== "not-authenticated") throw problem;
  });
  forget();
}

/** Forgets who was logged in, in all tabs: their session is over. */
export function forget() {
  leave(true);
  tabs.postMessage("left");
}

function become(next, version, here) {
  const [isAnother, isNews] = [known?.id !== next.id, etag !== version];
  // Who it was before is known from the second time on: until then, a flow may be one that goes on after a reload.
  if (isSettled && isAnother) flows.endAll();
  [known, etag, isSettled] = [next, version, true];
  if (isAnother || isNews) tell(here, isAnother);
}

function leave(here) {
  turns += 1;
  isSettled = true;
  api.useCsrfToken(null);
  if (known === null) return;
  [known, etag] = [null, null];
  flows.endAll();
  tell(here, true);
}

const tell = (here, another) => events.dispatchEvent(new CustomEvent("change", { detail: { here, another } }));

// Somebody whom the server does not know. It is asked, for another tab may have logged in anew meanwhile.
api.lost.session = async () => {
  await look();
  tabs.postMessage("changed");
};

api.lost.token = async () => {
  const before = known?.id;
  return (await restore(false))?.id === before;
};

/** Looks whether that is still so. Where it cannot be told now, the next request tells. */
export const look = () => restore(false).catch(() => {});

tabs.addEventListener("message", ({ data }) => {
  if (data === "left") return leave(false);
  // The other tab may have logged in anew, and the cookie is that of its session.
  turns += 1;
  api.useCsrfToken(null);
  return look();
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") look();
});
