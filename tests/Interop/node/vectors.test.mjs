// Every value of protocol/vectors.json, made again or verified by this peer. The last test refuses values that nothing looked at.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import * as frl1 from './frl1.mjs';

const { ascii, cat, FRAME, INNER, KeyPair, messages, resume, SUITES, udp } = frl1;
const file = new URL('../../../protocol/vectors.json', import.meta.url);
const NONE = Buffer.alloc(0);

let vectors;
try { vectors = JSON.parse(readFileSync(file, 'utf8')); } catch (error) {
  test('protocol/vectors.json can be read', () => { throw new Error(`the known answers are not there: ${error.message}`); });
}

const seen = new Set(['note']);
function at(path) {
  seen.add(path);
  const value = path.split('.').reduce((v, name) => v?.[name], vectors);
  assert.notEqual(value, undefined, `${path} is not in the vectors`);
  return value;
}
const bytes = (path) => { assert.match(at(path), /^([0-9a-f]{2})*$/, path); return Buffer.from(at(path), 'hex'); };
const same = (path, actual) => assert.equal(actual.toString('hex'), at(path), path);

if (vectors) {
  const identity = () => new KeyPair('prime256v1', bytes('identifiers.id_private'));
  const kem = () => new KeyPair('prime256v1', bytes('descriptor.kem_private'));
  const deviceId = () => bytes('identifiers.device_id');

  test('the ID and its text', () => {
    same('identifiers.id_pub', identity().point);
    same('identifiers.device_id', frl1.deviceId(bytes('identifiers.id_pub')));
    assert.equal(frl1.formatId(deviceId()), at('identifiers.text'));
    same('identifiers.device_id', frl1.parseId(at('identifiers.text')));
  });

  test('the password', async () => {
    const key = await frl1.clientKey(at('password.password'), deviceId(), bytes('password.salt'), at('password.iterations'));
    same('password.client_key', key);
    same('password.stored_key', frl1.storedKey(key));
  });

  test('the descriptor', () => {
    const descriptor = bytes('descriptor.descriptor');
    const m = frl1.openDescriptor(descriptor, deviceId(), at('e2e.unix_ms'));
    const again = frl1.makeDescriptor(identity(), { iterations: m.iterations, notAfter: m.notAfter, salt: bytes('password.salt'), kemPub: kem().point });
    assert.deepEqual(descriptor.subarray(0, 162), again.subarray(0, 162));
    assert.equal(m.iterations, at('password.iterations'));
    same('random.descriptor_signature', descriptor.subarray(162));
    same('descriptor.desc_hash', frl1.descHash(descriptor));
  });

  test('the certificate is one that the policy accepts', () => {
    const der = bytes('random.certificate');
    const trust = frl1.Trust.parse(`sha256:${frl1.sha256(der).toString('hex')}`);
    trust.validate([der], 'relay.example', at('e2e.unix_ms'));
    assert.throws(() => trust.validate([der], 'other.example', at('e2e.unix_ms')), (e) => e.rule === 4);
  });

  const frameOf = (path) => {
    const b = bytes(path);
    assert.equal(b[1], 1);
    assert.equal(b.readUInt16BE(2), b.length - 4, path);
    return { type: b[0], header: b.subarray(0, 4), payload: b.subarray(4) };
  };

  /** Runs one handshake again: both sides' secrets, and the record protections that follow it. */
  function handshake(name, { cached = false, retried = false } = {}) {
    const v = (field) => `handshakes.${name}.${field}`;
    const suite = SUITES[at(v('suite'))];
    const role = at(v('role'));

    const helloFrame = frameOf(v('hello'));
    const hello = messages.parseHello(helloFrame.payload);
    assert.equal(hello.role, role);
    const wakeId = hello.context;
    const chain = [bytes('random.certificate')];
    const chainHash = frl1.sha256(frl1.bytes16(chain[0]));
    assert.equal(hello.caching, cached);
    const prefix = messages.helloPrefix({
      role, suites: hello.suites, clientRandom: hello.clientRandom, serverName: hello.serverName, wakeId, cachedCertHash: cached ? chainHash : undefined,
      ticket: hello.ticket, binderOf: (upToBinder) => resume.binder(bytes('return.k_root'), upToBinder),
    });
    if (retried) {
      // The client's address is that which OBSERVED will tell; the two HELLOs differ in the cookie alone.
      const client = bytes(v('observed_content')).subarray(0, 16);
      const cookie = frl1.cookie(bytes('node.k_cookie'), at('node.cookie_unix_s'), client, prefix);
      same(v('first_hello'), frl1.frame(FRAME.HELLO, messages.hello(prefix)));
      same(v('retry'), frl1.frame(FRAME.RETRY, messages.retry(cookie)));
      assert.deepEqual(messages.parseRetry(frameOf(v('retry')).payload), cookie);
    }
    assert.equal(hello.cookie.length, retried ? 20 : 0);
    same(v('hello'), frl1.frame(FRAME.HELLO, messages.hello(prefix, retried ? messages.parseRetry(frameOf(v('retry')).payload) : undefined)));

    const certFrame = frameOf(v('cert'));
    const cert = messages.parseCert(certFrame.payload);
    assert.equal(frl1.choice(cert, [1, 2].filter((n) => hello.suites & SUITES[n].bit)), suite);
    assert.equal(cert.cached, cached);
    if (!cached) assert.deepEqual(cert.chain, chain);
    same(v('cert'), frl1.frame(FRAME.CERT, messages.cert({ suite: suite.number, suites: cert.suites, serverRandom: cert.serverRandom, chain: cached ? null : chain })));

    const client = new KeyPair(suite.curve, bytes(v('client_ephemeral_private')));
    const server = new KeyPair(suite.curve, bytes(v('server_ephemeral_private')));
    same(v('ckey'), frl1.frame(FRAME.CKEY, client.point));
    same(v('skey'), frl1.frame(FRAME.SKEY, server.point));
    same(v('z'), client.agree(server.point));
    same(v('z'), server.agree(client.point));

    const transcript = new frl1.Transcript().add(FRAME.HELLO, helloFrame.payload).add(FRAME.CERT, certFrame.payload).add(FRAME.CKEY, client.point).add(FRAME.SKEY, server.point);
    same(v('th_skey'), transcript.th(suite));
    const keys = new frl1.KeySchedule(suite, bytes(v('z')), transcript.th(suite));
    same(v('early_secret'), keys.es);
    same(v('handshake_secret'), keys.hs);
    same(v('common_key'), keys.ms);
    same(v('c_hs'), keys.cHs);
    same(v('s_hs'), keys.sHs);

    const serverSig = bytes(`random.${name}_server_sig`);
    const serverInput = frl1.signed(frl1.SERVER_SIGNATURE, transcript.th(suite));
    same(v('server_sig_input'), serverInput);
    assert.ok(frl1.verifyWith(new X509Certificate(chain[0]).publicKey, serverSig, serverInput));
    const fromServer = new frl1.RecordProtection(keys.sHs, suite.hash);
    same(v('server_sig'), fromServer.seal(INNER.SIG, serverSig));
    transcript.add(INNER.SIG, serverSig);
    const serverFin = keys.finished(keys.sHs, transcript.th(suite));
    same(v('server_fin_content'), serverFin);
    same(v('server_fin'), fromServer.seal(INNER.FIN, serverFin));
    transcript.add(INNER.FIN, serverFin);
    same(v('th_server_fin'), transcript.th(suite));
    const app = keys.application(transcript.th(suite));
    same(v('c_ap'), app.cAp);
    same(v('s_ap'), app.sAp);
    same(v('exp'), app.exp);
    const toServer = new frl1.RecordProtection(app.cAp, suite.hash);
    same(v('c_ap_key'), toServer.key);
    same(v('c_ap_iv'), toServer.iv);
    same(v('c_ap_next'), toServer.next);

    const fromClient = new frl1.RecordProtection(keys.cHs, suite.hash);
    if (role !== 1) {
      const clientId = messages.clientId(identity().point);
      same(v('client_id'), fromClient.seal(INNER.CLIENT_ID, clientId));
      transcript.add(INNER.CLIENT_ID, clientId);
      const clientInput = frl1.signed(frl1.CLIENT_SIGNATURE, transcript.th(suite));
      same(v('client_sig_input'), clientInput);
      const clientSig = bytes(`random.${name}_client_sig`);
      assert.ok(frl1.verifyWith(frl1.publicKey(identity().point), clientSig, clientInput));
      same(v('client_sig'), fromClient.seal(INNER.SIG, clientSig));
      transcript.add(INNER.SIG, clientSig);
    }
    const clientFin = keys.finished(keys.cHs, transcript.th(suite));
    same(v('client_fin_content'), clientFin);
    same(v('client_fin'), fromClient.seal(INNER.FIN, clientFin));
    transcript.add(INNER.FIN, clientFin);
    same(v('res'), keys.resumption(transcript.th(suite)));

    const toClient = new frl1.RecordProtection(app.sAp, suite.hash);
    const sent = (protection, type, field, content) => {
      same(v(`${field}_content`), content);
      same(v(field), protection.seal(type, content));
    };
    const content = (field) => bytes(v(`${field}_content`));
    const observed = messages.parseObserved(content('observed'));
    sent(toClient, INNER.OBSERVED, 'observed', frl1.endpoint(observed.address, observed.port));
    return { v, app, suite, wakeId, toServer, toClient, content, sent, observed: content('observed'), reader: () => new frl1.RecordProtection(app.cAp, suite.hash) };
  }

  test('the first connection of the issuer', () => {
    const { v, toServer, toClient, content, sent, app, observed } = handshake('issuer');
    sent(toServer, INNER.DESCRIPTOR_GET, 'descriptor_get', messages.descriptorGet(deviceId()));
    sent(toClient, INNER.DESCRIPTOR, 'descriptor', messages.descriptorReply(deviceId(), bytes('descriptor.descriptor')));
    same('e2e.sess_bind', frl1.sessBind(app.exp, deviceId(), observed));
    const { ref, timeout } = messages.parseConnect1(content('connect1'));
    sent(toServer, INNER.CONNECT1, 'connect1', messages.connect1({ ref, timeout, id: deviceId(), at: observed, e2e1: bytes('e2e.e2e1') }));
    const result = messages.parseResult(content('result'));
    assert.equal(result.ref, ref);
    assert.equal(result.status, 3);
    sent(toClient, INNER.RESULT, 'result', messages.result({ ref, status: 3, retryAfter: result.retryAfter, waitedMs: result.waitedMs, verdict: bytes('e2e.verdict_password_refused') }));
    same(v('key_update'), toServer.seal(INNER.KEY_UPDATE));
    toServer.update();
    sent(toServer, INNER.CLOSE, 'close', Buffer.from([0]));
  });

  test('the first connection under suite 2: sess_bind takes SHA-256 on its 48 bytes of exp', () => {
    const { app, observed } = handshake('issuer_suite2');
    assert.equal(app.exp.length, 48);
    same('e2e.sess_bind_suite2', frl1.sessBind(app.exp, deviceId(), observed));
  });

  test('a handshake of one round trip, with the chain that the client holds', () => { handshake('issuer_cached', { cached: true }); });

  test('a handshake after RETRY, whose transcript has only the second HELLO', () => { handshake('issuer_retry', { retried: true }); });

  test('a handshake in which the device shows its ticket', () => {
    handshake('register_ticket');
    assert.deepEqual(messages.parseHello(frameOf('handshakes.register_ticket.hello').payload).ticket, bytes('return.ticket'));
  });

  test('a padded record opens, and one without a type is malformed', () => {
    const content = bytes('padding.content');
    same('padding.data', new frl1.RecordProtection(bytes('padding.secret')).seal(INNER.DATA, content, at('padding.padding')));
    const receiver = new frl1.RecordProtection(bytes('padding.secret'));
    assert.deepEqual(receiver.open(frameOf('padding.data')), { type: INNER.DATA, content });
    assert.throws(() => receiver.open(frameOf('padding.malformed_without_type')), /without a type/);
  });

  for (const [name, udpKey] of [['register', 'k_udp'], ['register_suite2', 'k_udp_suite2']]) {
    test(`the registration of the device: ${name}`, () => {
      const { toServer, toClient, content, sent, app, suite } = handshake(name);
      const { intervalWish } = messages.parseRegister(content('register'));
      sent(toServer, INNER.REGISTER, 'register', messages.register(intervalWish, bytes('descriptor.descriptor')));
      const values = messages.parseRegistered(content('registered'));
      assert.deepEqual(values.cid, bytes('udp.cid'));
      assert.deepEqual(values.resetToken, bytes('node.reset_token'));
      assert.equal(values.nodeId, at('node.node_id'));
      sent(toClient, INNER.REGISTERED, 'registered', messages.registered(values));
      if (name === 'register') same('return.ticket', values.ticket);
      const suffix = name === 'register' ? '' : '_suite2';
      const keys = resume.registrationKeys({ export: (label, context, n) => frl1.xl(suite.hash, app.exp, label, context, n) }, values.cid, deviceId());
      same(`return.k_auth${suffix}`, keys.auth);
      same(`return.k_root${suffix}`, keys.root);
      same(`udp.${udpKey}`, frl1.xl(suite.hash, app.exp, 'udp', cat(values.cid, deviceId()), 32));
    });
  }

  test('the second connection, of the woken device', () => {
    const { toServer, toClient, content, sent, wakeId } = handshake('wake');
    assert.equal(wakeId.toString('hex'), '1122334455667788');
    const asked = messages.parseConnect2(content('connect2'));
    sent(toClient, INNER.CONNECT2, 'connect2', messages.connect2({
      requestId: asked.requestId, samePublic: asked.samePublic, at: bytes('e2e.candidate'), sessBind: bytes('e2e.sess_bind'), e2e1: bytes('e2e.e2e1'),
    }));
    sent(toServer, INNER.ANSWER, 'answer', messages.answer({ requestId: asked.requestId, accepted: false, verdict: bytes('e2e.verdict_password_refused') }));
  });

  test('messages outside records', () => {
    const alert = frameOf('unsealed.alert_overloaded_30s');
    assert.deepEqual(messages.parseAlert(alert.payload), { reason: 1, retryAfter: 30 });
    same('unsealed.alert_overloaded_30s', frl1.frame(FRAME.ALERT, messages.alert(1, 30)));
    const full = messages.parseRegistered(bytes('unsealed.registered_full_content'));
    assert.equal(full.status, 1);
    same('unsealed.registered_full_content', messages.registered({ status: 1, retryAfter: full.retryAfter, unixMs: full.unixMs }));
  });

  test('the keys of a node, reset token and cookie', () => {
    const secret = bytes('node.node_secret');
    const id = at('node.node_id');
    same('node.k_reset', frl1.nodeKey(secret, 'node reset', id));
    same('node.k_cookie', frl1.nodeKey(secret, 'node cookie', id));
    same('node.reset_token', udp.resetToken(bytes('node.k_reset'), id, bytes('node.cid')));
    const prefix = bytes('node.cookie_hello_up_to_cookie');
    const cookie = frl1.cookie(bytes('node.k_cookie'), at('node.cookie_unix_s'), bytes('node.cookie_client'), prefix);
    same('node.cookie', cookie);
    assert.ok(frl1.cookieFits(bytes('node.k_cookie'), cookie, at('node.cookie_unix_s') + 120, bytes('node.cookie_client'), prefix));
    assert.ok(!frl1.cookieFits(bytes('node.k_cookie'), cookie, at('node.cookie_unix_s') + 121, bytes('node.cookie_client'), prefix));
    same('node.retry', frl1.frame(FRAME.RETRY, messages.retry(cookie)));
  });

  test('the datagrams', () => {
    const key = bytes('udp.k_udp');
    const cid = bytes('udp.cid');
    const opened = (name, direction, type) => {
      const m = udp.openDatagram(bytes(`udp.${name}`), key, direction);
      assert.ok(m, `udp.${name} doesn't open`);
      assert.equal(m.type, type);
      assert.deepEqual(m.cid, cid);
      return m;
    };
    const hb = (name, expected) => {
      const m = udp.heartbeatFields(opened(name, udp.FROM_DEVICE, udp.DATAGRAM.HB));
      for (const [field, value] of Object.entries(expected)) assert.deepEqual(m[field], value, `${name}: ${field}`);
      same(`udp.${name}`, udp.heartbeat(key, { cid, ctr: m.ctr, rttMs: m.second, ackWanted: m.ackWanted, goodbye: m.goodbye, echo: m.echo, lastAck: m.echo ? 0 : m.lastAck, local: m.long ? m.local : undefined }));
    };
    const challenge = Buffer.from('deadbeef', 'hex');
    hb('hb', { ctr: 1n, second: 37, ackWanted: true, long: false, echo: null, lastAck: 0 });
    hb('hb_long', { ctr: 2n, ackWanted: true, long: true, lastAck: 1 });
    hb('hb_echo', { ctr: 3n, ackWanted: false, echo: challenge });
    hb('hb_goodbye', { ctr: 4n, goodbye: true });

    const from = bytes('udp.addr_tag_of');
    const address = frl1.ipText(from.subarray(0, 16));
    const port = from.readUInt16BE(16);
    same('udp.addr_tag', frl1.u16(udp.addrTag(address, port)));
    const ack = (name, expected) => {
      const m = udp.ackFields(opened(name, udp.FROM_SERVER, udp.DATAGRAM.ACK));
      for (const [field, value] of Object.entries({ interval: 250, ackEvery: 1, ...expected })) assert.deepEqual(m[field], value, `${name}: ${field}`);
      same(`udp.${name}`, udp.ack(key, { ...m, hbCtr: m.hbCtr ?? 0 }));
    };
    const tag = udp.addrTag(address, port);
    ack('ack', { ctr: 1n, hbCtr: 1, tag, load: 0, wakePending: false });
    ack('ack_challenge', { ctr: 2n, challenge });
    ack('ack_wake_pending', { ctr: 3n, hbCtr: 4, wakePending: true, ackEvery: 4, load: 9, tag: 0 });
    ack('ack_long', { ctr: 4n, hbCtr: 2, long: true, observed: { address, port, unixMs: BigInt(at('e2e.unix_ms')) } });

    const wake = udp.wakeFields(opened('wake', udp.FROM_SERVER, udp.DATAGRAM.WAKE));
    const wakeId = messages.parseHello(frameOf('handshakes.wake.hello').payload).context;
    assert.deepEqual(wake.wakeId, wakeId);
    assert.deepEqual([wake.callbackPort, wake.callbackIp, wake.reason], [0, Buffer.alloc(16), 1]);
    same('udp.wake', udp.wake(key, { cid, ctr: wake.ctr, wakeId, ttl: wake.ttl }));
    const wakeAck = opened('wake_ack', udp.FROM_DEVICE, udp.DATAGRAM.WAKE_ACK);
    same('udp.wake_ack', udp.wakeAck(key, { cid, ctr: wakeAck.ctr, wakeId }));

    for (const [name, direction, type, content] of [
      ['connect2_fast', udp.FROM_SERVER, udp.DATAGRAM.CONNECT2_FAST, 'handshakes.wake.connect2_content'],
      ['answer_fast', udp.FROM_DEVICE, udp.DATAGRAM.ANSWER_FAST, 'handshakes.wake.answer_content'],
    ]) {
      const m = opened(name, direction, type);
      same(content, m.body);
      same(`udp.${name}`, udp.fast(key, type, { cid, ctr: m.ctr, content: bytes(content) }));
    }

    const reset = bytes('udp.reset');
    const retryAfter = udp.openReset(reset, cid, bytes('node.reset_token'));
    assert.equal(retryAfter, 20);
    same('udp.reset', udp.reset(bytes('node.reset_token'), cid, retryAfter, challenge));
  });

  test('the ticket, and the return with it', () => {
    const r = (name) => bytes(`return.${name}`);
    same('return.hello_binder_key', resume.binderKey(r('k_root')));
    same('return.k_seal', frl1.nodeKey(bytes('node.node_secret'), 'node seal', at('node.node_id')));
    // The file's form is the server's own affair; that it is sealed under K_seal isn't.
    const file = r('ticket_keys_file');
    const ring = frl1.open(r('k_seal'), file.subarray(8, 20), file.subarray(0, 8), file.subarray(20));
    assert.deepEqual(ring.subarray(12), r('ticket_key'));

    const ticketKey = { keyId: r('ticket').readUInt32BE(), key: r('ticket_key') };
    for (const [name, auth, root] of [['ticket', 'k_auth', 'k_root'], ['next_ticket', 'next_k_auth', 'next_k_root']]) {
      const contents = resume.openTicket(ticketKey, r(name));
      assert.ok(contents, `return.${name} doesn't open`);
      assert.deepEqual([contents.id, contents.auth, contents.root], [deviceId(), r(auth), r(root)]);
      same(`return.${name}`, resume.sealTicket(ticketKey, r(name).subarray(4, 16), contents));
    }
    same('return.ticket_content', frl1.open(r('ticket_key'), r('ticket').subarray(4, 16), r('ticket').subarray(0, 4), r('ticket').subarray(16)));
    const [first, next] = ['ticket', 'next_ticket'].map((name) => resume.openTicket(ticketKey, r(name)));
    assert.deepEqual([next.expires, next.epoch], [first.expires, first.epoch]);

    const clientNonce = r('client_nonce');
    for (const [name, newTicket] of [['resume', false], ['resume_asking_for_a_ticket', true]]) {
      same(`return.${name}`, resume.resume(r('k_auth'), { ticket: r('ticket'), clientNonce, steer: at('return.steer'), newTicket }));
      assert.ok(resume.resumeVerifies(r(name), r('k_auth')));
      assert.deepEqual(resume.parseResume(r(name)), { newTicket, steer: at('return.steer'), clientNonce, ticket: r('ticket') });
    }

    const opened = (name) => resume.openResumeAck(r(name), { root: r('k_root'), clientNonce, id: deviceId() });
    for (const name of ['resume_ack', 'resume_ack_with_ticket', 'resume_ack_full_30s']) {
      const m = opened(name);
      assert.ok(m, `return.${name} doesn't open`);
      const full = name === 'resume_ack_full_30s';
      same(full ? 'return.k_udp_full' : 'return.k_udp', m.key);
      same('return.server_nonce', m.serverNonce);
      same('return.observed', frl1.endpoint(m.observed.address, m.observed.port));
      assert.deepEqual([m.status, m.nodeId, Number(m.unixMs), m.retryAfter], [full ? 1 : 0, at('node.node_id'), at('return.unix_ms'), full ? 30 : 0]);
      if (!full) {
        same('return.cid', m.cid);
        same('return.reset_token', m.resetToken);
        same('return.reset_token', udp.resetToken(bytes('node.k_reset'), at('node.node_id'), m.cid));
        assert.deepEqual([m.missed, m.interval, m.ackEvery, m.lifetime], [3, 250, 1, at('return.lifetime')]);
      }
      same(`return.${name}`, resume.resumeAck(m.key, m));
    }
    assert.equal(opened('resume_ack').ticket.length, 0);
    const renewed = opened('resume_ack_with_ticket');
    same('return.next_ticket', renewed.ticket);
    same('return.next_k_auth', renewed.keys.auth);
    same('return.next_k_root', renewed.keys.root);
  });

  test('the request end to end, and the stream behind it', () => {
    const payload = frl1.requestPayload({
      nonce: bytes('e2e.request_nonce'), unixMs: at('e2e.unix_ms'), clientKey: bytes('password.client_key'), sessBind: bytes('e2e.sess_bind'),
      caps: at('e2e.caps'), candidates: [bytes('e2e.candidate')],
    });
    const descriptor = bytes('descriptor.descriptor');
    const issuer = new frl1.IssuerRequest({
      id: deviceId(), descriptor, kemPub: kem().point, payload, nonce: bytes('e2e.request_nonce'),
      ephemeral: new KeyPair('prime256v1', bytes('e2e.issuer_ephemeral_private')),
    });
    same('e2e.e2e1', issuer.e2e1);
    same('e2e.comm_id', issuer.commId);

    const device = new frl1.DeviceRequest({ id: deviceId(), kem: kem(), e2e1: bytes('e2e.e2e1') });
    same('e2e.comm_id', device.commId);
    same('password.client_key', device.clientKey);
    const ephemeral = new KeyPair('prime256v1', bytes('e2e.device_ephemeral_private'));
    const commReq = device.commReq(ephemeral);
    same('e2e.commreq', commReq.bytes);
    same('e2e.verdict_password_refused', device.message2(frl1.VERDICT.PASSWORD, ephemeral).message);
    assert.equal(issuer.open(bytes('e2e.verdict_password_refused')).status, frl1.VERDICT.PASSWORD);

    const keys = issuer.accept(bytes('e2e.commreq'));
    assert.deepEqual(keys, commReq.keys);
    const fromIssuer = new frl1.RecordProtection(keys.i2d);
    same('e2e.accept', fromIssuer.seal(INNER.ACCEPT, NONE));
    same('e2e.data_from_issuer', fromIssuer.seal(INNER.DATA, bytes('e2e.data_from_issuer_content')));
    same('e2e.end_from_issuer', fromIssuer.seal(INNER.END, NONE));
    assert.deepEqual(bytes('e2e.data_from_issuer_content'), ascii('hello'));
    const fromDevice = new frl1.RecordProtection(keys.d2i);
    same('e2e.data_from_device', fromDevice.seal(INNER.DATA, bytes('e2e.data_from_device_content')));
    assert.deepEqual(fromDevice.seal(INNER.CLOSE, Buffer.from([0])), bytes('e2e.close_from_device'));
  });

  test('a ping with two candidates, and the yes to it', () => {
    const v = (field) => `e2e.ping_two_candidates.${field}`;
    const payload = frl1.requestPayload({
      nonce: bytes(v('request_nonce')), unixMs: at('e2e.unix_ms'), clientKey: bytes('password.client_key'), sessBind: bytes('e2e.sess_bind'),
      caps: at(v('caps')), candidates: [bytes(v('candidate_1')), bytes(v('candidate_2'))],
    });
    assert.equal(at(v('caps')), frl1.PING);
    const issuer = new frl1.IssuerRequest({
      id: deviceId(), descriptor: bytes('descriptor.descriptor'), kemPub: kem().point, payload, nonce: bytes(v('request_nonce')),
      ephemeral: new KeyPair('prime256v1', bytes('e2e.issuer_ephemeral_private')),
    });
    same(v('e2e1'), issuer.e2e1);
    assert.equal(issuer.e2e1.length, 190 + 18 * 2);
    const device = new frl1.DeviceRequest({ id: deviceId(), kem: kem(), e2e1: bytes(v('e2e1')) });
    assert.ok(device.ping);
    assert.deepEqual(device.candidates.map((c) => cat(c.ip, frl1.u16(c.port))), [bytes(v('candidate_1')), bytes(v('candidate_2'))]);
    same(v('verdict_yes'), device.message2(frl1.VERDICT.YES, new KeyPair('prime256v1', bytes('e2e.device_ephemeral_private'))).message);
    assert.equal(issuer.open(bytes(v('verdict_yes'))).status, frl1.VERDICT.YES);
  });

  test('the gate of a device takes the request of the vectors', () => {
    const device = { id: deviceId(), kem: kem(), storedKey: bytes('password.stored_key'), descHashes: [bytes('descriptor.desc_hash')], serverIp: frl1.ip16('127.0.0.1'), lowPorts: false };
    const outcome = new frl1.RequestGate(device).decide(messages.parseConnect2(bytes('handshakes.wake.connect2_content')), at('e2e.unix_ms'));
    assert.ok(outcome.accepted && outcome.dial);
  });

  test('no value of the vectors was left out', () => {
    const left = [];
    const walk = (value, path) => {
      if (typeof value === 'object') for (const [name, inner] of Object.entries(value)) walk(inner, path ? `${path}.${name}` : name);
      else if (!seen.has(path)) left.push(path);
    };
    walk(vectors, '');
    assert.deepEqual(left, []);
  });
}
