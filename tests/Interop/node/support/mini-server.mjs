// A small FRL1 server for the self-tests: it keeps the table ID → address in memory and has no limits.
import dgram from 'node:dgram';
import { EventEmitter, once } from 'node:events';
import net from 'node:net';
import { cat, endpoint, u32 } from '../frl1/bytes.mjs';
import { random } from '../frl1/crypto.mjs';
import { openDescriptor } from '../frl1/descriptor.mjs';
import { sessBind } from '../frl1/endtoend.mjs';
import { INNER } from '../frl1/frames.mjs';
import { nodeKey, serverHandshake } from '../frl1/handshake-server.mjs';
import { deviceId } from '../frl1/identifier.mjs';
import { connect2, descriptorReply, parseAnswer, parseConnect1, parseDescriptorGet, parseRegister, registered, result, ROLE } from '../frl1/messages.mjs';
import { ack, addrTag, cidOf, DATAGRAM, fast, FROM_DEVICE, heartbeatFields, openDatagram, ReplayWindow, reset, resetToken, udpKey, wake } from '../frl1/udp.mjs';

const NODE_ID = 7;

/** options: credential, suites, cookies, route ('wake', 'pending' or 'fast'), interval (100 ms), ackEvery, challenge. Emits 'event'. */
export class MiniServer extends EventEmitter {
  constructor(options) {
    super();
    Object.assign(this, { suites: [1, 2], cookies: false, route: 'wake', interval: 10, ackEvery: 1, challenge: true, refuse: null }, options);
    this.secret = random(32);
    this.kReset = nodeKey(this.secret, 'node reset', NODE_ID);
    this.devices = new Map();
    this.byCid = new Map();
    this.requests = new Map();
    this.sockets = new Set();
  }
  #tell(event, more = {}) { this.emit('event', { event, ...more }); }

  async start() {
    this.tcp = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#connection(socket));
    this.tcp.listen(0, '127.0.0.1');
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
      this.#tell('handshake', { role: session.role, suite: session.suite.number, cached: session.cached, name: session.serverName });
      await { [ROLE.ISSUER]: () => this.#issuer(session, socket), [ROLE.REGISTER]: () => this.#register(session, socket), [ROLE.WOKEN]: () => this.#woken(session) }[session.role]();
      if (socket.writable) session.channel.close();
    } catch (error) { this.#tell('connection-failed', { why: error.message }); if (!socket.writableEnded) socket.destroy(); }
  }

  async #register({ channel, clientPoint }, socket) {
    const { descriptor } = parseRegister(await channel.expect(INNER.REGISTER));
    const id = deviceId(clientPoint);
    openDescriptor(descriptor, id);
    const cid = cat(u32(this.byCid.size + 1), random(4));
    const device = { id, cid, descriptor, key: udpKey(channel, cid, id), ctr: 0n, window: new ReplayWindow(), ip: socket.remoteAddress, address: null, pending: null, heard: 0 };
    this.devices.set(id.toString('hex'), device);
    this.byCid.set(cid.toString('hex'), device);
    channel.send(INNER.REGISTERED, registered({
      status: 0, cid, resetToken: resetToken(this.kReset, NODE_ID, cid), interval: this.interval, ackEvery: this.ackEvery, missed: 3, udpPort: 0,
      nodeId: NODE_ID, lifetime: 3600, unixMs: Date.now(),
    }));
    this.#tell('registered');
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
      if (!device?.address) { answerWith(3); continue; }
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
    else if (this.route === 'fast') for (let i = 0; i < 2; i++) this.#send(device, fast(device.key, DATAGRAM.CONNECT2_FAST, { cid: device.cid, ctr: ++device.ctr, content }));
    else if (this.route === 'pending') device.pending = Buffer.alloc(8);
    else {
      device.wakeId = random(8);
      for (let i = 0; i < 2; i++) this.#send(device, wake(device.key, { cid: device.cid, ctr: ++device.ctr, wakeId: device.wakeId, ttl: 10 }));
    }
  }

  async #woken({ channel, clientPoint, wakeId }) {
    const device = this.devices.get(deviceId(clientPoint).toString('hex'));
    this.#tell('woken', { wakeId: wakeId.toString('hex') });
    device.pending = null;
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
    this.#tell('answer', { status: reply.status, repeated: !this.requests.has(key) });
    this.requests.get(key)?.(reply);
    this.requests.delete(key);
  }

  forget() { this.byCid.clear(); }
  #send(device, datagram) { this.udp.send(datagram, device.address.port, device.address.address); }

  #datagram(datagram, from) {
    if (datagram.length < 40) return;
    const device = this.byCid.get(cidOf(datagram).toString('hex'));
    if (!device) {
      const cid = Buffer.from(cidOf(datagram));
      if (datagram[0] === DATAGRAM.HB) this.udp.send(reset(resetToken(this.kReset, NODE_ID, cid), cid, 0, random(4)), from.port, from.address);
      return;
    }
    const m = openDatagram(datagram, device.key, FROM_DEVICE, device.window);
    if (m === null) { this.#tell('bad-datagram'); return; }
    device.address = from;
    if (m.type === DATAGRAM.ANSWER_FAST) this.#answered(m.body);
    if (m.type === DATAGRAM.WAKE_ACK) this.#tell('wake-ack', { prefix: m.word.toString('hex') });
    if (m.type !== DATAGRAM.HB) return;
    const hb = heartbeatFields(m);
    this.#tell('heartbeat', { ctr: hb.ctr, echo: hb.echo?.toString('hex'), goodbye: hb.goodbye, ackWanted: hb.ackWanted, long: hb.long });
    if (hb.goodbye || !(hb.ackWanted || device.pending)) return;
    const challenge = this.challenge && device.heard++ === 0 ? random(4) : null;
    if (challenge) this.#tell('challenge', { nonce: challenge.toString('hex') });
    this.#send(device, ack(device.key, {
      cid: device.cid, ctr: ++device.ctr, interval: this.interval, ackEvery: this.ackEvery, hbCtr: hb.ctr, wakePending: device.pending !== null,
      challenge, tag: this.wrongTags-- > 0 ? 1 : addrTag(from.address, from.port), observed: hb.long && !challenge ? { address: from.address, port: from.port, unixMs: Date.now() } : null,
    }));
  }
  wrongTags = 0;
}
