// A choice among hundreds, found by typing: the combobox of the ARIA Authoring Practices, with a list below.
//
// One that is picked shows by its name; where several may be picked, each stands above the input with a button to take
// it back.

import { fill, h, theirs, uniqueId, unseen } from "./dom.js";
import { announce } from "./frame.js";
import { t } from "./i18n.js";
import { named, search } from "./search.js";

/**
 * The control of a field: for one entry, whose `value` is its code, or for up to `most`, whose `value` is their codes.
 * `entries` gives a promise of all that there are; `chosen` are the codes that are picked at first.
 */
export class Picker {
  constructor({ entries, chosen = [], most = 1, ...attributes }) {
    this.most = most;
    this.isSingle = most === 1;
    this.picked = [...chosen];
    this.all = [];
    this.found = [];
    this.active = -1;
    const id = uniqueId();
    // Whoever scrolls the list does not leave the input.
    const stay = (event) => event.preventDefault();
    this.list = h("ul", { id, role: "listbox", "aria-label": t("picker.list"), hidden: true, onmousedown: stay });
    this.chips = h("ul", { class: "chips", hidden: true });
    this.focus = h("input", {
      type: "text",
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": id,
      autocapitalize: "none",
      spellcheck: "false",
      ...attributes,
      // Events of our own say that something was picked.
      oninput: (event) => event.isTrusted && this.open(),
      onclick: () => this.open(),
      onkeydown: (event) => this.steer(event),
      onfocus: () => this.hasFailed && this.load(),
      onblur: () => this.settle(),
      // Browsers fill in what they know of somebody without going there.
      onchange: () => document.activeElement !== this.focus && this.settle(),
    });
    this.element = h("div", { class: "picker" }, this.chips, this.focus, this.list);
    this.isOff = this.focus.disabled;
    this.entries = entries;
    this.load();
  }

  async load() {
    this.hasFailed = false;
    this.focus.removeAttribute("placeholder");
    try {
      this.arrive(await this.entries());
    } catch {
      // Whoever comes here has it asked for again; what was picked stands until then.
      this.hasFailed = true;
      this.close();
      this.focus.setAttribute("placeholder", t("picker.failed"));
    }
  }

  get value() {
    return this.isSingle ? (this.picked[0] ?? "") : this.picked;
  }

  /** Picks something else, as codes. */
  restore(value) {
    this.picked = [value].flat().filter(Boolean);
    this.show();
  }

  /** The entries are there. Somebody may have typed meanwhile, or their browser. */
  arrive(all) {
    this.all = all;
    const [typed, isOpen] = [this.focus.value, !this.list.hidden];
    this.show();
    if (typed) this.focus.value = typed;
    if (isOpen || (typed && document.activeElement === this.focus)) this.open();
    else if (typed) this.settle();
  }

  entry(code) {
    return this.all.find((entry) => entry.code === code);
  }

  /** Shows what is picked. */
  show() {
    if (this.isSingle) {
      this.focus.value = this.entry(this.picked[0])?.name ?? "";
      return;
    }
    fill(
      this.chips,
      this.picked.map((code) => this.chip(code)),
    );
    this.chips.hidden = this.picked.length === 0;
    // Disabled, it would lose the focus.
    this.focus.readOnly = this.picked.length >= this.most;
  }

  chip(code) {
    const name = this.entry(code)?.name ?? code;
    const remove = () => {
      this.drop(code);
      this.focus.focus();
    };
    const button = h(
      "button",
      { type: "button", onclick: remove },
      h("span", { "aria-hidden": "true" }, "×"),
      unseen(t("picker.remove", { name })),
    );
    return h("li", {}, theirs(name), !this.isOff && button);
  }

  drop(code) {
    this.pick(this.picked.filter((other) => other !== code));
    announce(t("picker.removed", { name: this.entry(code)?.name ?? code }));
  }

