"""Make a vendor and a partner, and run every check of scim2-tester with a key of each; `scim2 test` runs the same checks."""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections import Counter

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

url = sys.argv[1]


def post(path: str, key: str, body: dict) -> dict:
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(url + path, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


for _ in range(300):
    try:
        urllib.request.urlopen(url + "/health/ready").close()
        break
    except (urllib.error.URLError, ConnectionError):
        time.sleep(0.1)

vendor = post("/v1/vendors", os.environ["PRM_OPERATOR_KEY"], {"name": "Contoso"})["secret"]
partner = post("/v1/partners", vendor, {"name": "Northwind", "type": "reseller"})["id"]
bound = post("/v1/api-keys", vendor, {"name": "Northwind's directory", "role": "partner_admin", "partner_id": partner})["secret"]

failed = False
for name, key in [("vendor", vendor), ("partner", bound)]:
    client = Client(base_url=url + "/scim/v2", headers={"Authorization": f"Bearer {key}"})
    results = check_server(SyncSCIMClient(client))
    tally = Counter(result.status.name for result in results)
    print(f"{name}: {len(results)} checks, " + ", ".join(f"{count} {status}" for status, count in sorted(tally.items())))
    wrong = [result for result in results if result.status is not Status.SUCCESS]
    for result in wrong:
        print(f"  {result.status.name} {result.title} {result.resource_type or ''}: {result.reason} {result.data!r:.800}")
    # Few results mean that the checks gave up early.
    failed = failed or bool(wrong) or len(results) < 80
sys.exit(failed)
