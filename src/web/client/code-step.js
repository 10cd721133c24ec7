// The step in which somebody proves that a message reached them: the same in every flow.

import * as api from "./api.js";
import { fill, h, ltr } from "./dom.js";
import * as flows from "./flow.js";
import { field, form } from "./forms.js";
import { announce } from "./frame.js";
import { clock, rich, t } from "./i18n.js";
import { watch } from "./live.js";
import { explain } from "./problems.js";
import { navigate } from "./router.js";

/**
 * The view of a flow's code step. `start` is where the flow begins; `onverified` goes on with the completion token,
 * which is kept by then. `about` names the texts that differ: those of `code.<about>.…`.
 */
export function codeStep({ flow, start, about, onverified }) {
  return async function view({ signal }) {
    const kept = flows.current(flow);
    if (!kept) return navigate(start, { replace: true });
    if (kept.token) return onverified();
    const path = flows.pathOf(flow, kept);
    let session;
    try {
      session = (await api.get(path, { signal })).body;
    } catch (problem) {
      if (problem.slug !== "otp-session-not-found") throw problem;
      return { title: t("code.title"), content: over("expired", start) };
    }
    const place = h("div");
    const step = new Step({ flow, start, about, kept, path, place, signal, onverified });
    step.take(session);
    step.follow();
    return { title: t("code.title"), content: place };
  };
}

/** The digits of a text, of whichever script. */
const digitsIn = (text) => text.replace(/[^\p{Nd}]/gu, "");

/** What is left to do once a session has ended, or is of no use here. */
function over(how, start) {
  return [
    h("p", { class: "notice bad", role: "alert" }, t(`code.over.${how}`)),
    h("a", { class: "button primary", href: start }, t("code.again")),
  ];
}

class Step {
  constructor(context) {
    Object.assign(this, context);
    this.said = "";
    this.code = h("input", {
      type: "text",
      name: "code",
      class: "code",
      dir: "ltr",
      inputmode: "numeric",
      autocomplete: "one-time-code",
      autofocus: true,
      spellcheck: false,
      oninput: () => this.submitWhenWhole(),
      onpaste: (event) => this.paste(event),
    });
    this.field = field({ name: "code", label: t("code.label"), control: this.code });
    this.form = form({ fields: [this.field], action: t("code.verify"), send: (values) => this.verify(values) });
    this.lead = h("p", { class: "lead" });
    this.left = h("p", { class: "faint", role: "timer", "aria-live": "off" });
    this.attempts = h("p", { class: "faint" });
    this.resend = h("button", { type: "button", class: "plain", onclick: () => this.sendAgain() });
    this.news = h("div", { role: "alert" });
    this.ending = new AbortController();
  }

  /** Follows the session for as long as the view is shown. */
  follow() {
    const signal = AbortSignal.any([this.signal, this.ending.signal]);
    const ticking = setInterval(() => this.tick(), 1000);
    signal.addEventListener("abort", () => clearInterval(ticking), { once: true });
    const onsession = (session) => this.take(session);
    watch(this.path, { signal, onsession }).catch((problem) => {
      if (signal.aborted) return;
      if (problem.slug === "otp-session-not-found") this.finish("expired");
      else fill(this.news, h("p", { class: "notice bad" }, explain(problem)));
    });
    this.awaitText();
  }

  /** Shows how the session stands. */
  take(session) {
    // An answer that comes late has nothing new to say.
    if (this.hasEnded) return undefined;
    this.session = session;
    if (session.state === "expired" || session.state === "locked") return this.finish(session.state);
    // Whoever enters the code here goes on by the answer to it.
    if (session.state !== "pending") return this.isVerifying || this.hasToken() || this.finish("elsewhere");
    if (!this.form.element.isConnected) {
      const other = h("a", { href: this.start }, t(`code.${this.about}.other`));
      fill(
        this.place,
        this.lead,
        this.form.element,
        h("div", { class: "facts" }, this.left, this.attempts),
        this.news,
        h("p", { class: "row" }, this.resend, other),
        h("p", { class: "hint" }, t(`code.hint.${session.channel ?? "either"}`)),
      );
    }
    fill(
      this.lead,
      rich(this.leadOf(session), { destination: ltr(session.destination ?? ""), count: session.code_length }),
    );
    fill(this.attempts, t("code.attempts", { count: session.attempts_left }));
    if (session.delivery === "failed") fill(this.news);
    this.tell();
    this.tick();
    return undefined;
  }

