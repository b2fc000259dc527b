// A CRM that hears of prm's events: verify, keep, answer; then act on each once, in order.
import { closeSync, existsSync, fdatasyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

/** What arrived and what became of it: an append-only file, on disk before prm is told that it arrived. */
class Inbox {
  #waiting = new Map();
  #known = new Set();
  #subjects = new Map();

  constructor(path) {
    const text = existsSync(path) ? readFileSync(path, "utf8") : "";
    this.file = openSync(path, "a");
    for (const line of text.split("\n").filter(Boolean)) {
      try {
        this.#apply(JSON.parse(line));
      } catch {
        // A crash or a full disk left half a line: it was never acknowledged, so prm sends it again.
        console.error("skipping half a line of the inbox");
      }
    }
  }

  #apply({ kept, settled, event }) {
    const id = kept ?? settled;
    this.#known.add(id);
    if (kept) return this.#waiting.set(id, event);
    const { subject, sequence } = this.#waiting.get(id);
    this.#subjects.set(subject.id, Math.max(sequence, this.#subjects.get(subject.id) ?? 0));
    this.#waiting.delete(id);
  }

  #append(entry) {
    // A line break on both sides, so that half a line spoils nothing but itself.
    writeSync(this.file, `\n${JSON.stringify(entry)}\n`);
    fdatasyncSync(this.file);
    this.#apply(entry);
  }

  /** A retry carries the same webhook-id: it is known, so nothing happens. */
  keep(id, event) {
    if (!this.#known.has(id)) this.#append({ kept: id, event });
  }

  /** The oldest event that waits, and whether a newer one of its subject was acted on already. */
  next() {
    const [[id, event] = []] = [...this.#waiting].sort(([, a], [, b]) => a.sequence - b.sequence);
    return event && { id, event, outdated: (this.#subjects.get(event.subject.id) ?? 0) > event.sequence };
  }

  settle = (id, outcome) => this.#append({ settled: id, outcome });
}

const actsOn = new Set(["deal.approved"]);
/** Our side: an approved deal becomes an opportunity, and prm learns its stage. */
async function act(prm, { data: { deal } }) {
  // The same deal always gets the same id, so doing it again after a crash changes nothing.
  const externalId = `crm-${deal.id}`;
  const response = await fetch(`${prm.url}/v1/opportunities/${externalId}`, {
    method: "PUT",
    headers: { authorization: `Bearer ${prm.key}`, "content-type": "application/json" },
    body: JSON.stringify({
      name: deal.customer.name, status: "open", stage: "Prospecting",
      deal_id: deal.id, amount: deal.amount, closes_on: deal.expected_close,
    }),
    signal: AbortSignal.timeout(10_000),
  });
  const answer = await response.text();
  // Our key, our pace or prm's health: again later. Any other refusal would be refused again.
  if ([401, 403, 429].includes(response.status) || response.status >= 500) throw new Error(`prm answered ${response.status}`);
  return response.ok ? `put ${externalId}: ${response.status}` : `refused ${response.status}: ${answer.slice(0, 500)}`;
}

export function receiver({ secret, inboxPath, prm, retryMs = 5000 }) {
  const webhook = new Webhook(secret);
  const inbox = new Inbox(inboxPath);
  let working = false;

  // Act on what waits. A failure keeps its place, so order holds; it is tried again after a pause.
  async function work() {
    if (working) return;
    working = true;
    try {
      for (let waiting; (waiting = inbox.next()); )
        inbox.settle(waiting.id, waiting.outdated ? "outdated" : await act(prm, waiting.event));
    } catch (error) {
      console.error(`again in ${retryMs} ms: ${error.message}`);
    }
    working = false;
  }

  async function receive(request) {
    const body = Buffer.concat(await request.toArray());
    let event;
    try {
      event = webhook.verify(body, request.headers);
    } catch {
      return 401;
    }
    if (actsOn.has(event.type)) inbox.keep(request.headers["webhook-id"], event);
    return 204;
  }

  const server = createServer(async (request, response) => {
    // What could not be kept is not acknowledged: prm sends it again.
    response.writeHead(await receive(request).catch(() => 500)).end();
    work();
  });
  const timer = setInterval(work, retryMs);
  server.on("close", () => (clearInterval(timer), closeSync(inbox.file)));
  work(); // what waited when we last stopped
  return server;
}

if (process.argv[1]?.endsWith("receiver.mjs")) {
  const { PRM_URL, PRM_KEY, WEBHOOK_SECRET, INBOX = "inbox.jsonl", PORT = "9000" } = process.env;
  receiver({ secret: WEBHOOK_SECRET, inboxPath: INBOX, prm: { url: PRM_URL, key: PRM_KEY } })
    .listen(Number(PORT), "127.0.0.1", () => console.log(`receiving on http://127.0.0.1:${PORT}/`));
}
