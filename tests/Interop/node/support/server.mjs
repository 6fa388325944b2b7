// The self-tests' small server as a program, for equipment that isn't this peer's. One JSON line for each event, "listening" first.
import { createPrivateKey } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { credential } from './certificates.mjs';
import { MiniServer } from './mini-server.mjs';

const text = { type: 'string' };
const { values } = parseArgs({ options: { suites: text, route: text, curve: text, interval: text, state: text, cookies: { type: 'boolean' } } });
const say = (event) => process.stdout.write(`${JSON.stringify(event, (_, v) => (typeof v === 'bigint' ? Number(v) : v))}\n`);
const hex = (b) => b.toString('hex');
const unhex = (t) => Buffer.from(t, 'hex');

/** What an earlier run of the same --state left: its credential, its port, its secrets and its descriptors. */
function earlier() {
  if (!values.state || !existsSync(values.state)) return { credential: credential({ curve: values.curve ?? 'prime256v1' }) };
  const { key, chain, fingerprint, port, secret, ticketKey, epoch, descriptors } = JSON.parse(readFileSync(values.state, 'utf8'));
  return {
    port, credential: { chain: chain.map(unhex), key: createPrivateKey(key), fingerprint },
    kept: { secret: unhex(secret), ticketKey: { keyId: ticketKey.keyId, key: unhex(ticketKey.key) }, epoch, descriptors: descriptors.map(unhex) },
  };
}

function keep() {
  if (!values.state) return;
  const { credential: { key, chain, fingerprint }, port, keeps: { secret, ticketKey, epoch, descriptors } } = server;
  writeFileSync(values.state, JSON.stringify({
    key: key.export({ format: 'pem', type: 'pkcs8' }), chain: chain.map(hex), fingerprint, port,
    secret: hex(secret), ticketKey: { keyId: ticketKey.keyId, key: hex(ticketKey.key) }, epoch, descriptors: descriptors.map(hex),
  }), { mode: 0o600 });
}

const server = new MiniServer({
  ...earlier(), suites: (values.suites ?? '1,2').split(',').map(Number), cookies: values.cookies ?? false, route: values.route ?? 'wake', interval: Number(values.interval ?? 1000) / 100,
});
server.on('event', (event) => {
  if (event.event === 'registered') keep();
  say(event);
});
await server.start();
keep();
say({ event: 'listening', port: server.port, trust: server.credential.fingerprint });
process.once('SIGTERM', async () => { await server.stop(); process.exit(0); });
