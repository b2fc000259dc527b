"""A real mail server (PyPI aiosmtpd) for the specifications, on a free port of 127.0.0.1.

It says {"port": ...} on a line when it listens, then each letter on a line of its own; takes {"refuse": n} as a line, after which the next n
letters are put off with 451; and ends when its input does.
"""

import asyncio
import email
import email.policy
import json
import sys

from aiosmtpd.smtp import SMTP


def say(line):
    print(json.dumps(line), flush=True)


class Handler:
    refuse = 0

    async def handle_DATA(self, server, session, envelope):
        if self.refuse > 0:
            self.refuse -= 1
            return "451 Try again later"
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        text = letter.get_body(("plain",)).get_content()
        html = letter.get_body(("html",))
        say({"from": envelope.mail_from, "to": envelope.rcpt_tos, "id": letter["message-id"], "subject": letter["subject"], "text": text, "html": html and html.get_content()})
        return "250 Taken"


async def main():
    loop, handler = asyncio.get_running_loop(), Handler()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    say({"port": server.sockets[0].getsockname()[1]})
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        handler.refuse = json.loads(line)["refuse"]
        say({"refuses": handler.refuse})


asyncio.run(main())
