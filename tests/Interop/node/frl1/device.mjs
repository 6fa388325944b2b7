// The device (SPEC 2, 6, 7, 8): registers, heartbeats, is woken, checks requests, dials issuers.
import dgram from 'node:dgram';
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { equalSecret, ip16 } from './bytes.mjs';
import { BackOff } from './backoff.mjs';
import { KeyPair, random } from './crypto.mjs';
import { clientKey, descHash, makeDescriptor, storedKey } from './descriptor.mjs';
import { INNER, SocketReader, within } from './frames.mjs';
import { RequestGate } from './gate.mjs';
import { clientHandshake, connect } from './handshake-client.mjs';
import { deviceId, formatId } from './identifier.mjs';
import { answer, parseClose, parseConnect2, parseRegistered, register, ROLE } from './messages.mjs';
import { RecordProtection, SecureChannel } from './records.mjs';
import { EndToEndStream } from './stream.mjs';
import { ackFields, DATAGRAM, fast, FROM_SERVER, heartbeat, openDatagram, openReset, ReplayWindow, udpKey, wakeAck, wakeFields } from './udp.mjs';

const RETRY_MS = [1000, 2000, 4000];
const DESCRIPTOR_LIFETIME_S = 30 * 24 * 3600;
const KEPT_DESCRIPTORS = 4;
const DIAL_MS = 3000;
const ACCEPT_MS = 10_000;
const ROLE3_IDLE_MS = 40_000;
const NO_WAKE_ID = Buffer.alloc(8);

/**
 * options: host, port (the server's), trust, password, identity (KeyPair), salt, iterations, intervalWish (100 ms), lowPorts,
 * onStream(EndToEndStream). Emits 'event' with one plain object for everything that happens.
 */
export class Device extends EventEmitter {
  #descriptors = [];
  #session = null;
  #stopped = false;
  #wakes = new Set();
  #woken = null;
  #backOff = new BackOff();
  #cache = {};

  static async create(options) {
    const identity = options.identity ?? new KeyPair();
    const salt = options.salt ?? random(16);
    const iterations = options.iterations ?? 600_000;
    const id = deviceId(identity.point);
    const stored = storedKey(await clientKey(options.password, id, salt, iterations));
    return new Device({ ...options, identity, salt, iterations, id, storedKey: stored });
  }

  constructor(options) {
    super();
    Object.assign(this, { suites: [1, 2], lowPorts: false, intervalWish: 0 }, options);
    this.kem = new KeyPair();
    this.gate = new RequestGate(this);
  }

  get descHashes() { return this.#descriptors.map(descHash); }
  #tell(event, more = {}) { this.emit('event', { event, ...more }); }

  #descriptor() {
    const descriptor = makeDescriptor(this.identity, {
      iterations: this.iterations, salt: this.salt, kemPub: this.kem.point, notAfter: Math.floor(Date.now() / 1000) + DESCRIPTOR_LIFETIME_S,
    });
    this.#descriptors = [descriptor, ...this.#descriptors].slice(0, KEPT_DESCRIPTORS);
    return descriptor;
  }

