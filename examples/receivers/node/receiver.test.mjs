// The receiver against a prm that only remembers what it was asked.
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { receiver } from "./receiver.mjs";

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
let folder, inboxPath, open, asked, answers, prmUrl, url;

const listen = (server) =>
  new Promise((done) => server.listen(0, "127.0.0.1", () => (open.push(server), done(`http://127.0.0.1:${server.address().port}`))));
const start = async () => (url = await listen(receiver({ secret, inboxPath, prm: { url: prmUrl, key: "prm_key" }, retryMs: 50 })));

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "receiver-"));
  inboxPath = join(folder, "inbox.jsonl");
  [open, asked, answers] = [[], [], []];
  prmUrl = await listen(createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()));
    const status = answers.shift() ?? 200;
    asked.push({ method: request.method, path: request.url, authorization: request.headers.authorization, body, status });
    response.writeHead(status).end();
  }));
  await start();
});
afterEach(() => {
  for (const server of open) server.close(), server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

const approved = (sequence, deal = "deal_1") => ({
  id: `evt_${sequence}`, type: "deal.approved", version: 1, sequence,
  occurred_at: "2026-11-20T12:00:00.123456Z", vendor_id: "vnd_1",
  actor: { type: "system", id: "rules" }, subject: { type: "deal", id: deal, revision: sequence },
  data: { deal: { id: deal, customer: { name: "Acme" }, amount: { amount: 1250000, currency: "EUR" }, expected_close: "2027-03-31" } },
});

async function send(event, { tamper = "", ageSeconds = 0 } = {}) {
  const at = new Date(Date.now() - ageSeconds * 1000);
  const body = JSON.stringify(event);
  const headers = {
    "webhook-id": event.id,
    "webhook-timestamp": `${Math.floor(at / 1000)}`,
    // A second signature of another kind is part of what prm sends.
    "webhook-signature": `${new Webhook(secret).sign(event.id, at, body)} v1a,AAAA`,
  };
  return (await fetch(url, { method: "POST", headers, body: body + tamper })).status;
}

/** prm was asked `count` times, and no more. */
async function askedTimes(count) {
  for (let n = 0; asked.length < count && n < 500; n++) await pause(10);
  await pause(100);
  assert.equal(asked.length, count);
}

test("a good event is accepted and acted on", async () => {
  assert.equal(await send(approved(1)), 204);
  await askedTimes(1);
  const [{ method, path, authorization, body }] = asked;
  assert.deepEqual([method, path, authorization], ["PUT", "/v1/opportunities/crm-deal_1", "Bearer prm_key"]);
  assert.deepEqual([body.deal_id, body.status], ["deal_1", "open"]);
});

test("a tampered body is refused", async () => {
  assert.equal(await send(approved(1), { tamper: " " }), 401);
  await askedTimes(0);
});

test("a stale timestamp is refused", async () => {
  assert.equal(await send(approved(1), { ageSeconds: 360 }), 401);
  await askedTimes(0);
});

test("a duplicate is acknowledged and acted on once", async () => {
  for (let n = 0; n < 3; n++) assert.equal(await send(approved(1)), 204);
  await askedTimes(1);
});

test("a duplicate is known after a restart, and after a crash in the middle of a line", async () => {
  await send(approved(1));
  await askedTimes(1);
  appendFileSync(inboxPath, '{"kept":"evt_2","ev');
  await start();
  assert.equal(await send(approved(1)), 204);
  assert.equal(await send(approved(2, "deal_2")), 204);
  await askedTimes(2);
  await start();
  assert.equal(await send(approved(2, "deal_2")), 204);
  await askedTimes(2);
});

test("an event that comes after a newer one of its subject changes nothing", async () => {
  await send(approved(7));
  await askedTimes(1);
  assert.equal(await send(approved(5)), 204);
  await askedTimes(1);
});

test("order holds while prm is away or our key is wrong", async () => {
  answers = [503, 401];
  for (const sequence of [1, 2, 3]) await send(approved(sequence, `deal_${sequence}`));
  await askedTimes(5);
  const done = asked.filter(({ status }) => status === 200).map(({ path }) => path);
  assert.deepEqual(done, [1, 2, 3].map((n) => `/v1/opportunities/crm-deal_${n}`));
});
