// Fails where generated TypeScript says less than a client needs: `any` anywhere, or an object that may hold nothing
// (`type: object` without properties or additionalProperties becomes Record<string, never>).
import { readFileSync } from "node:fs";
import ts from "typescript";

const path = process.argv[2];
const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
let found = 0;
const report = (node, what) => {
  found += 1;
  const { line } = file.getLineAndCharacterOfPosition(node.getStart());
  console.error(`${path}:${line + 1}: ${what}: ${node.parent.getText().slice(0, 120)}`);
};
const walk = (node, inInterface) => {
  if (node.kind === ts.SyntaxKind.AnyKeyword) report(node, "any");
  // Outside an interface it is only the generator's own `$defs`.
  if (inInterface && ts.isTypeReferenceNode(node) && /^Record<string, never>$/.test(node.getText())) report(node, "an object that may hold nothing");
  ts.forEachChild(node, (child) => walk(child, inInterface || ts.isInterfaceDeclaration(node)));
};
walk(file, false);
process.exit(found ? 1 : 0);
