"""An SMTP server for tests: prints its port, then each mail it takes as one line of JSON.

Recipients whose address begins with `tempfail` or `reject` are turned away with 451 or 550. The reply names them, as
real servers do.
"""
import argparse
import asyncio
import base64
import json
import logging
import ssl
import warnings

from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, impatient):
        self.impatient = impatient

    async def handle_NOOP(self, server, session, envelope, argument):
        return "421 4.4.2 idle for too long" if self.impatient else "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("tempfail"):
            return f"451 4.7.1 <{address}>: try later"
        if address.startswith("reject"):
            return f"550 5.1.1 <{address}>: unknown here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        print(json.dumps({
            "connection": session.peer[1],
            "encrypted": server.transport.get_extra_info("ssl_object") is not None,
            "authenticated": bool(session.authenticated),
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "utf8": envelope.smtp_utf8,
            "content": base64.b64encode(envelope.original_content).decode(),
        }), flush=True)
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (b"chatlink", b"p/w: secret")
    return AuthResult(success=right, handled=False)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--certificate", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--implicit-tls", action="store_true")
    parser.add_argument("--no-tls", action="store_true")
    parser.add_argument("--no-utf8", action="store_true")
    parser.add_argument("--impatient", action="store_true", help="let no connection be used again")
    arguments = parser.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(arguments.certificate, arguments.key)
    starttls = not (arguments.implicit_tls or arguments.no_tls)

    def session():
        return SMTP(
            Handler(arguments.impatient),
            hostname="mail.test",
            enable_SMTPUTF8=not arguments.no_utf8,
            tls_context=context if starttls else None,
            require_starttls=starttls,
            auth_required=not arguments.no_tls,
            auth_require_tls=starttls,
            authenticator=authenticate,
        )

    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", 0, ssl=context if arguments.implicit_tls else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


# What it thinks of its settings, and of clients that leave, is no news.
logging.disable()
warnings.simplefilter("ignore")
asyncio.run(main())
