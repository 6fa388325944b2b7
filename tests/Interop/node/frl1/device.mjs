// The device (SPEC 2, 6, 7, 8): registers, comes back by its ticket, is woken, checks requests, dials issuers.
import { EventEmitter } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { ip16 } from './bytes.mjs';
import { BackOff } from './backoff.mjs';
import { KeyPair, random } from './crypto.mjs';
import { clientKey, descHash, makeDescriptor, storedKey } from './descriptor.mjs';
import { INNER, SocketReader, within } from './frames.mjs';
import { RequestGate } from './gate.mjs';
import { clientHandshake, connect } from './handshake-client.mjs';
import { deviceId, formatId } from './identifier.mjs';
import { answer, parseClose, parseConnect2, parseRegistered, register, ROLE } from './messages.mjs';
import { RecordProtection, SecureChannel } from './records.mjs';
import { binder, registrationKeys } from './resume.mjs';
import { comeBack } from './return.mjs';
import { UdpSession } from './session.mjs';
import { EndToEndStream } from './stream.mjs';
import { udpKey } from './udp.mjs';

const DESCRIPTOR_LIFETIME_S = 30 * 24 * 3600;
const KEPT_DESCRIPTORS = 4;
const DIAL_MS = 3000;
const ACCEPT_MS = 10_000;
const ROLE3_IDLE_MS = 40_000;
const NO_WAKE_ID = Buffer.alloc(8);

/**
 * options: host, port (the server's), trust, password, identity (KeyPair), salt, iterations, intervalWish (100 ms), lowPorts,
 * onStream(EndToEndStream), patience (1; less shortens the waits for ACK and RESUME_ACK, for tests). Emits 'event' with one plain object for everything that happens.
 */
export class Device extends EventEmitter {
  #descriptors = [];
  #session = null;
  #stopped = false;
  #wakes = new Set();
  #woken = null;
  #backOff = new BackOff();
  #cache = {};
  #ticket = null;
  #returning = null;

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
    Object.assign(this, { suites: [1, 2], lowPorts: false, intervalWish: 0, patience: 1 }, options);
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

  /** Registers, and stays in the server's list until stop(). */
  async run() {
    this.#tell('id', { id: formatId(this.id) });
    let values = null;
    while (!this.#stopped) {
      values ??= await this.#registered();
      if (values === null || this.#stopped) break;
      const reason = await this.#live(values);
      this.#tell('session-ended', { why: reason.why });
      values = reason.values ?? null;
      if (values || this.#stopped) continue;
      if (reason.waitMs > 0) await delay(reason.waitMs);
      const mayReturn = reason.acked && !['lifetime', 'not-resumed'].includes(reason.why);
      values = mayReturn ? await this.#resumed({ newTicket: false }) : null;
      // A RESET told how long to wait, a lifetime that is over is no failure.
      if (values === null && (mayReturn || reason.waitMs === undefined)) await delay(this.#backOff.next());
    }
    values?.socket?.close();
  }

  /** The values of a registration by TCP, tried until it is there; null when stopped. */
  async #registered() {
    while (!this.#stopped) {
      try {
        const values = await within(15_000, 'registering', this.#register());
        this.#tell('registered', { interval: values.interval, ackEvery: values.ackEvery, udpPort: values.udpPort, lifetime: values.lifetime, ticket: values.ticket.length });
        return values;
      } catch (error) {
        this.#tell('register-failed', { why: error.message, name: error.name });
        await delay(this.#backOff.next(error.retryAfter ?? 0));
      }
    }
    return null;
  }

  async #live(values) {
    const session = new UdpSession(this, values);
    this.#session = session;
    try {
      const reason = await session.over;
      const returned = await this.#returning;
      return returned ? { ...reason, values: returned } : reason;
    } finally { this.#session = null; this.#returning = null; }
  }

  /** The first ACK of a session: from now on its ticket is the device's, and its registration no failure (SPEC 7.9, 10.3). */
  confirmed(session) {
    this.#backOff.succeeded();
    if (session.values.nextTicket) this.#ticket = session.values.nextTicket;
  }

  /** Comes back on demand, as after a change of network; the present session lives on until RESUME_ACK. */
  comeBack() {
    const session = this.#session;
    if (!session || this.#returning) return;
    if (!this.#ticket) { session.end('no-ticket'); return; }
    this.#returning = this.#resumed({ newTicket: true });
    this.#returning.then((values) => session.end(values ? 'resumed' : 'not-resumed'));
  }

  /** The values of a session that RESUME brought, or null. A full server is asked again after its time, as often as registering would. */
  async #resumed({ newTicket }) {
    while (!this.#stopped && this.#ticket && Date.now() < this.#ticket.expires) {
      const pastHalf = Date.now() > (this.#ticket.issued + this.#ticket.expires) / 2;
      const outcome = await comeBack(this.#ticket, { id: this.id, newTicket: newTicket || pastHalf, tell: (...more) => this.#tell(...more), stopped: () => this.#stopped, patience: this.patience });
      if (outcome?.status !== 1) {
        this.#tell(outcome ? 'resumed' : 'resume-failed', outcome ? { interval: outcome.interval, observed: `${outcome.observed.address}:${outcome.observed.port}`, newTicket: outcome.ticket.length > 0 } : {});
        return outcome;
      }
      this.#tell('resume-full', { retryAfter: outcome.retryAfter });
      await delay(this.#backOff.next(outcome.retryAfter));
    }
    return null;
  }

  async #handshake(role, more = {}) {
    const socket = await connect({ host: this.host, port: this.port });
    socket.on('error', () => {});
    try {
      const { channel, observed } = await within(10_000, 'handshake', clientHandshake(socket, {
        role, host: this.host, trust: this.trust, identity: this.identity, suites: this.suites, cache: this.#cache,
        ticket: this.#ticket?.ticket, binderOf: (upToBinder) => binder(this.#ticket.root, upToBinder), ...more,
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
      this.#ticket = values.ticket.length === 0 ? null : {
        ticket: Buffer.from(values.ticket), ...registrationKeys(channel, values.cid, this.id), steer: values.cid[3], server: values.server, udpPort: values.udpPort,
        issued: Date.now(), expires: Date.now() + 1000 * values.lifetime,
      };
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
