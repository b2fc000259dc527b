"""A CRM that hears of prm's events: verify, keep, answer; then act on each once, in order."""

import json
import os
import sqlite3
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook

TABLES = """
CREATE TABLE IF NOT EXISTS inbox (webhook_id TEXT PRIMARY KEY, sequence INTEGER, event TEXT, outcome TEXT);
CREATE TABLE IF NOT EXISTS subjects (id TEXT PRIMARY KEY, sequence INTEGER);
"""


class Inbox:
    """What arrived and what became of it, on disk before prm is told that it arrived."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, check_same_thread=False)
        self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;" + TABLES)
        self.lock = threading.Lock()

    def keep(self, webhook_id, event):
        """A retry carries the same webhook-id: the second insert does nothing."""
        with self.lock, self.db:
            row = (webhook_id, event["sequence"], json.dumps(event))
            self.db.execute("INSERT OR IGNORE INTO inbox VALUES (?, ?, ?, NULL)", row)

    def next(self):
        """The oldest event that waits, and whether a newer one of its subject was acted on already."""
        with self.lock:
            oldest = "SELECT webhook_id, event FROM inbox WHERE outcome IS NULL ORDER BY sequence LIMIT 1"
            for webhook_id, event in self.db.execute(oldest):
                event = json.loads(event)
                newer = "SELECT 1 FROM subjects WHERE id = ? AND sequence > ?"
                subject = (event["subject"]["id"], event["sequence"])
                return webhook_id, event, self.db.execute(newer, subject).fetchone() is not None

    def settle(self, webhook_id, event, outcome):
        with self.lock, self.db:
            self.db.execute("UPDATE inbox SET outcome = ? WHERE webhook_id = ?", (outcome, webhook_id))
            self.db.execute("INSERT INTO subjects VALUES (?, ?) ON CONFLICT (id) DO UPDATE"
                            " SET sequence = max(sequence, excluded.sequence)",
                            (event["subject"]["id"], event["sequence"]))


class Crm:
    """Our side: an approved deal becomes an opportunity, and prm learns its stage."""

    ACTS_ON = {"deal.approved"}

    def __init__(self, url, key):
        self.url, self.key = url.rstrip("/"), key

    def act(self, event):
        deal = event["data"]["deal"]
        # The same deal always gets the same id, so doing it again after a crash changes nothing.
        external_id = f"crm-{deal['id']}"
        body = {"name": deal["customer"]["name"], "status": "open", "stage": "Prospecting", "deal_id": deal["id"],
                "amount": deal["amount"], "closes_on": deal["expected_close"]}
        request = urllib.request.Request(
            f"{self.url}/v1/opportunities/{external_id}", method="PUT", data=json.dumps(body).encode(),
            headers={"authorization": f"Bearer {self.key}", "content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return f"put {external_id}: {response.status}"
        except urllib.error.HTTPError as refused:
            # Our key, our pace or prm's health: again later. Any other refusal would be refused again.
            if refused.code in (401, 403, 429) or refused.code >= 500:
                raise
            return f"refused {refused.code}: {refused.read().decode(errors='replace')[:500]}"


def work(inbox, crm, woken, retry_seconds):
    """Act on what waits. A failure keeps its place, so order holds; it is tried again after a pause."""
    while True:
        woken.wait(retry_seconds)
        woken.clear()
        try:
            while (waiting := inbox.next()) is not None:
                webhook_id, event, outdated = waiting
                inbox.settle(webhook_id, event, "outdated" if outdated else crm.act(event))
        except Exception as error:
            print(f"again in {retry_seconds} s: {error}", flush=True)


def serve(port, secret, path, crm, retry_seconds=5):
    webhook, inbox, woken = Webhook(secret), Inbox(path), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                event = webhook.verify(body, dict(self.headers))
            except Exception:  # the library lets malformed base64 and UTF-8 through as other errors
                return self.answer(401)
            if event["type"] in crm.ACTS_ON:
                inbox.keep(self.headers["webhook-id"], event)
                woken.set()
            self.answer(204)

        def answer(self, status):
            self.send_response(status)
            self.end_headers()

    woken.set()  # what waited when we last stopped
    threading.Thread(target=work, args=(inbox, crm, woken, retry_seconds), daemon=True).start()
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


if __name__ == "__main__":
    env = os.environ
    crm = Crm(env["PRM_URL"], env["PRM_KEY"])
    server = serve(int(env.get("PORT", "9000")), env["WEBHOOK_SECRET"], env.get("INBOX", "inbox.sqlite"), crm)
    print(f"receiving on http://127.0.0.1:{server.server_address[1]}/", flush=True)
    server.serve_forever()
