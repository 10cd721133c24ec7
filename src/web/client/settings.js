// What the server says of itself in the page that it sent.

const { content } = document.querySelector("meta[name=chatlink]");

/** `locales`, `minimum_age`, `password_min_length`, `texts`, `mailbox`, `language_cooldown_days`. */
export const settings = JSON.parse(content);
