// The collector's file, checked without a collector: it parses strictly, every pipeline names components that are
// defined, and every component is used.
import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";

const document = parseDocument(readFileSync(process.argv[2], "utf8"), { strict: true, uniqueKeys: true });
const wrong = document.errors.concat(document.warnings).map((e) => e.message);
const config = document.toJS() ?? {};
const kinds = ["receivers", "processors", "exporters"];
const used = Object.fromEntries(kinds.map((kind) => [kind, new Set()]));

const pipelines = Object.entries(config.service?.pipelines ?? {});
if (pipelines.length === 0) wrong.push("service.pipelines is empty");
for (const [name, pipeline] of pipelines) {
  if (!/^(traces|metrics|logs)(\/.+)?$/.test(name)) wrong.push(`pipeline ${name}: no such signal`);
  for (const key of Object.keys(pipeline)) if (!kinds.includes(key)) wrong.push(`pipeline ${name}: unknown key ${key}`);
  for (const kind of kinds) {
    if (kind !== "processors" && !pipeline[kind]?.length) wrong.push(`pipeline ${name} has no ${kind}`);
    for (const id of pipeline[kind] ?? []) {
      used[kind].add(id);
      if (!(id in (config[kind] ?? {}))) wrong.push(`pipeline ${name}: ${kind} ${id} is not defined`);
    }
  }
}
for (const kind of kinds)
  for (const id of Object.keys(config[kind] ?? {})) if (!used[kind].has(id)) wrong.push(`${kind} ${id} is in no pipeline`);

if (wrong.length) console.error(wrong.join("\n"));
process.exit(wrong.length ? 1 : 0);