  pick(codes) {
    this.close();
    this.picked = codes;
    this.show();
    this.focus.dispatchEvent(new Event("input", { bubbles: true }));
  }

  take(entry) {
    if (this.isSingle) return this.pick([entry.code]);
    this.focus.value = "";
    this.pick([...this.picked, entry.code]);
    return announce(t("picker.added", { name: entry.name }));
  }

  open() {
    if (this.focus.readOnly) return;
    const free = this.isSingle ? this.all : this.all.filter(({ code }) => !this.picked.includes(code));
    // Whoever comes back to what they picked looks for something else.
    const isPicked = this.isSingle && this.focus.value === this.entry(this.picked[0])?.name;
    const typed = isPicked ? "" : this.focus.value.trim();
    this.found = search(free, typed);
    this.active = typed && this.found.length > 0 ? 0 : -1;
    const why = t(this.all.length > 0 ? "picker.none" : "picker.loading");
    const none = h("li", { class: "none", role: "option", "aria-disabled": "true" }, why);
    fill(this.list, this.found.length > 0 ? this.found.map((entry, index) => this.option(entry, index)) : none);
    this.list.hidden = false;
    this.focus.setAttribute("aria-expanded", "true");
    announce(t("picker.found", { count: this.found.length }));
    this.mark();
  }

  close() {
    this.list.hidden = true;
    this.found = [];
    this.active = -1;
    this.focus.setAttribute("aria-expanded", "false");
    this.mark();
  }

  option(entry, index) {
    const [autonym] = entry.also;
    const isPicked = String(this.picked.includes(entry.code));
    return h(
      "li",
      { role: "option", id: `${this.list.id}-${index}`, "aria-selected": isPicked, onclick: () => this.take(entry) },
      theirs(entry.name),
      autonym && autonym !== entry.name && h("span", { class: "faint" }, theirs(autonym)),
    );
  }

  /** Marks the entry that Enter would take. */
  mark() {
    [...this.list.children].forEach((item, index) => item.classList.toggle("active", index === this.active));
    const item = this.list.children[this.active];
    if (!item) return this.focus.removeAttribute("aria-activedescendant");
    this.focus.setAttribute("aria-activedescendant", item.id);
    return item.scrollIntoView({ block: "nearest" });
  }

  steer(event) {
    // The keys of whoever composes a character are for that. Safari tells by the number alone.
    if (event.isComposing || event.keyCode === 229) return;
    const isOpen = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && isOpen) {
      event.preventDefault();
      if (this.active >= 0) this.take(this.found[this.active]);
    } else if (event.key === "Tab" && isOpen && this.active >= 0) {
      // What is marked looks picked: whoever goes on would lose it.
      this.take(this.found[this.active]);
    } else if (event.key === "Escape" && isOpen) {
      this.close();
    } else if (event.key === "Backspace" && !event.repeat && this.focus.value === "" && this.chips.lastChild) {
      // Not while the key is held down to delete what was typed.
      this.drop(this.picked.at(-1));
    }
  }

  move(by) {
    if (this.list.hidden) return this.open();
    const count = this.found.length;
    // From nowhere, up leads to the last.
    const from = this.active < 0 && by < 0 ? 0 : this.active;
    if (count > 0) this.active = (from + by + count) % count;
    return this.mark();
  }

  /** Whoever goes on without picking meant what they typed, if there is just that. Else what was picked stands. */
  settle() {
    // Before there is anything to pick from, what was typed waits.
    if (this.all.length === 0) return this.close();
    const typed = this.focus.value.trim();
    const entry = typed === "" ? undefined : named(this.all, typed);
    if (entry && !this.picked.includes(entry.code)) return this.take(entry);
    if (this.isSingle && typed === "" && this.picked.length > 0) return this.pick([]);
    this.close();
    if (typed !== "" && !entry) announce(t("picker.none"));
    // Chips stay as they are: one may be being pressed.
    if (this.isSingle) return this.show();
    this.focus.value = "";
    return undefined;
  }
}
