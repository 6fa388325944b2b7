// Unit tests of every piece, and this peer's client against its own small server over loopback sockets.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import test from 'node:test';
import * as frl1 from './frl1.mjs';
import { certificate, credential, unknownCriticalExtension } from './support/certificates.mjs';
import { MiniServer } from './support/mini-server.mjs';
import { ITERATIONS, PASSWORD, system, waitFor } from './support/system.mjs';

const { cat, KeyPair, Malformed, messages, random, SUITES, Trust, TrustRefused, udp, u8, xl } = frl1;
const hex = (text) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const same = (actual, expected) => assert.equal(actual.toString('hex'), expected.replace(/\s/g, ''));
const malformed = (act) => assert.throws(act, Malformed);

// RFC 5903 8.1 and 8.2.
const P256 = {
  i: hex('C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433'),
  r: hex('C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53'),
  gi: '04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c37725811805271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3',
  x: 'd6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de',
};
const P384 = {
  i: hex('099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655E35B538041E649EE3FAEF896783AB194'),
  r: hex('41CB0779B4BDB85D47846725FBEC3C9430FAB46CC8DC5060855CC9BDA0AA2942E0308312916B8ED2960E4BD55A7448FC'),
  x: '11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4d603135569b9e9d09cf5d4a270f59746',
};

test('HKDF gives the answers of RFC 5869 A.1', () => {
  const prk = frl1.extract('sha256', hex('000102030405060708090a0b0c'), Buffer.alloc(22, 0x0b));
  same(prk, '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5');
  same(frl1.expand('sha256', prk, hex('f0f1f2f3f4f5f6f7f8f9'), 42), '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865');
});

test('key agreement gives the answers of RFC 5903 on both curves', () => {
  const i = new KeyPair('prime256v1', P256.i);
  same(i.point, P256.gi);
  same(i.agree(new KeyPair('prime256v1', P256.r).point), P256.x);
  same(new KeyPair('secp384r1', P384.i).agree(new KeyPair('secp384r1', P384.r).point), P384.x);
});

test('points in any other form are malformed', () => {
  const { point } = new KeyPair();
  const off = Buffer.from(point);
  off[64] ^= 1;
  const compressed = cat(u8(2 + (point[64] & 1)), point.subarray(1, 33));
  for (const bad of [off, compressed, u8(0), cat(u8(6 + (point[64] & 1)), point.subarray(1)), cat(point, u8(0)), cat(u8(4), Buffer.alloc(64))]) malformed(() => frl1.checkPoint(bad));
});

test('signatures are r ‖ s of fixed size and bind every byte', () => {
  for (const curve of ['prime256v1', 'secp384r1']) {
    const pair = new KeyPair(curve);
    const signature = pair.sign(Buffer.from('text'));
    const key = frl1.publicKey(pair.point, curve);
    assert.equal(signature.length, curve === 'prime256v1' ? 64 : 96);
    assert.ok(frl1.verifyWith(key, signature, Buffer.from('text')));
    assert.ok(!frl1.verifyWith(key, signature, Buffer.from('texu')));
    assert.ok(!frl1.verifyWith(key, cat(signature, u8(0)), Buffer.from('text')));
  }
});

test('the key schedule gives the known answers of the design', () => {
  const keys = new frl1.KeySchedule(SUITES[1], hex(P256.x), hex('a85f37a327ae1fa43607adc0105f2c04b029deb6e6268e2bec1d0df6c8b8b2d4'));
  same(keys.es, '33ad0a1c607ec03b09e6cd9893680ce210adf300aa1f2660e1b22e10f170f92a');
  same(keys.hs, 'a82ef03a396fcf2ef3224c405660fd8d23f325b56116de2d0aa7e4a9aa74a3ae');
  same(keys.cHs, '7f2222f745fa2b32f9be93284e7641f6f2668218248220c72fa8ac03bba9576d');
  same(keys.sHs, 'a319f7f992389e1e71d151e30802f9e3f3e956051beeef22d43eae793c59b53e');
  same(keys.ms, '788992af943747937ee1de13eb21dd324d49e872afe8a7986afd5ea0935464b2');
  const app = keys.application(hex('44176bbc6ba05cde1e3e3543b2892214077a468abea5e392894733d12c96e2a3'));
  same(app.cAp, '1c129b0a8f366d73431197a5d614243aa29c97c1be4bb0ffa30eada49dfcace4');
  same(app.sAp, 'd0abb378ff04460edfee2afafdf025a23858c67a6abb82267328b1c03e963357');
  same(app.exp, 'e8a3ffd4fe66200926bbea5e5f70540bc9f7adf229f9794fb463dfef456a6640');
  const record = new frl1.RecordProtection(app.cAp);
  same(record.key, '97df5d7cd2f7299eca86a5ec4ac572f11054be0fdc618131f0880bbdac2ea00f');
  same(record.iv, '51ee2446fd4801d3d6dee3ca');
  same(record.next, '72a166f75fd0a67c492020b425a11264b6771945ccaa1a9e8ac7f808fd45a624');
});

