// One process a core, by Node's own cluster; each is the plain HTTP server of better-auth's documentation.

import cluster from "node:cluster";
import { createServer } from "node:http";
import { availableParallelism } from "node:os";

if (cluster.isPrimary) {
  for (let core = 0; core < availableParallelism(); core += 1) cluster.fork();
  cluster.on("exit", () => process.exit(1));
} else {
  const { toNodeHandler } = await import("better-auth/node");
  const { auth } = await import("./auth.mjs");
  createServer(toNodeHandler(auth)).listen(Number(process.env.RIVAL_PORT), "127.0.0.1");
}
