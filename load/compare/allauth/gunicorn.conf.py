"""Gunicorn by its own documentation: two workers a core and one more, and threads, since without a proxy in front only
those keep connections open."""

import os

bind = "127.0.0.1:" + os.environ["RIVAL_PORT"]
workers = int(os.environ.get("RIVAL_WORKERS", 2 * len(os.sched_getaffinity(0)) + 1))
worker_class = "gthread"
threads = int(os.environ.get("RIVAL_THREADS", 4))
keepalive = 75
preload_app = True
control_socket_disable = True
# Heartbeats belong in memory.
worker_tmp_dir = "/dev/shm"
