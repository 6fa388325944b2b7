// The self-tests' small server as a program, for equipment that isn't this peer's. One JSON line for each event, "listening" first.
import { parseArgs } from 'node:util';
import { credential } from './certificates.mjs';
import { MiniServer } from './mini-server.mjs';

const text = { type: 'string' };
const { values } = parseArgs({ options: { suites: text, route: text, curve: text, cookies: { type: 'boolean' } } });
const say = (event) => process.stdout.write(`${JSON.stringify(event, (_, v) => (typeof v === 'bigint' ? Number(v) : v))}\n`);

const server = new MiniServer({
  credential: credential({ curve: values.curve ?? 'prime256v1' }), suites: (values.suites ?? '1,2').split(',').map(Number),
  cookies: values.cookies ?? false, route: values.route ?? 'wake',
});
server.on('event', say);
await server.start();
say({ event: 'listening', port: server.port, trust: server.credential.fingerprint });
process.once('SIGTERM', async () => { await server.stop(); process.exit(0); });
