// A flow of one-time codes under way, in this tab: kept where a reload finds it, and nobody after the tab is closed.

/** Each a segment of the paths of its sessions. */
const FLOWS = ["registrations", "password-resets", "identifier-changes"];

const key = (flow) => `chatlink.${flow}`;

/** Keeps a session that was just started. `flow` is one of the above. */
export function begin(flow, session, identifier) {
  // The session was made this instant by the server's clock, which the countdowns go by.
  const ahead = Date.parse(session.created_at) - Date.now();
  // Whoever begins anew goes on with what they had written.
  const before = current(flow);
  const draft = before?.identifier === identifier ? before.draft : undefined;
  sessionStorage.setItem(key(flow), JSON.stringify({ id: session.id, identifier, ahead, draft }));
}

/** What is kept: `{ id, identifier, ahead, token, draft }`, or null. */
export function current(flow) {
  try {
    return JSON.parse(sessionStorage.getItem(key(flow)));
  } catch {
    return null;
  }
}

/** Keeps more of it. */
export function keep(flow, more) {
  sessionStorage.setItem(key(flow), JSON.stringify({ ...current(flow), ...more }));
}

/** It is over. */
export const end = (flow) => sessionStorage.removeItem(key(flow));

/** All are over: somebody else is here, or nobody. */
export const endAll = () => FLOWS.forEach(end);

/** Where the session is. */
export const pathOf = (flow, { id }) => `/v1/${flow}/${id}`;

/** Milliseconds from now until that instant, by the server's clock. */
export const until = ({ ahead }, instant) => Date.parse(instant) - (Date.now() + ahead);
