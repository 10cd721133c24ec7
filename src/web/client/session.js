// Who is logged in, here and in every other tab of this browser.
//
// The session is a cookie that no script can read: the server is asked who it is. Tabs tell each other when that
// changes, and each asks again when somebody comes back to it.

import * as api from "./api.js";
import { Problem } from "./problems.js";

const tabs = new BroadcastChannel("chatlink");

let known = null;
let etag = null;
let isTold = false;

/**
 * Fires `change` when somebody is logged in, logged out, or another than before. Its `detail` says whether that was
 * done `here`, or in another tab, on another device, by time.
 */
export const events = new EventTarget();

/** The user, or null. */
export const user = () => known;

/** The version of the user that `If-Match` names. */
export const version = () => etag;

/** Asks the server who this is. Throws a Problem when it cannot tell. */
export async function restore(here = true) {
  try {
    const answer = await api.get("/v1/me", { asGuest: true });
    become(answer.body, answer.etag, here);
  } catch (problem) {
    if (problem.slug !== "not-authenticated") throw problem;
    leave(here);
  }
  return known;
}

/** Takes over what a login or a registration answered, and sees that the browser keeps its cookie. */
export async function enter(login) {
  api.useCsrfToken(login.csrf_token);
  if (!(await restore())) throw new Problem(401, { type: "cookie-refused" });
  tabs.postMessage("changed");
}

/** Takes over the user as a change answered it. */
export function update(changed, version) {
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

/** Asks who this is, unless the server has told before. Throws a Problem when it cannot tell. */
export const ensure = () => (isTold ? undefined : restore());

function become(next, version, here) {
  isTold = true;
  const isAnother = known?.id !== next.id;
  [known, etag] = [next, version];
  if (isAnother) tell(here);
}

function leave(here) {
  isTold = true;
  api.useCsrfToken(null);
  if (known === null) return;
  [known, etag] = [null, null];
  // What an owner alone can go on with was theirs.
  sessionStorage.removeItem("chatlink.identifier-changes");
  tell(here);
}

const tell = (here) => events.dispatchEvent(new CustomEvent("change", { detail: { here } }));

// Where that cannot be told now, the next request tells.
const look = () => restore(false).catch(() => {});

// Somebody whom the server does not know. It is asked, for another tab may have logged in anew meanwhile.
api.lost.session = async () => {
  await look();
  tabs.postMessage("changed");
};

tabs.addEventListener("message", ({ data }) => {
  if (data === "left") return leave(false);
  // The other tab may have logged in anew, and the cookie is that of its session.
  api.useCsrfToken(null);
  return look();
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") look();
});
