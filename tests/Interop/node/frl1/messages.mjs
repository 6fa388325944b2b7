// The layouts of SPEC 4.3 to 4.11 and 6.
import { ascii, bytes16, bytes8, cat, Malformed, readEndpoint, Reader, u16, u32, u64, u8 } from './bytes.mjs';

export const ROLE = { ISSUER: 1, REGISTER: 2, WOKEN: 3 };
export const HELLO_LEAST = 252;
export const TICKET_MOST = 144;

/** HELLO's payload up to the cookie field: the part that stays the same after RETRY. With a ticket, binderOf makes the binder of all before it. */
export function helloPrefix({
  role, suites, clientRandom, cachedCertHash = Buffer.alloc(32), serverName = '', wakeId = null, ticket = Buffer.alloc(0), binderOf = null,
}) {
  const upToBinder = cat(
    ascii('FRL1'), u8(role), u8(0), u8(1), u8(1), u16(suites), clientRandom, cachedCertHash,
    bytes8(ascii(serverName)), bytes8(role === ROLE.WOKEN ? wakeId : Buffer.alloc(0)), bytes16(ticket),
  );
  return ticket.length === 0 ? upToBinder : cat(upToBinder, binderOf(upToBinder));
}

export function hello(prefix, cookie = Buffer.alloc(0)) {
  const body = cat(prefix, bytes16(cookie));
  return cat(body, Buffer.alloc(Math.max(0, HELLO_LEAST - body.length)));
}

export function parseHello(payload) {
  if (payload.length < HELLO_LEAST) throw new Malformed('HELLO shorter than 252 bytes');
  const r = new Reader(payload);
  if (!r.take(4).equals(ascii('FRL1'))) throw new Malformed('magic');
  const m = { role: r.u8(), flags: r.u8(), versionMin: r.u8(), versionMax: r.u8(), suites: r.u16() };
  if (m.role < 1 || m.role > 3) throw new Malformed('role');
  if (m.versionMax < m.versionMin) throw new Malformed('version range');
  m.clientRandom = r.take(32);
  m.cachedCertHash = r.take(32);
  m.caching = m.cachedCertHash.some((b) => b !== 0);
  const name = r.bytes8();
  if (name.some((b) => b > 0x7e || b < 0x21)) throw new Malformed('server name');
  m.serverName = name.toString('ascii');
  m.context = r.bytes8();
  if (m.context.length !== (m.role === ROLE.WOKEN ? 8 : 0)) throw new Malformed('context');
  m.ticket = r.bytes16(m.role === ROLE.ISSUER ? 0 : TICKET_MOST);
  m.upToBinder = payload.subarray(0, r.at);
  m.binder = r.take(m.ticket.length === 0 ? 0 : 32);
  m.prefix = payload.subarray(0, r.at);
  m.cookie = r.bytes16(64);
  if (r.take(r.left).some((b) => b !== 0)) throw new Malformed('HELLO padding');
  return m;
}

export function cert({ version = 1, versionMax = 1, suite, suites, serverRandom, chain = null }) {
  const ders = chain ? cat(...chain.map(bytes16)) : Buffer.alloc(0);
  return cat(u8(version), u8(versionMax), u8(chain ? 0 : 1), u8(0), u16(suite), u16(suites), serverRandom, u16(ders.length), ders);
}

export function parseCert(payload) {
  const r = new Reader(payload);
  const m = { version: r.u8(), versionMax: r.u8() };
  m.cached = (r.u8() & 1) === 1;
  r.u8();
  Object.assign(m, { suite: r.u16(), suites: r.u16(), serverRandom: r.take(32), chainBytes: r.bytes16(8192) });
  r.end();
  if (m.cached !== (m.chainBytes.length === 0)) throw new Malformed('CERT with CACHED and a chain, or with neither');
  if (!m.cached) m.chain = parseChain(m.chainBytes);
  return m;
}

export function parseChain(bytes) {
  const r = new Reader(bytes);
  const ders = [];
  while (r.left > 0) ders.push(r.bytes16());
  if (ders.length < 1 || ders.length > 3) throw new Malformed('number of certificates');
  return ders;
}

export const clientId = (point) => cat(u8(1), bytes16(point));
export function parseClientId(content) {
  const r = new Reader(content);
  if (r.u8() !== 1) throw new Malformed('kind of CLIENT_ID');
  const point = r.bytes16();
  r.end();
  return point;
}

export const retry = (cookie) => bytes16(cookie);
export function parseRetry(payload) {
  const r = new Reader(payload);
  const cookie = r.bytes16(64);
  r.end();
  return cookie;
}

export const ALERTS = { 1: 'overloaded', 2: 'no common version', 3: 'no common suite', 4: 'shutting down' };
export const alert = (reason, retryAfter = 0) => cat(u8(reason), u8(0), u16(retryAfter));
export function parseAlert(payload) {
  const r = new Reader(payload);
  const m = { reason: r.u8() };
  r.u8();
  m.retryAfter = Math.min(300, r.u16());
  r.end();
  return m;
}

