// The return by ticket (SPEC 7.9), this peer's device and a device in the test's hands at this peer's small server.
import assert from 'node:assert/strict';
import test from 'node:test';
import * as frl1 from './frl1.mjs';
import { RawDevice } from './support/raw-device.mjs';
import { PASSWORD, system, waitFor } from './support/system.mjs';

const { random, resume } = frl1;
const flip = (bytes, bit) => { const wrong = Buffer.from(bytes); wrong[bit >> 3] ^= 1 << (bit & 7); return wrong; };
const count = (emitter, name) => { const seen = { count: 0 }; emitter.on('event', (e) => { if (e.event === name) seen.count++; }); return seen; };
const SHORT = { timeout: 60_000 };

test('a ticket, a RESUME and a RESUME_ACK with any bit flipped are nothing', () => {
  const ticketKey = { keyId: 5, key: random(32) };
  const contents = { id: random(16), auth: random(32), root: random(32), address: '192.0.2.1', record: 7, issued: 1, expires: 2, epoch: 3 };
  const ticket = resume.sealTicket(ticketKey, random(12), contents);
  assert.equal(ticket.length, 144);
  assert.deepEqual(resume.openTicket(ticketKey, ticket), contents);
  for (let bit = 0; bit < ticket.length * 8; bit += 5) assert.equal(resume.openTicket(ticketKey, flip(ticket, bit)), null);

  const clientNonce = random(16);
  const asked = resume.resume(contents.auth, { ticket, clientNonce, steer: 9 });
  assert.equal(asked.length, 256);
  for (let bit = 0; bit < 2048; bit += 5) assert.ok(!resume.resumeVerifies(flip(asked, bit), contents.auth));
  for (const wrong of [asked.subarray(1), frl1.cat(asked, Buffer.alloc(1)), flip(asked, 0), resume.resume(contents.auth, { ticket: ticket.subarray(0, 1), clientNonce, steer: 9 }).fill(0, 2, 4)]) {
    assert.equal(resume.parseResume(wrong), null);
  }

  const at = { clientNonce, serverNonce: random(16), cid: random(8), id: contents.id };
  const values = {
    status: 0, cid: at.cid, serverNonce: at.serverNonce, sealNonce: random(8), missed: 3, interval: 250, ackEvery: 1, lifetime: 1, resetToken: random(16), ticket,
    observed: { address: '::1', port: 9 }, nodeId: 1, unixMs: 5n,
  };
  const opened = (datagram) => resume.openResumeAck(datagram, { root: contents.root, clientNonce, id: contents.id });
  const key = resume.resumedKey(contents.root, at);
  const answer = resume.resumeAck(key, values);
  assert.equal(answer.length, 256);
  assert.deepEqual(opened(answer).keys, resume.nextKeys(contents.root, at));
  for (let bit = 0; bit < 2048; bit += 5) assert.equal(opened(flip(answer, bit)), null);
  for (const wrong of [{ interval: 0 }, { interval: 4096 }, { ackEvery: 0 }, { ackEvery: 16 }, { lifetime: 0 }]) assert.equal(opened(resume.resumeAck(key, { ...values, ...wrong })), null);
});

test('after RESET the device is back by RESUME, without a handshake, and can be reached', SHORT, async (t) => {
  const { server, device, open } = await system(t, { server: { interval: 2 } });
  await waitFor(server, 'heartbeat', (e) => e.validated);
  const handshakes = count(server, 'handshake');
  const reset = waitFor(device, 'reset');
  const resumed = waitFor(server, 'resumed');
  const first = waitFor(server, 'heartbeat', (e) => e.ctr === 1n);
  server.forget();
  await reset;
  assert.equal((await resumed).replaced, false);
  assert.ok((await first).validated, 'who got the RESUME_ACK at the registered address has shown its path');
  assert.equal(handshakes.count, 0);
  assert.ok((await (await open()).request(device.id, PASSWORD, { ping: true })).ms > 0);
});

