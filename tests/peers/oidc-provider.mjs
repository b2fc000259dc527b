// A real OpenID provider (npm `oidc-provider`) for the specifications, on a free port of 127.0.0.1, with its own login and consent pages.
// usage: node oidc-provider.mjs <folder with node_modules>; then one JSON document on standard input: {"clients": [...], "accounts": {...}}
// It says {"issuer": "..."} on a line when it listens, takes commands as lines, and ends when its input does.
import { createServer } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const { Provider } = await import(pathToFileURL(join(process.argv[2], 'node_modules/oidc-provider/lib/index.js')).href);
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const makeKey = () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
};

let handler;
let asked = {};
const server = createServer((request, response) => {
  const path = request.url.split('?')[0];
  asked[path] = (asked[path] ?? 0) + 1;
  handler(request, response);
});

// The claims of an account come from the specification; whoever signs in types the account's name.
const provide = (issuer, { clients, accounts, keys, features }) => {
  const provider = new Provider(issuer, {
    clients,
    jwks: { keys },
    pkce: { required: () => true },
    claims: { openid: ['sub', 'sid', 'amr', 'acr'], email: ['email', 'email_verified', 'groups'], profile: ['name'] },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...(accounts[id] ?? {}) }) }),
    cookies: { keys: ['only-for-specifications'] },
    ttl: { Interaction: 600, Session: 3600, Grant: 3600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
    features: { backchannelLogout: { enabled: true }, ...features },
    fetch: (url, options) => fetch(url, options),
    clientBasedCORS: () => false,
  });
  provider.on('server_error', (_, error) => process.stderr.write(`${error.stack}\n`));
  return provider.callback();
};

const lines = createInterface({ input: process.stdin });
let setup;
lines.on('line', (line) => {
  const command = JSON.parse(line);
  if (!setup) {
    setup = { features: {}, ...command, keys: [makeKey()] };
    server.listen(0, '127.0.0.1', () => {
      setup.issuer = `http://127.0.0.1:${server.address().port}`;
      handler = provide(setup.issuer, setup);
      say({ issuer: setup.issuer });
    });
    return;
  }
  if (command.rotate) {
    setup.keys = [makeKey()];
    handler = provide(setup.issuer, setup);
    say({ rotated: true });
  } else if (command.asked) {
    say({ asked: asked[command.asked] ?? 0 });
  } else if (command.accounts) {
    Object.assign(setup.accounts, command.accounts);
    say({ accounts: true });
  }
});
lines.on('close', () => process.exit(0));
