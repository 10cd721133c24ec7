// Where somebody is logged in, and how to end that.

import * as api from "../api.js";
import { h, ltr, theirs, uniqueId } from "../dom.js";
import { say } from "../frame.js";
import { moment, rich, t } from "../i18n.js";
import { explain } from "../problems.js";
import { refresh } from "../router.js";

export default async function devices({ signal }) {
  const { body } = await api.get("/v1/sessions", { signal });
  const others = body.sessions.filter(({ current }) => !current);
  const all = [...body.sessions.filter(({ current }) => current), ...others];
  return {
    title: t("devices.title"),
    content: [
      h("p", { class: "lead" }, t("devices.lead")),
      h("ul", { class: "list" }, all.map(device)),
      others.length > 1 &&
        h(
          "button",
          {
            type: "button",
            class: "danger",
            onclick: (event) => end(event, "/v1/sessions/revoke-others", "devices.ended_all"),
          },
          t("devices.end_others"),
        ),
    ],
  };
}

function device({ id, device_name: name, created_at, last_seen_at, ip, current }) {
  const shown = name ?? t("devices.unnamed");
  const revoke = (event) => end(event, `/v1/sessions/${id}/revoke`, "devices.ended");
  // Several may have one name.
  const facts = uniqueId();
  return h(
    "li",
    {},
    h(
      "span",
      {},
      h("strong", {}, theirs(shown)),
      current && [" ", h("span", { class: "badge" }, t("devices.current"))],
      h("br"),
      h(
        "span",
        { class: "faint", id: facts },
        rich("devices.facts", { since: moment(created_at), seen: moment(last_seen_at), ip: ltr(ip) }),
      ),
    ),
    !current &&
      h(
        "button",
        {
          type: "button",
          "aria-label": t("devices.end_named", { name: shown }),
          "aria-describedby": facts,
          onclick: revoke,
        },
        t("devices.end"),
      ),
  );
}

async function end({ currentTarget: button }, path, done) {
  button.disabled = true;
  try {
    await api.post(path);
  } catch (problem) {
    // One that has ended meanwhile is what was asked for.
    if (problem.slug !== "session-not-found") {
      button.disabled = false;
      return say(explain(problem));
    }
  }
  // Whoever has gone on meanwhile is not called back.
  if (!button.isConnected) return undefined;
  await refresh();
  return say(t(done));
}
