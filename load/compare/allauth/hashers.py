"""Argon2id by the parameters that all candidates share."""

import os

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    memory_cost = int(os.environ["RIVAL_ARGON2_MEMORY_KIB"])
    time_cost = int(os.environ["RIVAL_ARGON2_ITERATIONS"])
    parallelism = int(os.environ["RIVAL_ARGON2_PARALLELISM"])
