// better-auth as its documentation has it for Postgres and passwords by Argon2, and as its guide to performance advises.
// What differs from a real installation is said beside it: limits that would stop a benchmark are off, and TLS ends in
// a proxy that is not here.

import { hash, verify } from "@node-rs/argon2";
import { betterAuth } from "better-auth";
import { emailOTP } from "better-auth/plugins";
import nodemailer from "nodemailer";
import pg from "pg";

const env = process.env;

const mail = nodemailer.createTransport({ host: "127.0.0.1", port: Number(env.RIVAL_SMTP_PORT), pool: true, secure: false });

const argon2 = {
  memoryCost: Number(env.RIVAL_ARGON2_MEMORY_KIB),
  timeCost: Number(env.RIVAL_ARGON2_ITERATIONS),
  parallelism: Number(env.RIVAL_ARGON2_PARALLELISM),
};

export const auth = betterAuth({
  baseURL: "https://auth.example.org",
  secret: env.RIVAL_SECRET,
  telemetry: { enabled: false },
  database: new pg.Pool({
    host: env.RIVAL_POSTGRES_HOST,
    user: env.RIVAL_POSTGRES_USER,
    database: env.RIVAL_POSTGRES_DATABASE,
    // Of each worker. Idle connections stay.
    max: 20,
    idleTimeoutMillis: 0,
  }),
  // Two to three times as fast for a session, says its page on Postgres.
  advanced: { database: { joins: true } },
  // Off, as for all.
  rateLimit: { enabled: false },
  // Its guide to performance advises the cache, at the price that a session lives on for as long after it was ended.
  session: { cookieCache: { enabled: env.RIVAL_COOKIE_CACHE === "on", maxAge: 5 * 60 } },
  emailAndPassword: {
    enabled: true,
    requireEmailVerification: true,
    password: {
      hash: (password) => hash(password, argon2),
      verify: ({ hash, password }) => verify(hash, password),
    },
  },
  plugins: [
    emailOTP({
      overrideDefaultEmailVerification: true,
      sendVerificationOnSignUp: true,
      // Raised, as for all: 3 by default.
      allowedAttempts: Number(env.RIVAL_ATTEMPTS),
      expiresIn: 3600,
      // Not awaited, by the plugin's own advice, so that the time does not tell who has an account.
      async sendVerificationOTP({ email, otp }) {
        mail
          .sendMail({ from: "login@example.org", to: email, subject: "Your code", text: `Your code is:\n\n${otp}\n` })
          .catch((error) => console.error("mail was not sent:", error.message));
      },
    }),
  ],
});
