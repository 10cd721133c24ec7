// Forms: labelled fields, what is wrong with each tied to it and told, nothing sent twice.

import { fill, h, uniqueId } from "./dom.js";
import { announce } from "./frame.js";
import { t } from "./i18n.js";
import { complaint, explain, Problem } from "./problems.js";

/** The form that was made last. */
let latest = null;

/** What somebody has typed into the form of the present page, by name. */
export const takeTyped = () => (latest?.element.isConnected ? latest.values() : {});

/** Puts that into the form of the same page, made anew. */
export function typeAgain(values) {
  if (!latest?.element.isConnected) return;
  for (const each of latest.fields) if (each.name in values) each.restore(values[each.name]);
}

/**
 * A field: label, control, hint, and what is wrong with it. `name` is the member that the server knows it by.
 *
 * `control` is an element that has a value, or `{ element, focus, value }`, perhaps with `restore`, where it is made of
 * several. `optional`: it may be left empty. `beside` stands below the control. `refusal` is the problem that is about
 * this field alone.
 */
export function field({ name, label, control, hint, optional = false, beside, refusal }) {
  const [id, hintId, wrongId] = [uniqueId(), uniqueId(), uniqueId()];
  const focus = control.focus instanceof HTMLElement ? control.focus : control;
  const wrong = h("p", { class: "wrong", id: wrongId });
  focus.id = id;
  focus.setAttribute("aria-describedby", hint ? `${hintId} ${wrongId}` : wrongId);
  if (!optional) focus.setAttribute("aria-required", "true");
  const element = h(
    "div",
    { class: "field" },
    h("label", { for: id }, label, optional && h("span", { class: "faint" }, ` ${t("form.optional")}`)),
    hint && h("p", { class: "hint", id: hintId }, hint),
    control.element ?? control,
    beside,
    wrong,
  );
  const complain = (text) => {
    fill(wrong, text);
    element.classList.toggle("is-wrong", Boolean(text));
    if (text) focus.setAttribute("aria-invalid", "true");
    else focus.removeAttribute("aria-invalid");
  };
  const value = () => control.value;
  const isEmpty = () => value() === "" || value()?.length === 0;
  const restore = (value) => (control.restore ? control.restore(value) : (focus.value = value));
  const said = () => wrong.textContent;
  return {
    name,
    element,
    focus,
    value,
    restore,
    complain,
    said,
    refusal,
    isMissing: () => !optional && isEmpty(),
  };
}

/** A text input; the attributes are those of HTML. */
export const input = (attributes) => h("input", { type: "text", ...attributes });

/** A choice among `[value, text]`. */
export const select = (options, chosen, attributes = {}) =>
  h(
    "select",
    attributes,
    options.map(([value, text]) => h("option", { value, selected: value === chosen }, text)),
  );

/**
 * A form. `send` gets the values by name. What it throws is shown; what it gives is done if somebody is still here then,
 * for whoever has gone on meanwhile is not called back.
 */
export function form({ fields, action, send, tone = "primary" }) {
  const alert = h("div", { role: "alert" });
  const button = h("button", { type: "submit", class: tone }, action);
  const element = h(
    "form",
    { novalidate: true, onsubmit: submit },
    alert,
    fields.map((each) => each.element),
    button,
  );
  const values = () => Object.fromEntries(fields.map((each) => [each.name, each.value()]));
  const shown = { element, fields, values, submit: () => element.requestSubmit() };
  let isSending = false;

  for (const each of fields) each.focus.addEventListener("input", () => each.complain(""));

  async function submit(event) {
    event.preventDefault();
    if (isSending) return;
    forgive();
    const missing = fields.filter((each) => each.isMissing());
    for (const each of missing) each.complain(complaint(each.name, "required"));
    if (missing.length > 0) return point(missing[0]);
    isSending = true;
    button.setAttribute("aria-busy", "true");
    announce(t("form.sending"));
    try {
      const goOn = await send(values());
      if (element.isConnected) await goOn?.();
    } catch (problem) {
      // Whoever left the page has no use for it.
      if (element.isConnected) fail(problem);
    } finally {
      isSending = false;
      button.removeAttribute("aria-busy");
    }
  }

  function forgive() {
    fill(alert);
    for (const each of fields) each.complain("");
  }

  function fail(problem) {
    announce("");
    const wrong = problem instanceof Problem ? problem.errors : [];
    const left = wrong.filter(({ pointer, code }) => {
      const name = pointer.split("/")[1];
      const at = fields.find((each) => each.name === name);
      at?.complain(complaint(name, code));
      return !at;
    });
    const refused = fields.find(({ refusal }) => refusal && refusal === problem.slug);
    refused?.complain(explain(problem));
    refused?.focus.select();
    const first = fields.find((each) => each.element.classList.contains("is-wrong"));
    if (first) point(first);
    if (!first || left.length > 0) {
      fill(alert, h("p", { class: "notice bad" }, explain(problem)));
      if (!first) alert.scrollIntoView({ block: "nearest" });
    }
  }

  function point(at) {
    // What is wrong is read out with a field that gets the focus, but not with one that has it already.
    if (document.activeElement === at.focus) announce(at.said());
    at.focus.focus();
  }

  latest = shown;
  return shown;
}
