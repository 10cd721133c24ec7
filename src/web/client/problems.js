// What went wrong, in words that say what to do next.

import { duration, has, moment, t } from "./i18n.js";
import { settings } from "./settings.js";

/** What complaints about fields may name. */
const FACTS = { least: settings.password_min_length, age: settings.minimum_age };

/** An answer that is no success (RFC 9457), or no answer at all: `offline`, `timeout`, `unloaded`. */
export class Problem extends Error {
  constructor(status, body) {
    const slug =
      String(body.type ?? "")
        .split("/")
        .pop() || "internal";
    super(slug);
    this.status = status;
    this.slug = slug;
    /** By pointer: `[{ pointer, code }]`. */
    this.errors = body.errors ?? [];
    this.attemptsLeft = body.attempts_left;
    this.retryAfter = body.retry_after;
    this.availableAt = body.available_at;
    /** Helps an operator to find the request. */
    this.instance = body.instance;
  }

  /** Whether nobody knows if the request was carried out. */
  get isUncertain() {
    return this.status === 0 || this.status >= 500;
  }
}

/** A problem in words. What is no problem of ours is a fault of this program. */
export function explain(problem) {
  if (!(problem instanceof Problem)) {
    console.error(problem);
    return t("problem.fault");
  }
  const key = `problem.${problem.slug}`;
  return t(has(key) ? key : "problem.internal", {
    wait: duration(problem.retryAfter ?? 1),
    when: problem.availableAt ? moment(problem.availableAt) : "",
    request: problem.instance ?? "–",
  });
}

/** What is wrong with a field, in words: those of that field where it has its own. */
export function complaint(field, code) {
  const own = `error.${field.endsWith("password") ? "password" : field}.${code}`;
  if (has(own)) return t(own, FACTS);
  const general = `error.${code}`;
  return t(has(general) ? general : "error.invalid_format", FACTS);
}
