// An FRL1 device. One JSON line on stdout for each event; SIGINT or SIGTERM says GOODBYE, SIGUSR2 makes it come back by RESUME.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KeyPair, random } from './frl1/crypto.mjs';
import { Device } from './frl1/device.mjs';
import { connect } from './frl1/handshake-client.mjs';
import { hostPort, passwordFrom, programOptions } from './frl1/program.mjs';

const text = { type: 'string' };
const options = programOptions(
  { expose: text, state: text, 'interval-wish': text, iterations: text, 'allow-low-ports': { type: 'boolean' } },
  ['server', 'trust', 'password-file', 'expose'],
);
const say = (event) => process.stdout.write(`${JSON.stringify(event, (_, v) => (typeof v === 'bigint' ? Number(v) : v))}\n`);
const service = hostPort(options.expose);

/** The identity and the salt, kept between runs when there is a folder for them. */
function state() {
  const file = options.state && join(options.state, 'device.json');
  if (file && existsSync(file)) {
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    return { identity: new KeyPair('prime256v1', Buffer.from(kept.identity, 'hex')), salt: Buffer.from(kept.salt, 'hex') };
  }
  const made = { identity: new KeyPair(), salt: random(16) };
  if (file) {
    mkdirSync(options.state, { recursive: true, mode: 0o700 });
    writeFileSync(file, JSON.stringify({ identity: made.identity.scalar.toString('hex'), salt: made.salt.toString('hex') }), { mode: 0o600 });
  }
  return made;
}

async function serve(stream, requestId) {
  stream.on('error', () => {});
  let socket;
  try { socket = await connect(service); } catch (error) {
    say({ event: 'service-failed', requestId, why: error.message });
    stream.destroy();
    return;
  }
  socket.on('error', () => stream.destroy());
  stream.on('close', () => { if (stream.errored) socket.destroy(); });
  stream.pipe(socket);
  socket.pipe(stream);
}

const device = await Device.create({
  host: options.host, port: options.port, trust: options.trust, suites: options.suites, password: passwordFrom(options['password-file']), ...state(),
  intervalWish: Math.round(Number(options['interval-wish'] ?? 0) / 100), iterations: Number(options.iterations ?? 600_000),
  lowPorts: options['allow-low-ports'] ?? false, onStream: serve,
});
device.on('event', say);
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => { await device.stop(); process.exit(0); });
}
process.on('SIGUSR2', () => device.comeBack());
await device.run();
