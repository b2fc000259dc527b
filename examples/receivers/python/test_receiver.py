"""The receiver against a prm that only remembers what it was asked."""

import json
import pathlib
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook

from receiver import Crm, serve

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def approved(sequence, deal="deal_1"):
    return {
        "id": f"evt_{sequence}", "type": "deal.approved", "version": 1, "sequence": sequence,
        "occurred_at": "2026-11-20T12:00:00.123456Z", "vendor_id": "vnd_1",
        "actor": {"type": "system", "id": "rules"}, "subject": {"type": "deal", "id": deal, "revision": sequence},
        "data": {"deal": {"id": deal, "customer": {"name": "Acme"}, "amount": {"amount": 1250000, "currency": "EUR"}, "expected_close": "2027-03-31"}},
    }


class Prm(BaseHTTPRequestHandler):
    def do_PUT(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        status = self.server.answers.pop(0) if self.server.answers else 200
        self.server.asked.append((self.path, self.headers["authorization"], body, status))
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


class Receiver(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.prm = self.start(ThreadingHTTPServer(("127.0.0.1", 0), Prm))
        self.prm.asked, self.prm.answers = [], []
        self.open()

    def open(self):
        crm = Crm(f"http://127.0.0.1:{self.prm.server_address[1]}", "prm_key")
        path = pathlib.Path(self.folder.name) / "inbox.sqlite"
        self.receiver = self.start(serve(0, SECRET, path, crm, retry_seconds=0.05))

    def start(self, server):
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server

    def send(self, event, tamper="", age=timedelta(0), webhook_id=None):
        webhook_id, at, body = webhook_id or event["id"], datetime.now(timezone.utc) - age, json.dumps(event)
        # A second signature of another kind is part of what prm sends.
        headers = {"webhook-id": webhook_id, "webhook-timestamp": str(int(at.timestamp())),
                   "webhook-signature": Webhook(SECRET).sign(webhook_id, at, body) + " v1a,AAAA"}
        url = f"http://127.0.0.1:{self.receiver.server_address[1]}/"
        try:
            return urllib.request.urlopen(urllib.request.Request(url, (body + tamper).encode(), headers)).status
        except urllib.error.HTTPError as refused:
            refused.close()
            return refused.code

    def asked(self, count):
        """What prm was asked, once it was asked `count` times, and no more."""
        until = time.monotonic() + 5
        while len(self.prm.asked) < count and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.1)
        self.assertEqual(len(self.prm.asked), count)
        return self.prm.asked

    def test_a_good_event_is_accepted_and_acted_on(self):
        self.assertEqual(self.send(approved(1)), 204)
        path, authorization, body, _ = self.asked(1)[0]
        self.assertEqual((path, authorization), ("/v1/opportunities/crm-deal_1", "Bearer prm_key"))
        self.assertEqual((body["deal_id"], body["status"]), ("deal_1", "open"))

    def test_a_tampered_body_is_refused(self):
        self.assertEqual(self.send(approved(1), tamper=" "), 401)
        self.asked(0)

    def test_a_stale_timestamp_is_refused(self):
        self.assertEqual(self.send(approved(1), age=timedelta(minutes=6)), 401)
        self.asked(0)

    def test_a_duplicate_is_acknowledged_and_acted_on_once(self):
        self.assertEqual([self.send(approved(1)) for _ in range(3)], [204] * 3)
        self.asked(1)

    def test_a_duplicate_is_known_after_a_restart(self):
        self.send(approved(1))
        self.asked(1)
        self.open()
        self.assertEqual(self.send(approved(1)), 204)
        self.asked(1)

    def test_an_event_that_comes_after_a_newer_one_of_its_subject_changes_nothing(self):
        self.send(approved(7))
        self.asked(1)
        self.assertEqual(self.send(approved(5)), 204)
        self.asked(1)

    def test_order_holds_while_prm_is_away_or_our_key_is_wrong(self):
        self.prm.answers = [503, 401]
        for sequence in (1, 2, 3):
            self.send(approved(sequence, deal=f"deal_{sequence}"))
        done = [path for path, _, _, status in self.asked(5) if status == 200]
        self.assertEqual(done, [f"/v1/opportunities/crm-deal_{n}" for n in (1, 2, 3)])


if __name__ == "__main__":
    unittest.main()