test('password and stored key give the known answers of the design', async () => {
  const key = await frl1.clientKey('correct horse', hex('4f4e08a772c02a84c7cf9d308604959e'), hex('000102030405060708090a0b0c0d0e0f'), 600_000);
  same(key, 'c450d37a69b0a4b8d505bb79df5147cc247618c1027fbb62a80420e40a9f806c');
  same(frl1.storedKey(key), '0723b261e672f2a096adbbd1ad0e23b6ec0719786495962f9fbc7d3632db3662');
});

test('a password counts in its composed form, and an empty one is refused', async () => {
  const salt = Buffer.alloc(16);
  const id = Buffer.alloc(16);
  assert.deepEqual(await frl1.clientKey('e\u0301', id, salt, ITERATIONS), await frl1.clientKey('\u00e9', id, salt, ITERATIONS));
  await assert.rejects(frl1.clientKey('', id, salt, ITERATIONS));
});

test('an ID survives its text form, however it is typed', () => {
  for (let i = 0; i < 50; i++) {
    const id = random(16);
    const text = frl1.formatId(id);
    assert.match(text, /^([0-9A-HJKMNP-TV-Z]{7}-){3}[0-9A-HJKMNP-TV-Z]{7}$/);
    assert.deepEqual(frl1.parseId(text), id);
    assert.deepEqual(frl1.parseId(text.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', i % 2 ? 'l' : 'i')), id);
  }
});

test('any two wrong symbols of an ID are detected', () => {
  const clean = frl1.formatId(hex('4f4e08a772c02a84c7cf9d308604959e')).replaceAll('-', '');
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  for (let a = 0; a < 28; a++) {
    for (let b = a; b < 28; b++) {
      const typed = [...clean];
      typed[a] = alphabet[(alphabet.indexOf(typed[a]) + 7) % 32];
      if (b !== a) typed[b] = alphabet[(alphabet.indexOf(typed[b]) + 13) % 32];
      assert.throws(() => frl1.parseId(typed.join('')), frl1.IdentifierError);
      const swapped = [...clean];
      [swapped[a], swapped[b]] = [swapped[b], swapped[a]];
      if (swapped[a] !== swapped[b]) assert.throws(() => frl1.parseId(swapped.join('')), frl1.IdentifierError);
    }
  }
  for (const bad of [clean.slice(1), `${clean}0`, clean.replace(/./, 'U'), '']) assert.throws(() => frl1.parseId(bad), frl1.IdentifierError);
});

test('addresses are written as ip16 and read back', () => {
  same(frl1.ip16('192.0.2.1'), '00000000000000000000ffffc0000201');
  same(frl1.ip16('::ffff:192.0.2.1'), '00000000000000000000ffffc0000201');
  same(frl1.ip16('2001:db8::1%eth0'), '20010db8000000000000000000000001');
  for (const text of ['10.1.2.3', '::1', '2001:db8::1', 'fe80::1:0:2']) assert.equal(frl1.ipText(frl1.ip16(text)), text);
});

test('records open in order, padded or not, and over a key update', () => {
  const secret = random(32);
  const out = new frl1.RecordProtection(secret);
  const back = new frl1.RecordProtection(secret);
  const framed = (bytes) => ({ type: bytes[0], header: bytes.subarray(0, 4), payload: bytes.subarray(4) });
  for (const [content, padding] of [[Buffer.alloc(0), 0], [Buffer.from('a'), 0], [Buffer.alloc(5), 9], [Buffer.alloc(16384), 0]]) {
    const { type, content: opened } = back.open(framed(out.seal(frl1.INNER.DATA, content, padding)));
    assert.equal(type, frl1.INNER.DATA);
    assert.deepEqual(opened, content);
  }
  out.update();
  const bytes = out.seal(frl1.INNER.DATA, Buffer.from('new'));
  malformed(() => new frl1.RecordProtection(secret).open(framed(bytes)));
  back.update();
  assert.equal(back.open(framed(bytes)).content.toString(), 'new');
  malformed(() => back.open(framed(bytes)));
  assert.throws(() => out.seal(frl1.INNER.DATA, Buffer.alloc(16384), 1));
});

test('a record with any bit flipped is malformed', () => {
  const secret = random(32);
  const bytes = new frl1.RecordProtection(secret).seal(frl1.INNER.DATA, Buffer.from('hi'));
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const wrong = Buffer.from(bytes);
    wrong[bit >> 3] ^= 1 << (bit & 7);
    malformed(() => new frl1.RecordProtection(secret).open({ type: wrong[0], header: wrong.subarray(0, 4), payload: wrong.subarray(4) }));
  }
});

test('HELLO has at least 252 bytes, and only zeros behind its fields', () => {
  const prefix = messages.helloPrefix({ role: 3, suites: 3, clientRandom: random(32), serverName: 'relay.example', wakeId: random(8) });
  const plain = messages.hello(prefix);
  assert.equal(plain.length, 252);
  const parsed = messages.parseHello(messages.hello(prefix, random(20)));
  assert.deepEqual(parsed.prefix, prefix);
  assert.equal(parsed.serverName, 'relay.example');
  const trailing = Buffer.from(plain);
  trailing[251] = 1;
  for (const bad of [trailing, plain.subarray(0, 251), cat(Buffer.from('FRL2'), plain.subarray(4))]) malformed(() => messages.parseHello(bad));
});

test('a client refuses a choice that it did not offer, and a downgrade', () => {
  const cert = (more) => ({ version: 1, versionMax: 1, suite: 1, suites: 1, ...more });
  assert.equal(frl1.choice(cert(), [1, 2]).number, 1);
  assert.equal(frl1.choice(cert({ suites: 3, versionMax: 2 }), [1]).number, 1);
  for (const bad of [{ suites: 3 }, { suite: 2 }, { suite: 3, suites: 7 }, { version: 2, versionMax: 2 }, { versionMax: 0 }]) malformed(() => frl1.choice(cert(bad), [1, 2]));
  malformed(() => frl1.choice(cert({ suite: 2, suites: 3 }), [1]));
});

test('every message of section 6 comes back as it went, and trailing bytes are malformed', () => {
  const e2e1 = random(208);
  const at = frl1.endpoint('192.0.2.7', 4711);
  const cases = [
    [messages.register(250, random(226)), messages.parseRegister],
    [messages.registered({ status: 0, cid: random(8), resetToken: random(16), interval: 250, ackEvery: 4, missed: 3, udpPort: 0, nodeId: 1, lifetime: 60, unixMs: 5 }), messages.parseRegistered],
    [messages.registered({ status: 1, retryAfter: 9, unixMs: 5 }), messages.parseRegistered],
    [messages.descriptorGet(random(16)), messages.parseDescriptorGet],
    [messages.descriptorReply(random(16), random(226)), messages.parseDescriptorReply],
    [messages.connect1({ ref: 1, id: random(16), at, e2e1 }), messages.parseConnect1],
    [messages.connect2({ requestId: random(8), at, sessBind: random(32), e2e1 }), messages.parseConnect2],
    [messages.result({ ref: 1, status: 3, verdict: random(98) }), messages.parseResult],
    [messages.answer({ requestId: random(8), accepted: true }), messages.parseAnswer],
  ];
  for (const [bytes, parse] of cases) {
    assert.ok(parse(bytes));
    malformed(() => parse(cat(bytes, u8(0))));
    malformed(() => parse(bytes.subarray(0, bytes.length - 1)));
  }
  assert.equal(cases[1][0].length, 52);
  assert.equal(cases[2][0].length, 52);
});

test('datagrams have their lengths, open once, and not with any bit flipped', () => {
  const key = random(32);
  const cid = random(8);
  const head = { cid, ctr: 7n };
  const content = random(300);
  const cases = [
    [udp.heartbeat(key, { ...head, rttMs: 37, ackWanted: true, lastAck: 6 }), 0, 40],
    [udp.heartbeat(key, { ...head, local: { address: '10.0.0.1', port: 9 } }), 0, 64],
    [udp.ack(key, { ...head, interval: 250, hbCtr: 7n, tag: 5 }), 1, 40],
    [udp.ack(key, { ...head, interval: 250, hbCtr: 7n, observed: { address: '::1', port: 99, unixMs: 1 } }), 1, 64],
    [udp.wake(key, { ...head, wakeId: random(8), ttl: 10 }), 1, 64],
    [udp.wakeAck(key, { ...head, wakeId: random(8) }), 0, 40],
    [udp.fast(key, udp.DATAGRAM.CONNECT2_FAST, { ...head, content }), 1, 340],
    [udp.fast(key, udp.DATAGRAM.ANSWER_FAST, { ...head, content: random(109) }), 0, 149],
  ];
  for (const [bytes, direction, length] of cases) {
    assert.equal(bytes.length, length);
    const window = new udp.ReplayWindow();
    assert.ok(udp.openDatagram(bytes, key, direction, window));
    assert.equal(udp.openDatagram(bytes, key, direction, window), null);
    assert.equal(udp.openDatagram(bytes, key, 1 - direction), null);
    for (let bit = 0; bit < length * 8; bit += 3) {
      const wrong = Buffer.from(bytes);
      wrong[bit >> 3] ^= 1 << (bit & 7);
      assert.equal(udp.openDatagram(wrong, key, direction), null);
    }
  }
  const long = udp.ackFields(udp.openDatagram(cases[3][0], key, 1));
  assert.deepEqual(long.observed, { address: '::1', port: 99, unixMs: 1n });
});

test('a RESET counts only with our cid and our token', () => {
  const k = frl1.nodeKey(random(32), 'node reset', 7);
  const cid = random(8);
  const token = udp.resetToken(k, 7, cid);
  const bytes = udp.reset(token, cid, 20, random(4));
  assert.equal(bytes.length, 32);
  assert.equal(udp.openReset(bytes, cid, token), 20);
  assert.equal(udp.openReset(bytes, random(8), token), null);
  assert.equal(udp.openReset(bytes, cid, random(16)), null);
});

test('the replay window holds the 64 newest counters', () => {
  const window = new udp.ReplayWindow();
  assert.ok(!window.fresh(0n));
  window.mark(100n);
  assert.ok(!window.fresh(100n));
  assert.ok(window.fresh(37n));
  assert.ok(!window.fresh(36n));
  window.mark(37n);
  assert.ok(!window.fresh(37n));
  window.mark(300n);
  assert.ok(window.fresh(299n));
  assert.ok(!window.fresh(100n));
});

function endToEnd() {
  const identity = new KeyPair();
  const kem = new KeyPair();
  const id = frl1.deviceId(identity.point);
  const descriptor = frl1.makeDescriptor(identity, { iterations: ITERATIONS, salt: random(16), kemPub: kem.point, notAfter: Math.floor(Date.now() / 1000) + 60 });
  const key = random(32);
  const device = { id, kem, storedKey: frl1.storedKey(key), descHashes: [frl1.descHash(descriptor)], serverIp: frl1.ip16('127.0.0.1'), lowPorts: false };
  const at = frl1.endpoint('127.0.0.1', 4711);
  const request = (more = {}) => {
    const { clientKey = key, unixMs = Date.now(), bind = Buffer.alloc(32, 1), caps = 0, candidates = [at], desc = descriptor } = more;
    const nonce = random(16);
    const payload = frl1.requestPayload({ nonce, unixMs, clientKey, sessBind: bind, caps, candidates });
    return new frl1.IssuerRequest({ id, descriptor: desc, kemPub: kem.point, payload, nonce });
  };
  const connect2 = (r, more = {}) => messages.parseConnect2(messages.connect2({ requestId: random(8), at, sessBind: Buffer.alloc(32, 1), e2e1: r.e2e1, ...more }));
  return { id, kem, descriptor, device, at, request, connect2, identity };
}

test('a descriptor is good only whole, unexpired and for its own device', () => {
  const { id, descriptor, identity, kem } = endToEnd();
  assert.equal(descriptor.length, 226);
  assert.equal(frl1.openDescriptor(descriptor, id).iterations, ITERATIONS);
  malformed(() => frl1.openDescriptor(descriptor, random(16)));
  malformed(() => frl1.openDescriptor(descriptor, id, Date.now() + 120_000));
  for (const at of [0, 3, 15, 20, 100, 170, 225]) {
    const wrong = Buffer.from(descriptor);
    wrong[at] ^= 1;
    malformed(() => frl1.openDescriptor(wrong, id));
  }
  for (const iterations of [99_999, 2_000_001]) {
    malformed(() => frl1.openDescriptor(frl1.makeDescriptor(identity, { iterations, salt: random(16), kemPub: kem.point, notAfter: 2 ** 40 }), id));
  }
});

test('issuer and device agree end to end, and the lengths are those of the SPEC', () => {
  const { id, kem, request, at } = endToEnd();
  for (const n of [1, 8]) {
    const issuer = request({ candidates: new Array(n).fill(at) });
    assert.equal(issuer.e2e1.length, 190 + 18 * n);
    const device = new frl1.DeviceRequest({ id, kem, e2e1: issuer.e2e1 });
    assert.equal(device.candidates.length, n);
    const commReq = device.commReq();
    assert.equal(commReq.bytes.length, 108);
    const keys = issuer.accept(commReq.bytes);
    assert.deepEqual(keys, commReq.keys);
    assert.notDeepEqual(keys.i2d, keys.d2i);
    assert.equal(issuer.open(device.message2(frl1.VERDICT.LOCKED).message).status, frl1.VERDICT.LOCKED);
    malformed(() => issuer.accept(cat(u8(0), u8(0x80), issuer.commId, device.message2(1).message)));
    const wrong = Buffer.from(commReq.bytes);
    wrong[100] ^= 1;
    malformed(() => issuer.accept(wrong));
  }
  const other = request();
  const lifted = Buffer.from(other.e2e1);
  lifted[5] ^= 1;
  malformed(() => new frl1.DeviceRequest({ id, kem, e2e1: lifted }));
});

test('the gate decides in the order of the SPEC', () => {
  const setUp = endToEnd();
  const { device, request, connect2 } = setUp;
  const decide = (r, more, now) => new frl1.RequestGate(device).decide(connect2(r, more), now);
  const status = (r, outcome) => r.open(outcome.verdict).status;

  const good = request();
  const accepted = decide(good);
  assert.ok(accepted.accepted && accepted.dial && accepted.verdict.length === 0);

  const gate = new frl1.RequestGate(device);
  const c2 = connect2(good);
  assert.ok(gate.decide(c2).dial);
  const again = gate.decide(c2);
  assert.ok(again.accepted && again.dial === null);
  assert.equal(gate.decide(connect2(good)), null);

  const ping = request({ caps: frl1.PING });
  assert.equal(status(ping, decide(ping)), 0);
  const wrong = request({ clientKey: random(32) });
  assert.equal(status(wrong, decide(wrong)), frl1.VERDICT.PASSWORD);
  const none = request({ clientKey: Buffer.alloc(32) });
  const zero = new frl1.RequestGate({ ...device, storedKey: frl1.storedKey(Buffer.alloc(32)) });
  assert.equal(status(none, zero.decide(connect2(none))), frl1.VERDICT.PASSWORD);
  const stale = request({ unixMs: Date.now() - 121_000 });
  assert.equal(status(stale, decide(stale)), frl1.VERDICT.STALE);
  const old = request({ desc: random(226) });
  assert.equal(status(old, decide(old)), frl1.VERDICT.STALE);
  assert.equal(decide(request(), { sessBind: Buffer.alloc(32, 2) }), null);
  assert.equal(decide(request(), { at: frl1.endpoint('127.0.0.1', 4712) }), null);
  assert.equal(decide(request({ clientKey: random(32) }), { sessBind: Buffer.alloc(32, 2) }), null);
  const low = frl1.endpoint('127.0.0.1', 22);
  const lowPort = request({ candidates: [low] });
  assert.equal(status(lowPort, decide(lowPort, { at: low })), frl1.VERDICT.ADDRESS);
});

test('a source is locked out after five failures, for longer each time, and a right password clears it', () => {
  const lockout = new frl1.Lockout();
  const ip = frl1.ip16('192.0.2.1');
  const fail = (now) => lockout.failed(ip, now);
  for (let i = 0; i < 5; i++) fail(0);
  assert.ok(!lockout.locked(ip, 0));
  fail(0);
  assert.ok(lockout.locked(frl1.ip16('192.0.2.200'), 1999));
  assert.ok(!lockout.locked(ip, 2000));
  fail(2000);
  assert.ok(lockout.locked(ip, 5999) && !lockout.locked(ip, 6000));
  assert.ok(!lockout.locked(frl1.ip16('192.0.3.1'), 2000));
  lockout.succeeded(ip);
  assert.ok(!lockout.locked(ip, 2001));
  for (let i = 0; i < 30; i++) lockout.failed(frl1.ip16(`198.51.${i}.1`), 70_000);
  assert.ok(lockout.locked(frl1.ip16('198.51.3.1'), 71_000));
  assert.ok(!lockout.locked(frl1.ip16('203.0.113.1'), 71_000));
  assert.ok(!lockout.locked(frl1.ip16('198.51.3.1'), 131_000));
  for (const [from, forgotten] of [[0, false], [1, true]]) {
    const fresh = new frl1.Lockout();
    for (let i = 0; i < 6; i++) fresh.failed(ip, 0);
    const now = 2_000 + 3_599_999 + from;
    fresh.failed(ip, now);
    assert.equal(fresh.locked(ip, now), !forgotten);
  }
});

test('a device dials only what its scope allows', () => {
  const may = (address, serverIp, more = {}) => frl1.mayDial({ ip: frl1.ip16(address), port: 5000, serverIp: frl1.ip16(serverIp), ...more });
  assert.ok(may('127.0.0.1', '127.0.0.1'));
  assert.ok(may('10.0.0.1', '127.0.0.1'));
  assert.ok(!may('127.0.0.1', '10.0.0.1'));
  assert.ok(!may('10.0.0.1', '203.0.113.1'));
  assert.ok(may('10.0.0.1', '203.0.113.1', { samePublic: true }));
  assert.ok(!may('127.0.0.1', '203.0.113.1', { samePublic: true }));
  assert.ok(may('2001:db8::1', '203.0.113.1'));
  assert.ok(may('::1', '127.0.0.1'));
  for (const inside of ['::1', '198.18.0.1', '192.0.0.1', 'fec0::1', 'fc00::1', 'fe80::1', '::10.0.0.1', '64:ff9b::10.0.0.1', '2002:a00:1::1']) assert.ok(!may(inside, '203.0.113.1'), inside);
  for (const outside of ['::203.0.113.2', '64:ff9b::203.0.113.2', '2002:cb00:7101::1']) assert.ok(may(outside, '203.0.113.1'), outside);
  for (const never of ['224.0.0.1', 'ff02::1', '255.255.255.255', '240.0.0.1', '0.0.0.0', '::', '169.254.169.254', 'fd00:ec2::254', '64:ff9b:1::203.0.113.2', '2001:0:cb00:7102::1']) assert.ok(!may(never, '127.0.0.1'), never);
  assert.ok(!may('127.0.0.1', '127.0.0.1', { port: 0 }));
  assert.ok(!may('127.0.0.1', '127.0.0.1', { port: 80 }));
  assert.ok(may('127.0.0.1', '127.0.0.1', { port: 80, lowPorts: true }));
});

test('the certificate policy accepts what it should and names the rule that failed', () => {
  const ca = certificate({ subject: 'CA', ca: true });
  const trust = Trust.parse(ca.fingerprint);
  const leaf = (more = {}) => certificate({ subject: 'leaf', issuer: ca, names: ['relay.example', '*.wild.example'], ips: ['127.0.0.1', '::1'], ...more });
  const check = (t, chain, host = '127.0.0.1') => t.validate(chain.map((c) => c.der), host);
  const refused = (rule, t, chain, host) => assert.throws(() => check(t, chain, host), (e) => e instanceof TrustRefused && (e.rule === rule || assert.fail(`${e.rule}: ${e.message}`)));

  for (const host of ['127.0.0.1', '::1', 'relay.example', 'RELAY.example', 'a.wild.example']) assert.ok(check(trust, [leaf(), ca], host));
  assert.ok(check(trust, [leaf({ usage: null, serverAuth: null }), ca]));
  const middle = certificate({ subject: 'middle', issuer: ca, ca: true, curve: 'secp384r1' });
  assert.ok(check(trust, [leaf({ issuer: middle }), middle, ca]));
  const own = certificate({ subject: 'own', ips: ['127.0.0.1'] });
  assert.ok(check(Trust.parse(own.fingerprint), [own]));

  refused(1, trust, [leaf({ usage: [4] }), ca]);
  refused(1, trust, [leaf({ serverAuth: false }), ca]);
  refused(1, trust, [leaf({ curve: 'rsa' }), ca]);
  refused(2, Trust.parse(`sha256:${'00'.repeat(32)}`), [leaf(), ca]);
  refused(2, trust, [leaf()]);
  const namesake = certificate({ subject: 'CA', ca: true });
  refused(2, trust, [leaf({ issuer: namesake }), ca]);
  refused(2, Trust.parse(leaf().fingerprint), [leaf(), ca]);
  refused(2, trust, [leaf({ extra: [unknownCriticalExtension] }), ca]);
  refused(3, trust, [leaf({ to: Date.now() - 1000 }), ca]);
  refused(3, trust, [leaf({ from: Date.now() + 60_000 }), ca]);
  const notCa = certificate({ subject: 'middle', issuer: ca, usage: [0, 5], serverAuth: null });
  refused(3, trust, [leaf({ issuer: notCa }), notCa, ca]);
  for (const host of ['127.0.0.2', 'leaf', 'other.example', 'a.b.wild.example']) refused(4, trust, [leaf(), ca], host);
  refused(4, trust, [leaf({ names: [], ips: [] }), ca], 'leaf');
});

test('anchors come from a PEM file, and the chain then needs no root', () => {
  const folder = mkdtempSync(join(tmpdir(), 'frl1-'));
  try {
    const { chain, ca } = credential();
    const file = join(folder, 'ca.pem');
    writeFileSync(file, `-----BEGIN CERTIFICATE-----\n${ca.der.toString('base64').match(/.{1,64}/g).join('\n')}\n-----END CERTIFICATE-----\n`);
    assert.ok(Trust.parse(file).validate(chain.slice(0, 1), 'localhost'));
  } finally { rmSync(folder, { recursive: true }); }
});

// --- over real loopback sockets ---

async function echoed(stream, data) {
  const whole = (async () => { const parts = []; for await (const part of stream) parts.push(part); return Buffer.concat(parts); })();
  stream.end(data);
  return whole;
}

for (const [suites, curve] of [[[1], 'prime256v1'], [[1, 2], 'prime256v1'], [[2], 'secp384r1']]) {
  test(`register, heartbeat, wake, dial and echo with suites ${suites} and a certificate on ${curve}`, { timeout: 60_000 }, async (t) => {
    const { server, device, open } = await system(t, { server: { suites }, certificate: { curve } });
    const issuer = await open();
    const woken = waitFor(server, 'woken');
    const acked = waitFor(server, 'wake-ack');
    const stream = await issuer.request(device.id, PASSWORD);
    assert.equal((await acked).prefix, (await woken).wakeId.slice(0, 8));
    const data = random(300_000);
    stream.updateKeys();
    assert.deepEqual(await echoed(stream, data), data);
    const second = await issuer.request(device.id, PASSWORD);
    assert.deepEqual(await echoed(second, Buffer.from('again')), Buffer.from('again'));
  });
}

test('WAKE_PENDING and CONNECT2_FAST reach the device as well, and a repeated request is not dialled twice', { timeout: 60_000 }, async (t) => {
  const { server, device, open } = await system(t, { server: { route: 'pending', interval: 3 } });
  const issuer = await open();
  const zero = waitFor(server, 'woken', (e) => e.wakeId === '0000000000000000');
  assert.deepEqual(await echoed(await issuer.request(device.id, PASSWORD), Buffer.from('x')), Buffer.from('x'));
  await zero;
  server.closeWoken();
  await waitFor(device, 'server-close');
  server.route = 'fast';
  let dialled = 0;
  device.on('event', (e) => { if (e.event === 'dialled') dialled++; });
  const repeated = waitFor(device, 'request', (e) => e.by === 'fast' && e.repeated);
  const answered = waitFor(server, 'answer', (e) => e.repeated);
  assert.deepEqual(await echoed(await issuer.request(device.id, PASSWORD), Buffer.from('y')), Buffer.from('y'));
  await Promise.all([repeated, answered]);
  assert.equal(dialled, 1);
});

test('ping, a wrong password, no password, an unknown device', { timeout: 60_000 }, async (t) => {
  const { device, open } = await system(t);
  const issuer = await open();
  assert.ok((await issuer.request(device.id, PASSWORD, { ping: true })).ms > 0);
  const kind = (expected) => (error) => error.kind === expected || assert.fail(error);
  await assert.rejects(issuer.request(device.id, 'wrong'), kind('password'));
  await assert.rejects(issuer.request(device.id, null), kind('password'));
  await assert.rejects(issuer.request(random(16), PASSWORD), kind('unavailable'));
});

test('the answer to a challenge comes at once, and a changed addr_tag brings a long heartbeat', { timeout: 60_000 }, async (t) => {
  const server = await new MiniServer({ credential: credential(), interval: 2, challenge: true }).start();
  const device = await frl1.Device.create({ host: '127.0.0.1', port: server.port, trust: Trust.parse(server.credential.fingerprint), password: PASSWORD, iterations: ITERATIONS, onStream: () => {} });
  const challenge = waitFor(server, 'challenge');
  const echo = waitFor(server, 'heartbeat', (e) => e.echo);
  const running = device.run();
  t.after(async () => { await device.stop(); await running; await server.stop(); });
  assert.equal((await challenge).nonce, (await echo).echo);
  server.wrongTags = 1;
  await waitFor(server, 'heartbeat', (e) => e.long);
  const goodbye = waitFor(server, 'heartbeat', (e) => e.goodbye);
  await device.stop();
  await goodbye;
});

test('after RESET a device without a ticket registers again', { timeout: 60_000 }, async (t) => {
  const { server, device } = await system(t, { server: { interval: 2, tickets: false } });
  const reset = waitFor(device, 'reset');
  const registered = waitFor(server, 'registered');
  server.forget();
  await reset;
  await registered;
  await waitFor(server, 'heartbeat');
});

test('RETRY, the remembered chain and a changed chain', { timeout: 60_000 }, async (t) => {
  const { server, device, open } = await system(t, { server: { cookies: true } });
  const cache = {};
  const handshake = () => waitFor(server, 'handshake', (e) => e.role === 1);
  let seen = handshake();
  await open({ cache });
  assert.equal((await seen).cached, false);
  seen = handshake();
  const issuer = await open({ cache });
  assert.equal((await seen).cached, true);
  assert.ok(issuer.cached);
  assert.ok((await issuer.request(device.id, PASSWORD, { ping: true })).ms > 0);
  const { ca } = server.credential;
  const leaf = certificate({ subject: 'server', issuer: ca, ips: ['127.0.0.1'] });
  Object.assign(server.credential, { chain: [leaf.der, ca.der], key: leaf.keys.privateKey });
  seen = handshake();
  await open({ cache });
  assert.equal((await seen).cached, false);
  cache.held.suite = 1;
  seen = handshake();
  await open({ cache });
  assert.equal((await seen).cached, false);
});

test('a client that trusts another certificate, or gets ALERT, stops before CKEY', { timeout: 60_000 }, async (t) => {
  const server = await new MiniServer({ credential: credential() }).start();
  t.after(() => server.stop());
  const open = (trust) => frl1.Issuer.open({ host: '127.0.0.1', port: server.port, trust });
  await assert.rejects(open(Trust.parse(credential().fingerprint)), TrustRefused);
  server.refuse = 1;
  await assert.rejects(open(Trust.parse(server.credential.fingerprint)), (e) => e instanceof frl1.Refused && e.reason === 1 && e.retryAfter === 7);
});

test('a stream that is cut off is an error, not an end', { timeout: 60_000 }, async (t) => {
  let far;
  const { device, open } = await system(t, { device: { onStream: (stream) => { far = stream; stream.on('error', () => {}); stream.resume(); } } });
  const issuer = await open();
  const accepted = waitFor(device, 'accepted');
  const stream = await issuer.request(device.id, PASSWORD);
  await accepted;
  far.destroy();
  stream.resume();
  const [error] = await once(stream, 'error');
  assert.ok(error instanceof Error);
});

test('connections without a COMMREQ are closed without a word', { timeout: 60_000 }, async (t) => {
  const { open } = await system(t);
  const issuer = await open();
  const socket = net.connect({ host: '127.0.0.1', port: issuer.observed.port });
  socket.on('error', () => {});
  const got = [];
  socket.on('data', (part) => got.push(part));
  socket.write(Buffer.alloc(108, 1));
  await once(socket, 'close');
  assert.equal(got.length, 0);
});

test('device.mjs and issuer.mjs carry a conversation with half-close, and give their exit codes', { timeout: 60_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'frl1-'));
  const server = await new MiniServer({ credential: credential() }).start();
  const service = net.createServer({ allowHalfOpen: true }, (socket) => {
    const all = [];
    socket.on('data', (part) => all.push(part)).on('end', () => socket.end(`heard ${Buffer.concat(all).length}`)).on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
  writeFileSync(join(folder, 'password'), `${PASSWORD}\n`);
  writeFileSync(join(folder, 'wrong'), 'wrong\n');
  const here = (file) => new URL(file, import.meta.url).pathname;
  const common = ['--server', `127.0.0.1:${server.port}`, '--trust', server.credential.fingerprint];
  const device = spawn(process.execPath, [here('device.mjs'), ...common, '--password-file', join(folder, 'password'), '--expose', `127.0.0.1:${service.address().port}`, '--state', folder, '--iterations', String(ITERATIONS)]);
  t.after(async () => {
    device.kill('SIGTERM');
    if (device.exitCode === null) await once(device, 'exit');
    service.close();
    await server.stop();
    rmSync(folder, { recursive: true });
  });
  const lines = new PassThrough();
  device.stdout.pipe(lines);
  device.stderr.pipe(process.stderr);
  const heard = waitFor(server, 'heartbeat');
  let id;
  let text = '';
  lines.on('data', (part) => { text += part; id ??= /"event":"id","id":"([^"]+)"/.exec(text)?.[1]; });
  await heard;
  const issue = async (input, ...args) => {
    const child = spawn(process.execPath, [here('issuer.mjs'), ...common, '--id', id, ...args]);
    let out = '';
    child.stdout.on('data', (part) => { out += part; });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const [code] = await once(child, 'close');
    return { code, out };
  };
  assert.deepEqual(await issue(Buffer.alloc(100_000, 1), '--password-file', join(folder, 'password')), { code: 0, out: 'heard 100000' });
  const ping = await issue('', '--password-file', join(folder, 'password'), '--ping');
  assert.equal(ping.code, 0);
  assert.ok(JSON.parse(ping.out).ms > 0);
  assert.equal((await issue('', '--password-file', join(folder, 'wrong'), '--ping')).code, 5);
  assert.equal((await issue('', '--trust', credential().fingerprint, '--password-file', join(folder, 'password'))).code, 4);
  assert.equal((await issue('', '--id', frl1.formatId(random(16)), '--password-file', join(folder, 'password'))).code, 3);
  assert.equal((await issue('', '--id', 'nonsense', '--password-file', join(folder, 'password'))).code, 1);
});
