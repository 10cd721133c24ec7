// How a session of one-time codes stands, as it changes: by its WebSocket, and by asking where sockets are blocked.

import * as api from "./api.js";
import { wait } from "./dom.js";

const POLL = 3_000;
/** A server that says nothing for so long after a ping is gone, though nobody told. */
const SILENCE = 10_000;
/** One that is neither opened nor refused by then is blocked on its way. */
const OPENING = 5_000;
const PING = 20_000;
const RETRY = 1_000;
/** While nobody looks. */
const HIDDEN = 15_000;

/**
 * Calls `onsession` with the session now and after every change, until it has ended or the signal says stop. Throws a
 * Problem when there is no such session any more.
 */
export async function watch(path, { signal, onsession }) {
  let failures = 0;
  for (;;) {
    const outcome = await listen(path, { signal, onsession });
    signal.throwIfAborted();
    if (outcome === "ended") return;
    failures = outcome === "broken" ? 0 : failures + 1;
    // While there is no socket, it is asked how things are; whether there is a session at all, only so one can tell.
    const session = await ask(path, signal);
    if (session) onsession(session);
    if (session && isEnded(session)) return;
    await pause(document.hidden ? HIDDEN : failures > 1 ? POLL : RETRY, signal);
  }
}

/** Waits, but not once somebody comes back to the page, or the network does. */
async function pause(milliseconds, signal) {
  const resumed = new AbortController();
  const resume = () => document.hidden || resumed.abort();
  addEventListener("online", resume, { signal: resumed.signal });
  document.addEventListener("visibilitychange", resume, { signal: resumed.signal });
  await wait(milliseconds, AbortSignal.any([signal, resumed.signal])).catch(() => signal.throwIfAborted());
  resumed.abort();
}

export const isEnded = ({ state }) => state === "completed" || state === "expired" || state === "locked";

/** The session, or null where the server is out of reach. */
async function ask(path, signal) {
  try {
    return (await api.get(path, { signal })).body;
  } catch (problem) {
    if (signal.aborted || !(problem.isUncertain || problem.status === 429)) throw problem;
    return null;
  }
}

/** Listens to the socket until it closes: `ended` with the session, `broken`, or `refused` from the beginning. */
function listen(path, { signal, onsession }) {
  return new Promise((resolve) => {
    const url = new URL(`${path}/events`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url, "chatlink.v1");
    let heard = false;
    let ended = false;
    let deadline;

    const done = () => {
      clearInterval(pinging);
      clearTimeout(deadline);
      signal.removeEventListener("abort", done);
      socket.onmessage = socket.onclose = null;
      socket.close();
      resolve(ended ? "ended" : heard ? "broken" : "refused");
    };
    const pinging = setInterval(() => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send('{"type":"ping"}');
      deadline = setTimeout(done, SILENCE);
    }, PING);
    deadline = setTimeout(done, OPENING);
    signal.addEventListener("abort", done, { once: true });
    socket.onmessage = ({ data }) => {
      clearTimeout(deadline);
      const message = JSON.parse(data);
      if (message.type !== "otp.session") return;
      heard = true;
      ended = isEnded(message.session);
      onsession(message.session);
    };
    socket.onclose = done;
  });
}
