// A small FRL1 server for the self-tests: it keeps the table ID → address in memory, gives tickets and takes them, and has no limits.
import dgram from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import net from 'node:net';
import { cat, endpoint, equalSecret, u32 } from '../frl1/bytes.mjs';
import { random } from '../frl1/crypto.mjs';
import { openDescriptor } from '../frl1/descriptor.mjs';
import { sessBind } from '../frl1/endtoend.mjs';
import { INNER } from '../frl1/frames.mjs';
import { nodeKey, serverHandshake } from '../frl1/handshake-server.mjs';
import { deviceId } from '../frl1/identifier.mjs';
import { connect2, descriptorReply, parseAnswer, parseConnect1, parseDescriptorGet, parseRegister, registered, result, ROLE } from '../frl1/messages.mjs';
import { binder, openTicket, registrationKeys, RESUME } from '../frl1/resume.mjs';
import { ack, addrTag, cidOf, DATAGRAM, fast, FROM_DEVICE, heartbeatFields, openDatagram, ReplayWindow, reset, resetToken, udpKey, wake } from '../frl1/udp.mjs';
import { Binding } from './binding.mjs';
import { Returns } from './returns.mjs';

const NODE_ID = 7;

/**
 * options: credential, suites, cookies, route ('wake', 'pending' or 'fast'), interval (100 ms), ackEvery, challenge, tickets, full (RESUME is told to
 * come back after so many seconds), port, kept (what an earlier one `keeps`: this one is it, started again). Emits 'event'.
 */
export class MiniServer extends EventEmitter {
  constructor(options) {
    super();
    Object.assign(this, { suites: [1, 2], cookies: false, route: 'wake', interval: 10, ackEvery: 1, challenge: true, refuse: null, tickets: true, full: null, port: 0, lifetime: 3600 }, options);
    this.secret = options.kept?.secret ?? random(32);
    this.ticketKey = options.kept?.ticketKey ?? { keyId: random(4).readUInt32BE(), key: random(32) };
    this.epoch = options.kept?.epoch ?? 0;
    this.kReset = nodeKey(this.secret, 'node reset', NODE_ID);
    this.devices = new Map();
    for (const descriptor of options.kept?.descriptors ?? []) this.#device(deviceId(descriptor.subarray(32, 97))).descriptor = descriptor;
    this.byCid = new Map();
    this.nodeId = NODE_ID;
    this.slots = 0;
    this.returns = new Returns(this);
    this.requests = new Map();
    this.sockets = new Set();
  }
  tell(event, more = {}) { this.emit('event', { event, ...more }); }

  /** What outlives a restart. */
  get keeps() { return { secret: this.secret, ticketKey: this.ticketKey, epoch: this.epoch, descriptors: [...this.devices.values()].map((device) => device.descriptor) }; }

