// The issuer (SPEC 2, 6, 9): TCP #1, descriptor, request, and the stream that the device dials back.
//
// TCP #1 must come from the port on which the issuer listens (SPEC 6.5). Node sets SO_REUSEADDR on every socket that it binds,
// and Linux then lets a listener share the port of a bound connection, though not the other way round. So the order here is:
// choose a free port, connect from it, and open the listener on the same port before the request is sent.
import net from 'node:net';
import { cat, u16 } from './bytes.mjs';
import { random } from './crypto.mjs';
import { clientKey, openDescriptor } from './descriptor.mjs';
import { COMMREQ_LENGTH, IssuerRequest, PING, requestPayload, sessBind, VERDICT } from './endtoend.mjs';
import { INNER, SocketReader, within } from './frames.mjs';
import { clientHandshake, connect } from './handshake-client.mjs';
import { connect1, descriptorGet, parseDescriptorReply, parseResult, ROLE } from './messages.mjs';
import { RecordProtection, SecureChannel } from './records.mjs';
import { EndToEndStream } from './stream.mjs';

const COMMREQ_MS = 5000;
const COMMREQ_WAIT_MS = 10_000;
const MOST_WITHOUT_COMMREQ = 64;
const DEFAULT_TIMEOUT = 100;

/** The request came to nothing; `kind` is unavailable, no-answer, limited, address, password, locked, stale or busy. */
export class RequestFailed extends Error {
  constructor(kind, more = {}) { super(`the request failed: ${kind}`); Object.assign(this, { name: 'RequestFailed', kind }, more); }
}
const RESULT_KINDS = { 2: 'no-answer', 3: 'unavailable', 4: 'limited', 5: 'address' };
const VERDICT_KINDS = {
  [VERDICT.PASSWORD]: 'password', [VERDICT.LOCKED]: 'locked', [VERDICT.STALE]: 'stale', [VERDICT.ADDRESS]: 'address', [VERDICT.BUSY]: 'busy',
};

const listening = (options) => new Promise((resolve, reject) => {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true });
  server.once('error', reject);
  server.listen(options, () => resolve(server));
});

async function freePort(host) {
  const server = await listening({ port: 0, host });
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class Issuer {
  #ref = 0;
  #waiting = new Map();
  #without = 0;

  constructor(parts) { Object.assign(this, parts); }

  /** options: host, port, trust, suites, cache. */
  static async open(options) {
    const { socket, localPort } = await Issuer.#fromFreePort(options);
    socket.on('error', () => {});
    try {
      const { channel, observed, cached, suite } = await within(10_000, 'handshake', clientHandshake(socket, { role: ROLE.ISSUER, ...options }));
      const listener = await listening({ port: localPort, host: socket.localAddress, exclusive: true });
      const issuer = new Issuer({ socket, channel, observed, cached, suite, listener });
      listener.on('connection', (incoming) => issuer.#incoming(incoming));
      return issuer;
    } catch (error) { socket.destroy(); throw error; }
  }

  static async #fromFreePort({ host, port }) {
    for (let attempt = 0; ; attempt++) {
      const localPort = await freePort(undefined);
      try { return { socket: await connect({ host, port, localPort }), localPort }; } catch (error) {
        if (error.code !== 'EADDRINUSE' || attempt === 4) throw error;
      }
    }
  }

  async descriptor(id) {
    this.channel.send(INNER.DESCRIPTOR_GET, descriptorGet(id));
    const reply = parseDescriptorReply(await this.channel.expect(INNER.DESCRIPTOR));
    if (!reply.id.equals(id)) throw new Error('the descriptor of another device');
    if (reply.descriptor.length === 0) throw new RequestFailed('unavailable');
    return { bytes: reply.descriptor, ...openDescriptor(reply.descriptor, id) };
  }

  /** The opened stream; with ping the milliseconds instead. `password` null asks without one. */
  async request(id, password, { ping = false, timeout = DEFAULT_TIMEOUT } = {}) {
    for (let attempt = 0; ; attempt++) {
      const descriptor = await this.descriptor(id);
      const key = password === null ? Buffer.alloc(32) : await clientKey(password, id, descriptor.salt, descriptor.iterations);
      try { return await this.#requestOnce(id, key, descriptor, ping, timeout); } catch (error) {
        if (error.kind !== 'stale' || attempt > 0) throw error;
      }
    }
  }

  async #requestOnce(id, key, descriptor, ping, timeout) {
    const at = cat(this.observed.ip, u16(this.observed.port));
    const nonce = random(16);
    const payload = requestPayload({
      nonce, unixMs: Date.now(), clientKey: key, caps: ping ? PING : 0, candidates: [at], sessBind: sessBind(this.channel.exporter.secret, id, at),
    });
    const request = new IssuerRequest({ id, descriptor: descriptor.bytes, kemPub: descriptor.kemPub, payload, nonce });
    const ref = ++this.#ref;
    const dialled = ping ? null : this.#expect(request);
    dialled?.catch(() => {});
    const from = performance.now();
    try {
      this.channel.send(INNER.CONNECT1, connect1({ ref, timeout, id, at, e2e1: request.e2e1 }));
      const result = parseResult(await within(100 * timeout + 2000, 'RESULT', this.channel.expect(INNER.RESULT)));
      const ms = performance.now() - from;
      if (result.ref !== ref) throw new Error('RESULT for another request');
      const status = result.verdict.length ? request.open(result.verdict).status : null;
      if (status !== null && status !== VERDICT.YES) throw new RequestFailed(VERDICT_KINDS[status] ?? 'unknown verdict', { result });
      if (result.status !== 1) throw new RequestFailed(RESULT_KINDS[result.status], { result });
      if (!ping) return await within(COMMREQ_WAIT_MS, 'COMMREQ', dialled);
      if (status === null) throw new Error('PING was accepted without a verdict');
      return { ms, waitedMs: result.waitedMs };
    } finally { this.#waiting.delete(request.commId.toString('hex')); }
  }

  #expect(request) {
    return new Promise((resolve) => this.#waiting.set(request.commId.toString('hex'), { request, resolve }));
  }

  async #incoming(socket) {
    socket.on('error', () => {});
    if (this.#without >= MOST_WITHOUT_COMMREQ) { socket.destroy(); return; }
    this.#without++;
    try {
      const reader = new SocketReader(socket);
      const bytes = await within(COMMREQ_MS, 'COMMREQ', reader.exact(COMMREQ_LENGTH));
      const waiting = this.#waiting.get(bytes.subarray(2, 10).toString('hex'));
      if (!waiting) throw new Error('unknown comm_id');
      const keys = waiting.request.accept(bytes);
      const channel = new SecureChannel(reader, new RecordProtection(keys.i2d), new RecordProtection(keys.d2i));
      channel.send(INNER.ACCEPT, Buffer.alloc(0));
      this.#waiting.delete(bytes.subarray(2, 10).toString('hex'));
      waiting.resolve(new EndToEndStream(channel));
    } catch { socket.destroy(); } finally { this.#without--; }
  }

  close() {
    this.channel.close();
    this.socket.resume();
    this.listener.close();
    setTimeout(() => this.socket.destroy(), 1000).unref();
  }
}