  /** Registers and stays registered until stop(). */
  async run() {
    this.#tell('id', { id: formatId(this.id) });
    let wait = 0;
    while (!this.#stopped) {
      if (wait > 0) await delay(wait);
      if (this.#stopped) break;
      try {
        const reason = await this.#liveSession();
        this.#tell('session-ended', { why: reason.why });
        wait = reason.waitMs ?? this.#backOff.next();
      } catch (error) {
        this.#tell('register-failed', { why: error.message, name: error.name });
        wait = this.#backOff.next(error.retryAfter ?? 0);
      }
    }
  }

  async #liveSession() {
    const values = await within(15_000, 'registering', this.#register());
    this.#backOff.succeeded();
    this.#session = new UdpSession(this, values);
    this.#tell('registered', { interval: values.interval, ackEvery: values.ackEvery, udpPort: values.udpPort, lifetime: values.lifetime });
    try { return await this.#session.over; } finally { this.#session = null; }
  }

  async #handshake(role, more = {}) {
    const socket = await connect({ host: this.host, port: this.port });
    socket.on('error', () => {});
    try {
      const { channel, observed } = await within(10_000, 'handshake', clientHandshake(socket, {
        role, host: this.host, trust: this.trust, identity: this.identity, suites: this.suites, cache: this.#cache, ...more,
      }));
      return { socket, channel, observed };
    } catch (error) { socket.destroy(); throw error; }
  }

  async #register() {
    const { socket, channel } = await this.#handshake(ROLE.REGISTER);
    try {
      channel.send(INNER.REGISTER, register(this.intervalWish, this.#descriptor()));
      const values = parseRegistered(await channel.expect(INNER.REGISTERED));
      if (values.status !== 0) throw Object.assign(new Error(`registration refused: status ${values.status}`), { retryAfter: values.retryAfter });
      values.server = socket.remoteAddress;
      values.udpPort ||= socket.remotePort;
      values.key = udpKey(channel, values.cid, this.id);
      this.serverIp = ip16(socket.remoteAddress);
      channel.close();
      return values;
    } finally { if (!socket.writableEnded) socket.destroy(); }
  }

  // --- requests ---

  /** A valid WAKE, or WAKE_PENDING with eight zero bytes: one TCP connection a wake_id, none while one is open. */
  woken(wakeId) {
    const key = wakeId.toString('hex');
    if (this.#woken || (this.#wakes.has(key) && !wakeId.equals(NO_WAKE_ID))) return;
    this.#wakes.add(key);
    if (this.#wakes.size > 64) this.#wakes.delete(this.#wakes.values().next().value);
    this.#tell('wake', { wakeId: key });
    this.#woken = this.#serveWake(Buffer.from(wakeId))
      .catch((error) => this.#tell('wake-failed', { why: error.message }))
      .finally(() => { this.#woken = null; });
  }

  async #serveWake(wakeId) {
    const { socket, channel } = await this.#handshake(ROLE.WOKEN, { wakeId });
    this.#tell('woken', { port: socket.localPort });
    try {
      for (;;) {
        const message = await within(ROLE3_IDLE_MS, 'CONNECT2', channel.receive());
        if (message === null) return;
        if (message.type === INNER.CLOSE) { this.#tell('server-close', { reason: parseClose(message.content) }); channel.close(); return; }
        if (message.type !== INNER.CONNECT2) throw new Error('something else than CONNECT2');
        const reply = this.decide(message.content, 'tcp');
        if (reply) channel.send(INNER.ANSWER, reply);
      }
    } finally { if (!socket.writableEnded) socket.destroy(); }
  }

  /** ANSWER's content for CONNECT2's, or null; starts the dialling. */
  decide(content, by) {
    const connect2 = parseConnect2(content);
    const outcome = this.gate.decide(connect2);
    const requestId = connect2.requestId.toString('hex');
    const more = { requestId, by, repeated: outcome?.repeated ?? false };
    this.#tell('request', more);
    if (outcome === null) { this.#tell('dropped', more); return null; }
    if (!outcome.accepted) this.#tell('refused', { ...more, status: outcome.status });
    else if (outcome.ping && !outcome.repeated) this.#tell('ping', more);
    if (outcome.dial) {
      this.#dial(outcome.dial, connect2.endpoint, requestId).catch((error) => this.#tell('dial-failed', { requestId, why: error.message }));
    }
    return answer({ requestId: connect2.requestId, accepted: outcome.accepted, verdict: outcome.verdict });
  }

  async #dial(request, { address, port }, requestId) {
    const until = Date.now() + DIAL_MS;
    const socket = await connect({ host: address, port }, DIAL_MS).catch((error) => {
      const left = until - Date.now();
      if (left <= 0) throw error;
      return connect({ host: address, port }, left);
    });
    socket.on('error', () => {});
    try {
      const { bytes, keys } = request.commReq();
      socket.write(bytes);
      this.#tell('dialled', { requestId, address, port });
      const channel = new SecureChannel(new SocketReader(socket), new RecordProtection(keys.d2i), new RecordProtection(keys.i2d));
      const accept = await within(ACCEPT_MS, 'ACCEPT', channel.expect(INNER.ACCEPT));
      if (accept.length !== 0) throw new Error('ACCEPT with content');
      const stream = new EndToEndStream(channel);
      this.#tell('accepted', { requestId });
      stream.once('close', () => this.#tell('closed', { requestId, error: stream.errored?.message ?? null }));
      this.onStream(stream, requestId);
    } catch (error) { socket.destroy(); throw error; }
  }

  tell(event, more) { this.#tell(event, more); }

  /** GOODBYE, and no more. */
  async stop() {
    this.#stopped = true;
    await this.#session?.goodbye();
  }
}

/** One registration's UDP session (SPEC 7). */
class UdpSession {
  #ctr = 0n;
  #window = new ReplayWindow();
  #lastAck = 0;
  #rttMs = 0;
  #sent = new Map();
  #sinceAck = 0;
  #awaiting = false;
  #retries = 0;
  #tag = null;
  #long = false;
  #timer = null;
  #end;

  constructor(device, values) {
    Object.assign(this, { device, values, interval: values.interval, ackEvery: values.ackEvery });
    this.over = new Promise((resolve) => { this.#end = (reason) => { clearTimeout(this.#timer); clearTimeout(this.#lifetime); this.socket.close(() => resolve(reason)); this.#end = () => {}; }; });
    this.socket = dgram.createSocket(values.server.includes(':') ? 'udp6' : 'udp4');
    // "Connection refused" on UDP is an unauthenticated ICMP message: the server is silent, no more.
    this.socket.on('error', (error) => { if (error.code !== 'ECONNREFUSED') this.#end({ why: `socket: ${error.message}` }); });
    this.socket.on('message', (datagram, from) => { if (from.port === values.udpPort) this.#receive(datagram); });
    this.socket.connect(values.udpPort, values.server, () => this.#beat(true));
    this.#lifetime = setTimeout(() => this.#end({ why: 'lifetime', waitMs: 0 }), Math.min(2 ** 31 - 1, 900 * values.lifetime));
  }
  #lifetime;

  #send(datagram, done = () => {}) {
    try { this.socket.send(datagram, done); } catch (error) { this.#end({ why: `socket: ${error.message}` }); }
  }
  #next() { return { cid: this.values.cid, ctr: ++this.#ctr }; }

  #beat(ackWanted, echo = null) {
    const local = this.#long ? { address: this.socket.address().address, port: this.socket.address().port } : undefined;
    this.#long = false;
    const head = this.#next();
    this.#sent.set(Number(head.ctr & 0xffffn), Date.now());
    if (this.#sent.size > 64) this.#sent.delete(this.#sent.keys().next().value);
    this.#send(heartbeat(this.values.key, { ...head, ackWanted, echo, local, rttMs: this.#rttMs, lastAck: this.#lastAck }));
    if (echo) return;
    clearTimeout(this.#timer);
    if (!ackWanted) { this.#sinceAck++; this.#timer = setTimeout(() => this.#due(), this.#wait()); return; }
    this.#awaiting = true;
    this.#sinceAck = 0;
    const patience = RETRY_MS[Math.min(this.#retries, RETRY_MS.length - 1)];
    this.#timer = setTimeout(() => this.#unanswered(), patience);
  }
  #wait() { return this.interval * 100 * (0.8 + 0.2 * Math.random()); }
  #due() { this.#beat(this.#sinceAck + 1 >= this.ackEvery); }

  #unanswered() {
    if (this.#retries >= RETRY_MS.length) { this.#end({ why: 'silence' }); return; }
    this.#retries++;
    this.#beat(true);
  }

  #receive(datagram) {
    const { values, device } = this;
    if (datagram.length === 32) {
      const retryAfter = openReset(datagram, values.cid, values.resetToken);
      if (retryAfter === null) return;
      device.tell('reset', { retryAfter });
      this.#end({ why: 'reset', waitMs: Math.random() * 1000 * Math.min(retryAfter, 60) });
      return;
    }
    if (datagram.length < 40 || !equalSecret(datagram.subarray(4, 12), values.cid)) return;
    const m = openDatagram(datagram, values.key, FROM_SERVER, this.#window);
    if (m === null) return;
    if (m.type === DATAGRAM.ACK) this.#acknowledged(m);
    else if (m.type === DATAGRAM.WAKE) this.#wake(wakeFields(m).wakeId);
    else if (m.type === DATAGRAM.CONNECT2_FAST) this.#connect2(m.body);
  }

  #acknowledged(m) {
    const a = ackFields(m);
    if (a === null) return;
    this.#lastAck = Number(m.ctr & 0xffffn);
    if (a.hbCtr !== null && this.#sent.has(a.hbCtr)) this.#rttMs = Math.min(65534, Math.max(1, Date.now() - this.#sent.get(a.hbCtr)));
    this.ackEvery = a.ackEvery;
    if (a.interval > 0) this.interval = a.interval;
    const changed = a.tag !== null && this.#tag !== null && a.tag !== this.#tag;
    if (a.tag !== null) this.#tag = a.tag;
    this.device.tell('ack', { hbCtr: a.hbCtr, challenge: a.challenge !== null, long: a.long, observed: a.observed && `${a.observed.address}:${a.observed.port}`, interval: a.interval });
    if (this.#awaiting) {
      this.#awaiting = false;
      this.#retries = 0;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#due(), this.#wait());
    }
    if (a.challenge) this.#beat(false, a.challenge);
    if (changed) { this.#long = true; this.#beat(true); }
    if (a.wakePending) this.#wake(NO_WAKE_ID);
  }

  #wake(wakeId) {
    this.#send(wakeAck(this.values.key, { ...this.#next(), wakeId }));
    this.device.woken(wakeId);
  }

  #connect2(content) {
    let reply;
    try { reply = this.device.decide(content, 'fast'); } catch { return; }
    if (reply) this.#send(fast(this.values.key, DATAGRAM.ANSWER_FAST, { ...this.#next(), content: reply }));
  }

  goodbye() {
    this.#send(heartbeat(this.values.key, { ...this.#next(), goodbye: true, lastAck: this.#lastAck }), () => this.#end({ why: 'stopped' }));
    return this.over;
  }
}