  #device(id) {
    const key = id.toString('hex');
    if (!this.devices.has(key)) this.devices.set(key, { id, descriptor: null, session: null, pending: null, wakePending: null, channel: null });
    return this.devices.get(key);
  }
  newCid() { return cat(u32(++this.slots), random(4)); }
  /** A session that datagrams find, and that no one calls the device's yet. */
  session(device, cid, key, registered) {
    const session = { device, cid, key, ctr: 0n, window: new ReplayWindow(), return: null };
    session.binding = new Binding(registered, { challenge: this.challenge, challengeBound: (nonce) => this.#challenge(session, nonce) });
    this.byCid.set(cid.toString('hex'), session);
    return session;
  }
  end(session) {
    session.binding.stop();
    this.byCid.delete(session.cid.toString('hex'));
  }

  async start() {
    this.tcp = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#connection(socket));
    this.tcp.listen(this.port, '127.0.0.1');
    await once(this.tcp, 'listening');
    this.port = this.tcp.address().port;
    this.udp = dgram.createSocket('udp4');
    this.udp.on('message', (datagram, from) => this.#datagram(datagram, from));
    this.udp.bind(this.port, '127.0.0.1');
    await once(this.udp, 'listening');
    return this;
  }
  async stop() {
    for (const socket of this.sockets) socket.destroy();
    this.forget();
    await Promise.all([new Promise((done) => this.tcp.close(done)), new Promise((done) => this.udp.close(done))]);
  }

  async #connection(socket) {
    this.sockets.add(socket);
    socket.on('error', () => {}).on('close', () => this.sockets.delete(socket));
    try {
      const session = await serverHandshake(socket, {
        chain: this.credential.chain, key: this.credential.key, suites: this.suites, refuse: this.refuse,
        kCookie: this.cookies ? nodeKey(this.secret, 'node cookie', NODE_ID) : null,
      });
      this.tell('handshake', { role: session.role, suite: session.suite.number, cached: session.cached, name: session.serverName, ticket: this.#shown(session) });
      await { [ROLE.ISSUER]: () => this.#issuer(session, socket), [ROLE.REGISTER]: () => this.#register(session, socket), [ROLE.WOKEN]: () => this.#woken(session) }[session.role]();
      if (socket.writable) session.channel.close();
    } catch (error) { this.tell('connection-failed', { why: error.message }); if (!socket.writableEnded) socket.destroy(); }
  }

  /** What the ticket of a HELLO is: null, 'good' or 'bad' (SPEC 4.12). */
  #shown({ ticket, upToBinder, binder: shown }) {
    if (ticket.length === 0) return null;
    const contents = openTicket(this.ticketKey, ticket);
    return contents && equalSecret(shown, binder(contents.root, upToBinder)) ? 'good' : 'bad';
  }

  async #register({ channel, clientPoint }, socket) {
    const { descriptor } = parseRegister(await channel.expect(INNER.REGISTER));
    const id = deviceId(clientPoint);
    openDescriptor(descriptor, id);
    const cid = this.newCid();
    const device = this.#device(id);
    if (device.session) this.end(device.session);
    this.returns.drop(device);
    device.descriptor = descriptor;
    device.session = this.session(device, cid, udpKey(channel, cid, id), socket.remoteAddress);
    channel.send(INNER.REGISTERED, registered({
      status: 0, cid, resetToken: resetToken(this.kReset, NODE_ID, cid), interval: this.interval, ackEvery: this.ackEvery, missed: 3, udpPort: 0,
      nodeId: NODE_ID, lifetime: this.lifetime, unixMs: Date.now(), ticket: this.tickets ? this.returns.first(id, registrationKeys(channel, cid, id), socket.remoteAddress) : undefined,
    }));
    this.tell('registered');
  }

  async #issuer({ channel }, socket) {
    const source = endpoint(socket.remoteAddress, socket.remotePort);
    for (;;) {
      const message = await channel.receive();
      if (message === null || message.type === INNER.CLOSE) return;
      if (message.type === INNER.DESCRIPTOR_GET) {
        const id = parseDescriptorGet(message.content);
        channel.send(INNER.DESCRIPTOR, descriptorReply(id, this.devices.get(id.toString('hex'))?.descriptor ?? Buffer.alloc(0)));
        continue;
      }
      const request = parseConnect1(message.content);
      const device = this.devices.get(request.id.toString('hex'));
      const answerWith = (status, verdict) => channel.send(INNER.RESULT, result({ ref: request.ref, status, verdict }));
      if (!request.at.equals(source)) { answerWith(5); continue; }
      if (!device?.session?.binding.bound) { answerWith(3); continue; }
      const requestId = random(8);
      const late = setTimeout(() => { this.requests.delete(requestId.toString('hex')); answerWith(2); }, 100 * (request.timeout || 100));
      this.requests.set(requestId.toString('hex'), (reply) => { clearTimeout(late); answerWith(reply.status === 1 ? 1 : 3, reply.verdict); });
      const content = connect2({ requestId, samePublic: true, at: request.at, e2e1: request.e2e1, sessBind: sessBind(channel.exporter.secret, request.id, request.at) });
      this.#pass(device, content);
    }
  }

  #pass(device, content) {
    device.content = content;
    if (device.channel) device.channel.send(INNER.CONNECT2, content);
    else if (this.route === 'fast') for (let i = 0; i < 2; i++) this.#wakeUp(device, (at) => fast(device.session.key, DATAGRAM.CONNECT2_FAST, { ...at, content }));
    else if (this.route === 'pending') device.wakePending = Buffer.alloc(8);
    else {
      const wakeId = random(8);
      for (let i = 0; i < 2; i++) this.#wakeUp(device, (at) => wake(device.session.key, { ...at, wakeId, ttl: 10 }));
    }
  }
  #wakeUp({ session }, make) {
    for (const to of session.binding.reachable) this.sendTo(to, make({ cid: session.cid, ctr: ++session.ctr }));
  }

  async #woken({ channel, clientPoint, wakeId }) {
    const device = this.devices.get(deviceId(clientPoint).toString('hex'));
    this.tell('woken', { wakeId: wakeId.toString('hex') });
    device.wakePending = null;
    device.channel = channel;
    try {
      channel.send(INNER.CONNECT2, device.content);
      for (;;) {
        const message = await channel.receive();
        if (message === null || message.type !== INNER.ANSWER) return;
        this.#answered(message.content);
      }
    } finally { device.channel = null; }
  }
  closeWoken(reason = 2) { for (const device of this.devices.values()) device.channel?.close(reason); }

  #answered(content) {
    const reply = parseAnswer(content);
    const key = reply.requestId.toString('hex');
    this.tell('answer', { status: reply.status, repeated: !this.requests.has(key) });
    this.requests.get(key)?.(reply);
    this.requests.delete(key);
  }

  /** Loses every session, as a restart does. */
  forget() {
    for (const device of this.devices.values()) {
      this.returns.drop(device);
      if (device.session) this.end(device.session);
      device.session = null;
    }
  }
  sendTo(to, datagram) { this.udp.send(datagram, to.port, to.address); }
  #challenge(session, nonce) {
    this.sendTo(session.binding.bound, ack(session.key, { cid: session.cid, ctr: ++session.ctr, interval: this.interval, ackEvery: this.ackEvery, challenge: nonce }));
  }

  #datagram(datagram, from) {
    if (datagram[0] === RESUME) { this.returns.take(datagram, from); return; }
    if (datagram.length < 40) return;
    const session = this.byCid.get(cidOf(datagram).toString('hex'));
    if (!session) {
      const cid = Buffer.from(cidOf(datagram));
      if (datagram[0] === DATAGRAM.HB) this.sendTo(from, reset(resetToken(this.kReset, NODE_ID, cid), cid, 0, random(4)));
      return;
    }
    const m = openDatagram(datagram, session.key, FROM_DEVICE, session.window);
    if (m === null) { this.tell('bad-datagram'); return; }
    if (m.type === DATAGRAM.ANSWER_FAST) this.#answered(m.body);
    if (m.type === DATAGRAM.WAKE_ACK) this.tell('wake-ack', { prefix: m.word.toString('hex') });
    if (m.type === DATAGRAM.HB) this.#heartbeat(session, heartbeatFields(m), from);
  }

  #heartbeat(session, hb, from) {
    const { device, binding } = session;
    const provesPath = session === device.pending && this.returns.activate(session, from);
    const challenge = binding.heard(hb.echo, from, provesPath);
    const bound = binding.bound && `${binding.bound.address}:${binding.bound.port}`;
    this.tell('heartbeat', { ctr: hb.ctr, echo: hb.echo?.toString('hex'), goodbye: hb.goodbye, ackWanted: hb.ackWanted, long: hb.long, bound, validated: binding.validated });
    if (this.mute || hb.goodbye || !(hb.ackWanted || device.wakePending || challenge)) return;
    if (challenge) this.tell('challenge', { nonce: challenge.toString('hex') });
    this.sendTo(from, ack(session.key, {
      cid: session.cid, ctr: ++session.ctr, interval: this.interval, ackEvery: this.ackEvery, hbCtr: hb.ctr, wakePending: device.wakePending !== null,
      challenge, tag: this.wrongTags-- > 0 ? 1 : addrTag(from.address, from.port), observed: hb.long && !challenge ? { address: from.address, port: from.port, unixMs: Date.now() } : null,
    }));
  }
  wrongTags = 0;
  /** No HB gets an ACK. */
  mute = false;
  /** So many valid RESUMEs get no answer. */
  deaf = 0;
}
