// What a stranger tries with RESUME at a server, from a device's own socket: silence each time, and the device's session lives on.
// Each case is followed by a heartbeat, whose ACK has to be the very next datagram. One JSON line a case; exit code 0 when all held.
import { parseArgs } from 'node:util';
import { Trust } from '../frl1/certificate.mjs';
import { random } from '../frl1/crypto.mjs';
import { hostPort } from '../frl1/program.mjs';
import { RawDevice } from './raw-device.mjs';

const text = { type: 'string' };
const { values } = parseArgs({ options: { server: text, trust: text, suites: text } });
const server = { ...hostPort(values.server), trust: Trust.parse(values.trust), suites: values.suites.split(',').map(Number) };
const say = (event, more = {}) => process.stdout.write(`${JSON.stringify({ event, ...more })}\n`);
const flip = (bytes, at) => { const wrong = Buffer.from(bytes); wrong[at] ^= 1; return wrong; };

const device = await RawDevice.register(server);
const other = await RawDevice.register(server);
for (const each of [device, other]) await each.settle();

const good = () => device.resume().datagram;
const longer = (n) => Buffer.concat([good(), Buffer.alloc(n)]);
const cases = {
  'wrong tag': () => flip(good(), 255),
  'wrong key': () => device.resume({ auth: random(32) }).datagram,
  'another nonce': () => flip(good(), 16),
  'flags changed': () => flip(good(), 1),
  'a reserved byte changed': () => flip(good(), 8),
  'padding changed': () => flip(good(), 200),
  'one byte short': () => good().subarray(0, 255),
  'cut after the ticket': () => good().subarray(0, 176),
  'cut to a heartbeat\'s length': () => good().subarray(0, 40),
  'one byte long': () => longer(1),
  'a length of ticket of 0': () => good().fill(0, 2, 4),
  'a length of ticket of 145': () => good().fill(145, 3, 4),
  'a ticket cut': () => device.resume({ ticket: device.ticket.subarray(0, device.ticket.length - 1) }).datagram,
  'a ticket whose key nobody has': () => device.resume({ ticket: flip(device.ticket, 0) }).datagram,
  'a ticket with another nonce': () => device.resume({ ticket: flip(device.ticket, 4) }).datagram,
  'a ticket with a damaged body': () => device.resume({ ticket: flip(device.ticket, 40) }).datagram,
  'a ticket with a damaged tag': () => device.resume({ ticket: flip(device.ticket, device.ticket.length - 1) }).datagram,
  'a ticket of noise': () => device.resume({ ticket: random(144) }).datagram,
  'the ticket of another device': () => device.resume({ ticket: other.ticket }).datagram,
  'one\'s own ticket under the key of another device': () => device.resume({ auth: other.keys.auth }).datagram,
};

async function lives(line, session) {
  const { challenge } = await device.beat(line, session);
  if (challenge) throw new Error('the session was challenged: it has lost its binding');
}

for (const [name, make] of Object.entries(cases)) {
  device.line.send(make());
  try { await lives(device.line, device.session); } catch (error) { throw new Error(`${name}: ${error.message}`); }
  say('silent', { case: name });
}

// Many ahead of one that is genuine: only that one is answered, and it still serves.
for (const make of Object.values(cases)) device.line.send(make());
const asked = device.resume();
device.line.send(asked.datagram);
const session = await device.resumed(asked);
await lives(device.line, device.session);
await lives(device.line, session);
say('resumed');

// Replayed after activation, from elsewhere: the answer is for a pending session that only K_root opens; the active one lives on.
const attacker = await device.open();
for (let i = 0; i < 3; i++) {
  attacker.send(asked.datagram);
  const replayed = await device.resumed(asked, attacker);
  if (replayed.cid.equals(session.cid)) throw new Error('a replay was answered for the active session');
  await lives(device.line, session);
}
await other.beat();
say('replayed');
for (const line of [attacker, device, other]) line.close();
