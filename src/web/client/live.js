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
/** The longest that is waited for a server that does not answer. */
const PATIENCE = 30_000;
/** A socket that has lived for so long was a good one. */
const STEADY = 30_000;

/**
 * Calls `onsession` with the session now and after every change, until it has ended or the signal says stop. Throws a
 * Problem when there is no such session any more.
 */
export async function watch(path, { signal, onsession }) {
  let [failures, silences] = [0, 0];
  for (;;) {
    const opened = performance.now();
    if ((await listen(path, { signal, onsession })) === "ended") return;
    signal.throwIfAborted();
    failures = performance.now() - opened > STEADY ? 0 : failures + 1;
    // While there is no socket, it is asked how things are; whether there is a session at all, only so one can tell.
    const { session, retryAfter = 0 } = await ask(path, signal);
    if (session) onsession(session);
    if (session && isEnded(session)) return;
    silences = session ? 0 : silences + 1;
    const soon = failures > 1 ? POLL : RETRY;
    const delay = silences > 0 ? Math.max(retryAfter * 1000, Math.min(PATIENCE, POLL * 2 ** silences)) : soon;
    // Not all at once: everybody whom a server leaves comes back to the others.
    await pause(Math.max(delay, document.hidden ? HIDDEN : 0) * (0.75 + Math.random() / 2), signal);
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

const isEnded = ({ state }) => state === "completed" || state === "expired" || state === "locked";

/** The session; or nothing where the server does not answer now, but after how many seconds it may be asked again. */
async function ask(path, signal) {
  try {
    return { session: (await api.get(path, { signal })).body };
  } catch (problem) {
    if (signal.aborted || !(problem.isUncertain || problem.status === 429)) throw problem;
    return { retryAfter: problem.retryAfter };
  }
}

/** Listens to the socket until it closes: with the session, which has `ended`, or before that. */
function listen(path, { signal, onsession }) {
  return new Promise((resolve) => {
    const url = new URL(`${path}/events`, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    const socket = new WebSocket(url, "chatlink.v1");
    let ended = false;
    let deadline;

    const done = () => {
      clearInterval(pinging);
      clearTimeout(deadline);
      signal.removeEventListener("abort", done);
      socket.onmessage = socket.onclose = null;
      socket.close();
      resolve(ended ? "ended" : "closed");
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
      ended = isEnded(message.session);
      onsession(message.session);
    };
    socket.onclose = done;
  });
}
