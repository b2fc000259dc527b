// Verifies a statement of ours (a protection certificate, unless `typ` says otherwise) as a stranger does: npm `jose`, the published keys, and nothing of ours.
// usage: node certificate.mjs <folder with node_modules>; {"certificate", "jwks", "issuer", "now", "typ"} on standard input.
// It says {"claims": ...} or {"refused": "<code>"} on a line.
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const { createLocalJWKSet, jwtVerify } = await import(pathToFileURL(join(process.argv[2], 'node_modules/jose/dist/webapi/index.js')).href);
const { certificate, jwks, issuer, now, typ } = JSON.parse(await text(process.stdin));
try {
  const options = { issuer, typ: typ ?? 'prm-protection+jwt', algorithms: ['EdDSA'], currentDate: new Date(now) };
  const { payload } = await jwtVerify(certificate, createLocalJWKSet(jwks), options);
  console.log(JSON.stringify({ claims: payload }));
} catch (error) {
  console.log(JSON.stringify({ refused: error.code ?? String(error) }));
}
