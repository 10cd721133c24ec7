// The whole map: path, who may be there, and what shows it.
//
// `anybody` is free to come. `guests` are not logged in; whoever is goes home. `members` are; whoever is not logs in
// first and then comes back. A view is a function of `{ signal }`, which stops what it has going on; it gives
// `{ title, content }`, and where they differ from the rest, the `heading` and whether it is `wide`.

const table = [
  ["/", "anybody", () => import("./views/start.js")],
  ["/register", "guests", () => import("./views/register.js")],
  ["/register/code", "guests", () => import("./views/register-code.js")],
  ["/register/profile", "guests", () => import("./views/register-profile.js")],
  ["/login", "guests", () => import("./views/login.js")],
  ["/forgot", "guests", () => import("./views/forgot.js")],
  ["/forgot/code", "guests", () => import("./views/forgot-code.js")],
  ["/forgot/password", "guests", () => import("./views/forgot-password.js")],
  ["/profile", "members", () => import("./views/profile.js")],
  ["/profile/edit", "members", () => import("./views/profile-edit.js")],
  ["/account", "members", () => import("./views/account.js")],
  ["/account/email", "members", () => import("./views/account-email.js")],
  ["/account/phone", "members", () => import("./views/account-phone.js")],
  ["/account/code", "members", () => import("./views/account-code.js")],
  ["/account/password", "members", () => import("./views/account-password.js")],
  ["/account/delete", "members", () => import("./views/account-delete.js")],
  ["/devices", "members", () => import("./views/devices.js")],
];

/** What is at a path: `{ access, load }`. */
export function route(path) {
  const [, access, load] = table.find(([each]) => each === path) ?? [, "anybody", () => import("./views/nowhere.js")];
  return { access, load };
}