test('after the restart of its server the device is back by RESUME, and can be reached', SHORT, async (t) => {
  const { server, device, open, restart } = await system(t, { server: { interval: 2 } });
  await waitFor(server, 'heartbeat', (e) => e.validated);
  const next = await restart();
  const handshakes = count(next, 'handshake');
  const resumed = waitFor(next, 'resumed');
  await next.start();
  await resumed;
  await waitFor(device, 'ack');
  assert.equal(handshakes.count, 0);
  assert.ok((await (await open()).request(device.id, PASSWORD, { ping: true })).ms > 0);
});

test('a server that has lost its ticket keys, or made them worthless, is silent, and 4 s after the last RESUME the device registers', SHORT, async (t) => {
  const { device, restart } = await system(t, { server: { interval: 2 }, device: { patience: 0.1 } });
  await waitFor(device, 'ack');
  const next = await restart({ interval: 2 });
  next.epoch++;
  const dropped = count(next, 'bad-resume');
  const handshake = waitFor(next, 'handshake');
  const failed = waitFor(device, 'resume-failed');
  await next.start();
  await failed;
  assert.equal((await handshake).ticket, 'good');
  assert.equal(dropped.count, 3);
});

test('RESUME goes out at 0, 1 and 3 s, the very same bytes, and TCP follows 4 s after the last', SHORT, async (t) => {
  const { server, device } = await system(t, { server: { interval: 2 }, device: { patience: 0.2 } });
  await waitFor(device, 'ack');
  const seen = [];
  let failedAt;
  server.on('event', (e) => { if (e.event === 'resume-ignored') seen.push({ at: performance.now(), bytes: e.bytes }); });
  device.on('event', (e) => { if (e.event === 'resume-failed') failedAt = performance.now(); });
  const registered = waitFor(server, 'registered');
  server.deaf = 3;
  server.forget();
  await registered;
  assert.equal(seen.length, 3);
  assert.equal(new Set(seen.map((s) => s.bytes)).size, 1);
  const after = [...seen.map((s) => s.at), failedAt].map((ms) => (ms - seen[0].at) / 200);
  for (const [i, due] of [0, 1, 3, 7].entries()) assert.ok(after[i] > due - 0.2 && after[i] < due + 2, `${after}`);
});

test('the last RESUME of three is enough', SHORT, async (t) => {
  const { server, device } = await system(t, { server: { interval: 2 }, device: { patience: 0.1 } });
  await waitFor(device, 'ack');
  const handshakes = count(server, 'handshake');
  const resumed = waitFor(server, 'resumed');
  server.deaf = 2;
  server.forget();
  await resumed;
  assert.equal(handshakes.count, 0);
});

test('when its heartbeats stay unanswered the device comes back, and registers when the new session is silent too', SHORT, async (t) => {
  const { server, device } = await system(t, { server: { interval: 2 }, device: { patience: 0.1 } });
  await waitFor(device, 'ack');
  const handshakes = count(server, 'handshake');
  const silence = waitFor(device, 'session-ended', (e) => e.why === 'silence');
  const resumed = waitFor(server, 'resumed', (e) => e.replaced);
  const registered = waitFor(server, 'registered');
  server.mute = true;
  await silence;
  await resumed;
  assert.equal(handshakes.count, 0);
  await registered;
  server.mute = false;
  await waitFor(device, 'ack');
});