export function parseObserved(content) {
  const r = new Reader(content);
  const at = readEndpoint(r);
  r.end();
  return at;
}

export const register = (intervalWish, descriptor) => cat(u8(0), u8(0), u16(intervalWish), bytes16(descriptor));
export function parseRegister(content) {
  const r = new Reader(content);
  r.u16();
  const m = { intervalWish: r.u16(), descriptor: r.bytes16() };
  r.end();
  return m;
}

export function registered(m) {
  if (m.status !== 0) return cat(u8(m.status), u8(0), u16(m.retryAfter), Buffer.alloc(38), u64(m.unixMs), u16(0));
  return cat(u8(0), u8(0), u16(0), m.cid, m.resetToken, u16(m.interval), u8(m.ackEvery), u8(m.missed), u16(m.udpPort), u32(m.nodeId), u32(m.lifetime), u64(m.unixMs), bytes16(m.ticket ?? Buffer.alloc(0)));
}
export function parseRegistered(content) {
  const r = new Reader(content);
  const m = { status: r.u8() };
  r.u8();
  Object.assign(m, {
    retryAfter: r.u16(), cid: r.take(8), resetToken: r.take(16), interval: r.u16(), ackEvery: r.u8(), missed: r.u8(),
    udpPort: r.u16(), nodeId: r.u32(), lifetime: r.u32(), unixMs: r.u64(), ticket: r.bytes16(TICKET_MOST),
  });
  r.end();
  if (m.status > 3) throw new Malformed('status of REGISTERED');
  if (m.status !== 0 && (m.ticket.length !== 0 || content.subarray(4, 42).some((b) => b !== 0))) throw new Malformed('REGISTERED with a status and values');
  if (m.status === 0 && (m.ackEvery < 1 || m.ackEvery > 15 || m.interval === 0)) throw new Malformed('values of REGISTERED');
  return m;
}

export const descriptorGet = (id) => Buffer.from(id);
export function parseDescriptorGet(content) {
  const r = new Reader(content);
  const id = r.take(16);
  r.end();
  return id;
}
export const descriptorReply = (id, descriptor) => cat(id, bytes16(descriptor));
export function parseDescriptorReply(content) {
  const r = new Reader(content);
  const m = { id: r.take(16), descriptor: r.bytes16() };
  r.end();
  return m;
}

export function connect1({ ref, timeout = 0, id, at, e2e1 }) {
  return cat(u32(ref), u16(0), u16(timeout), id, at, bytes8(Buffer.alloc(0)), bytes16(Buffer.alloc(0)), bytes16(e2e1));
}
export function parseConnect1(content) {
  const r = new Reader(content);
  const m = { ref: r.u32() };
  r.u16();
  Object.assign(m, { timeout: r.u16(), id: r.take(16), at: r.take(18) });
  if (r.bytes8().length !== 0 || r.bytes16().length !== 0) throw new Malformed('token in CONNECT1');
  m.e2e1 = e2e1Field(r);
  r.end();
  return m;
}

function e2e1Field(r) {
  const e2e1 = r.bytes16(1024);
  if (e2e1.length < 208) throw new Malformed('e2e1 too short');
  return e2e1;
}

function verdictField(r) {
  const verdict = r.bytes16(98);
  if (verdict.length !== 0 && verdict.length !== 98) throw new Malformed('length of the verdict');
  return verdict;
}

export const result = ({ ref, status, retryAfter = 0, waitedMs = 0, verdict = Buffer.alloc(0) }) =>
  cat(u32(ref), u8(status), u8(0), u16(retryAfter), u32(waitedMs), bytes16(verdict));
export function parseResult(content) {
  const r = new Reader(content);
  const m = { ref: r.u32(), status: r.u8() };
  r.u8();
  Object.assign(m, { retryAfter: r.u16(), waitedMs: r.u32(), verdict: verdictField(r) });
  r.end();
  if (m.status < 1 || m.status > 5) throw new Malformed('status of RESULT');
  return m;
}

export const connect2 = ({ requestId, samePublic = false, at, sessBind, e2e1 }) =>
  cat(requestId, u8(samePublic ? 1 : 0), u8(0), at, sessBind, bytes16(e2e1));
export function parseConnect2(content) {
  const r = new Reader(content);
  const m = { requestId: r.take(8), samePublic: (r.u8() & 1) === 1 };
  r.u8();
  m.at = r.take(18);
  m.endpoint = readEndpoint(new Reader(m.at));
  m.sessBind = r.take(32);
  m.e2e1 = e2e1Field(r);
  r.end();
  return m;
}

export const answer = ({ requestId, accepted, verdict = Buffer.alloc(0) }) => cat(requestId, u8(accepted ? 1 : 2), bytes16(verdict));
export function parseAnswer(content) {
  const r = new Reader(content);
  const m = { requestId: r.take(8), status: r.u8(), verdict: verdictField(r) };
  r.end();
  if (m.status !== 1 && m.status !== 2) throw new Malformed('status of ANSWER');
  return m;
}

export function parseClose(content) {
  if (content.length !== 1) throw new Malformed('length of CLOSE');
  return content[0];
}