  leadOf({ destination, delivery }) {
    if (!destination) return "code.lead.unnamed";
    return `code.lead.${this.about === "reset" && delivery !== "queued" ? "reset" : delivery}`;
  }

  /** Says aloud what has changed of the delivery. */
  tell() {
    const text = this.lead.textContent;
    if (this.said && this.said !== text) announce(text);
    this.said = text;
  }

  /** Counts down. */
  tick() {
    const { expires_at, resend } = this.session;
    fill(this.left, t("code.left", { time: clock(flows.until(this.kept, expires_at)) }));
    const wait = resend.available_at && flows.until(this.kept, resend.available_at);
    this.resend.disabled = !resend.available_at || wait > 0 || this.isResending === true;
    if (!resend.available_at) fill(this.resend, t("code.resend.none"));
    else fill(this.resend, wait > 0 ? t("code.resend.wait", { time: clock(wait) }) : t("code.resend"));
  }

  /** Nothing can be done here any more. */
  finish(how) {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.ending.abort(new DOMException("The session has ended", "AbortError"));
    fill(this.place, over(how, this.start));
    this.place.querySelector("a").focus();
  }

  submitWhenWhole() {
    if (digitsIn(this.code.value).length === this.session.code_length) this.form.submit();
  }

  /** Whoever copies a code may have copied the words around it, too. */
  paste(event) {
    const isCode = new RegExp(`(?<!\\p{Nd})\\p{Nd}([\\s-]?\\p{Nd}){${this.session.code_length - 1}}(?!\\p{Nd})`, "u");
    const found = isCode.exec(event.clipboardData.getData("text"));
    if (!found) return;
    event.preventDefault();
    this.code.value = found[0];
    this.code.dispatchEvent(new Event("input"));
  }

  async verify({ code }) {
    this.isVerifying = true;
    try {
      if (!this.hasToken()) {
        // Whatever stands between the digits is no part of it.
        const { body } = await api.post(`${this.path}/verify`, { code: digitsIn(code) || code }, this.options());
        flows.keep(this.flow, { token: body.completion_token });
      }
      return () => this.onverified();
    } catch (problem) {
      this.isVerifying = false;
      if (this.signal.aborted) return undefined;
      if (problem.slug === "otp-code-incorrect" && problem.attemptsLeft > 0) return this.refuse(problem.attemptsLeft);
      const ends = {
        "otp-session-locked": "locked",
        "otp-code-incorrect": "locked",
        "otp-session-expired": "expired",
        "otp-code-used": "elsewhere",
        "otp-session-not-found": "expired",
      };
      if (problem.slug in ends) return this.finish(ends[problem.slug]);
      // It was carried out though nobody got the answer: there is nothing to try again.
      if (this.session.state !== "pending") return this.finish("elsewhere");
      throw problem;
    }
  }

  refuse(left) {
    if (left < this.session.attempts_left) this.take({ ...this.session, attempts_left: left });
    const text = t("code.wrong", { count: left });
    this.field.complain(text);
    // The focus is there already, so nobody reads it out.
    announce(text);
    this.code.select();
  }

  async sendAgain() {
    this.isResending = true;
    this.tick();
    fill(this.news);
    try {
      const { body } = await api.post(`${this.path}/resend`, undefined, this.options());
      this.code.value = "";
      // The socket may have told of it before, and of what came after.
      if (body.resend.left < this.session.resend.left) this.take(body);
      fill(this.news, h("p", { class: "notice" }, t("code.resent")));
    } catch (problem) {
      if (problem.slug === "otp-session-locked") return this.finish("locked");
      if (problem.slug === "otp-session-expired") return this.finish("expired");
      fill(this.news, h("p", { class: "notice bad" }, explain(problem)));
    } finally {
      this.isResending = false;
      if (!this.hasEnded) {
        this.tick();
        this.code.focus();
      }
    }
    return undefined;
  }

  /** Where the browser reads a code out of a text message (WebOTP), it is entered. */
  async awaitText() {
    if (this.session.channel !== "sms" || !("OTPCredential" in window)) return;
    try {
      // The next one, too, for a code may be sent again.
      while (!this.hasEnded) {
        const { code } = await navigator.credentials.get({ otp: { transport: ["sms"] }, signal: this.signal });
        this.code.value = code;
        this.submitWhenWhole();
      }
    } catch {
      // Nobody has to let a browser read their messages.
    }
  }

  hasToken() {
    return Boolean(flows.current(this.flow)?.token);
  }

  options() {
    return { asGuest: this.flow !== "identifier-changes" };
  }
}