test('on demand the device comes back from another port with a new ticket, the old session living on until then', SHORT, async (t) => {
  const { server, device, open } = await system(t, { server: { interval: 2 } });
  const before = await waitFor(server, 'heartbeat', (e) => e.validated);
  const handshakes = count(server, 'handshake');
  const shown = [];
  server.on('event', (e) => { if (e.event === 'resume') shown.push(e.shown); });
  const comeBack = async () => {
    const [resumed, over] = [waitFor(device, 'resumed'), waitFor(device, 'session-ended')];
    device.comeBack();
    await over;
    return resumed;
  };

  server.mute = true;
  assert.ok((await comeBack()).newTicket);
  await comeBack();
  assert.equal(shown[0], shown[1], 'no heartbeat of the new session was acknowledged: the old ticket again');
  server.mute = false;
  await waitFor(device, 'ack');
  const moved = waitFor(server, 'heartbeat', (e) => e.bound !== before.bound && e.validated);
  await comeBack();
  assert.notEqual(shown[2], shown[1], 'the new ticket');
  await moved;
  assert.equal(handshakes.count, 0);
  assert.ok((await (await open()).request(device.id, PASSWORD, { ping: true })).ms > 0);
});

test('a full server tells when to come back', SHORT, async (t) => {
  const { server, device } = await system(t, { server: { interval: 2 } });
  await waitFor(device, 'ack');
  const handshakes = count(server, 'handshake');
  const told = waitFor(device, 'resume-full');
  const resumed = waitFor(server, 'resumed');
  server.full = 1;
  server.forget();
  assert.equal((await told).retryAfter, 1);
  server.full = null;
  await resumed;
  assert.equal(handshakes.count, 0);
});

/** A device in the test's hands, its address validated. */
async function raw(t, { server: options } = {}) {
  const { server, trust } = await system(t, { server: options });
  const device = await RawDevice.register({ host: '127.0.0.1', port: server.port, trust });
  t.after(() => device.close());
  await device.settle();
  const line = async (from) => { const made = await device.open(from); t.after(() => made.close()); return made; };
  return { server, device, line };
}

test('a device has one pending session, the same for the same nonce, and its heartbeat alone makes it the session', SHORT, async (t) => {
  const { device } = await raw(t);
  const asked = device.resume();
  device.line.send(asked.datagram);
  const once = await device.resumed(asked);
  device.line.send(asked.datagram);
  const twice = await device.resumed(asked);
  assert.deepEqual([twice.cid, twice.answer.serverNonce], [once.cid, once.answer.serverNonce]);
  assert.notDeepEqual(twice.answer.sealNonce, once.answer.sealNonce);
  assert.equal((await device.beat()).challenge, null, 'the present session lives on');

  const other = await device.comeBack();
  assert.notDeepEqual(other.cid, once.cid);
  device.line.send(device.heartbeat(once));
  assert.equal((await device.line.next())[0], frl1.udp.DATAGRAM.RESET, 'its place was taken');
  assert.equal((await device.beat(device.line, other)).challenge, null, 'binding and validation have gone over');
  device.line.send(device.heartbeat());
  assert.equal((await device.line.next())[0], frl1.udp.DATAGRAM.RESET, 'the earlier session has ended');

  // Replayed after activation it makes a pending session again, which moves nothing.
  device.line.send(asked.datagram);
  await device.resumed(asked);
  assert.equal((await device.beat(device.line, other)).challenge, null);
});

test('copies raced from two sources, or a return from another IP address, prove no path', SHORT, async (t) => {
  const { server, device, line } = await raw(t);
  server.forget();
  const asked = device.resume();
  const attacker = await line();
  attacker.send(asked.datagram);
  await device.resumed(asked, attacker);
  device.line.send(asked.datagram);
  assert.ok((await device.beat(device.line, await device.resumed(asked))).challenge, 'bound, but not validated');

  server.forget();
  const elsewhere = await line('127.0.0.2');
  const session = await device.comeBack(elsewhere);
  const unbound = waitFor(server, 'heartbeat', (e) => e.bound === null);
  const { challenge } = await device.beat(elsewhere, session);
  await unbound;
  assert.ok(challenge);
  const bound = waitFor(server, 'heartbeat', (e) => e.bound === `127.0.0.2:${elsewhere.socket.address().port}` && e.validated);
  await device.beat(elsewhere, session, { echo: challenge });
  await new Promise((later) => setTimeout(later, 1600));
  await device.beat(elsewhere, session);
  await bound;
});
