"""What nobody can make up who knows the OpenAPI document alone: an address of one's own, the code that arrives there,
the password of an account. Requests that ought to be accepted get it, so that answers of success are checked as well;
those that ought to be refused stay as they are."""

import collections
import itertools
import json
import os
import time
import urllib.parse
import urllib.request

import schemathesis

SERVER, LOGIN, PASSWORD = (os.environ[f"CHATLINK_{name}"] for name in ("SERVER", "LOGIN", "PASSWORD"))
# Whoever resets their password is not who is logged in.
FORGETFUL = os.environ["CHATLINK_FORGETFUL"]
FLOWS = ("registrations", "password-resets", "identifier-changes")

numbers = itertools.count()
# By flow: the sessions that wait for a code with where it went, and those that wait for completion with their token.
started, verified = collections.defaultdict(dict), collections.defaultdict(dict)


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive or case.operation.method != "post":
        return
    flow, _, step = case.operation.path.removeprefix("/v1/").partition("/{id}")
    body = case.body if isinstance(case.body, dict) else {}
    if flow == "sessions":
        body.update(login=LOGIN, password=PASSWORD)
    elif flow == "me/password":
        body.update(current_password=PASSWORD, new_password=PASSWORD)
    elif flow == "me/identifiers/remove":
        body.update(password=PASSWORD)
    elif flow in FLOWS and not step:
        fresh = FORGETFUL if flow == "password-resets" else f"somebody{next(numbers)}@example.org"
        body.update(identifier=fresh, password=PASSWORD)
    elif step == "/verify" and started[flow]:
        case.path_parameters["id"], address = started[flow].popitem()
        body.update(code=code_sent_to(address))
    elif step == "/complete" and verified[flow]:
        case.path_parameters["id"], token = verified[flow].popitem()
        body.update(
            completion_token=token, username=f"somebody{next(numbers)}", password=PASSWORD, date_of_birth="1990-05-17",
            country="de", native_language="de", learning_languages=["es", "jpn"]
        )


@schemathesis.hook
def after_call(context, case, response):
    flow, _, step = case.operation.path.removeprefix("/v1/").partition("/{id}")
    if flow not in FLOWS or case.operation.method != "post":
        return
    if not step and response.status_code == 202:
        started[flow][response.json()["id"]] = case.body["identifier"]
    elif step == "/verify" and response.status_code == 200:
        session = response.json()
        verified[flow][session["id"]] = session["completion_token"]


def code_sent_to(address):
    """The code of the newest message, once there is one."""
    url = f"{SERVER}/dev/messages?to={urllib.parse.quote(address)}"
    for _ in range(1000):
        with urllib.request.urlopen(url) as answer:
            messages = json.load(answer)
        if messages:
            return messages[0]["code"]
        time.sleep(0.01)
    raise AssertionError("no message came")
