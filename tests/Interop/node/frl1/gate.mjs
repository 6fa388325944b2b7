// The device's decision on a request (SPEC 8.3), lock-out (8.4), what it may dial (8.5).
import { cat, equalSecret, ip16, isMapped, Malformed } from './bytes.mjs';
import { DeviceRequest, e2e1Fields, VERDICT } from './endtoend.mjs';
import { storedKey } from './descriptor.mjs';

const REMEMBERED_MS = 300_000;
const CLOCK_MS = 120_000;
const FREE_FAILURES = 5;
const MOST_LOCK_MS = 900_000;
const FORGOTTEN_MS = 3_600_000;
const FAILURES_A_MINUTE = 30;
const MOST_REMEMBERED = 10_000;

export class Lockout {
  #sources = new Map();
  #minute = { from: -Infinity, failures: 0 };

  static source(ip) { return (isMapped(ip) ? ip.subarray(0, 15) : ip.subarray(0, 8)).toString('hex'); }

  #minuteAt(now) {
    if (now - this.#minute.from >= 60_000) this.#minute = { from: now, failures: 0 };
    return this.#minute;
  }
  /** A source that hasn't failed for an hour since its last lock, or its last failure, is as one that never did. */
  #known(key, now) {
    const known = this.#sources.get(key);
    if (known === undefined || now - known.until < FORGOTTEN_MS) return known;
    this.#sources.delete(key);
    return undefined;
  }
  locked(ip, now) {
    const known = this.#known(Lockout.source(ip), now);
    return known !== undefined && (now < known.until || this.#minuteAt(now).failures >= FAILURES_A_MINUTE);
  }
  failed(ip, now) {
    const key = Lockout.source(ip);
    const known = this.#known(key, now) ?? { failures: 0 };
    known.failures++;
    const beyond = known.failures - FREE_FAILURES;
    known.until = now + (beyond > 0 ? Math.min(MOST_LOCK_MS, 1000 * 2 ** beyond) : 0);
    this.#sources.set(key, known);
    this.#minuteAt(now).failures++;
  }
  succeeded(ip) { this.#sources.delete(Lockout.source(ip)); }
}

const SCOPES = [
  [0, '127.0.0.0', 8], [0, '::1', 128],
  [1, '169.254.0.0', 16], [1, 'fe80::', 10],
  [2, '10.0.0.0', 8], [2, '172.16.0.0', 12], [2, '192.168.0.0', 16], [2, '100.64.0.0', 10], [2, '198.18.0.0', 15], [2, '192.0.0.0', 24],
  [2, 'fc00::', 7], [2, 'fec0::', 10],
];
const NEVER = [['0.0.0.0', 8], ['::', 128], ['224.0.0.0', 4], ['ff00::', 8], ['240.0.0.0', 4], ['64:ff9b:1::', 48], ['2001::', 32], ['169.254.169.254', 32], ['fd00:ec2::254', 128]];

function within(ip, network, bits) {
  const base = ip16(network);
  const length = isMapped(base) ? 96 + bits : bits;
  const number = (b) => BigInt(`0x${b.toString('hex')}`) >> BigInt(128 - length);
  return number(ip) === number(base);
}

/** The IPv4 address that an IPv6 address carries, as ip16; any other address as it is. */
function carried(ip) {
  const mapped = (at) => cat(ip16('0.0.0.0').subarray(0, 12), ip.subarray(at, at + 4));
  if (within(ip, '2002::', 16)) return mapped(2);
  if (within(ip, '64:ff9b::', 96)) return mapped(12);
  const bare = within(ip, '::', 96) && !within(ip, '::', 127);
  return bare ? mapped(12) : ip;
}

export const scope = (ip) => SCOPES.find(([, network, bits]) => within(ip, network, bits))?.[0] ?? 3;

export function mayDial({ ip: given, port, serverIp, samePublic = false, lowPorts = false }) {
  const ip = carried(given);
  if (port === 0 || (port < 1024 && !lowPorts)) return false;
  if (NEVER.some(([network, bits]) => within(ip, network, bits))) return false;
  return scope(ip) >= scope(serverIp) || (samePublic && scope(ip) === 2);
}

/**
 * Decides on CONNECT2. `device` gives id, kem, storedKey, descHashes (Buffers, newest four), serverIp (ip16), lowPorts.
 * decide → null (dropped, no ANSWER), or {accepted, verdict, dial: DeviceRequest | null, status}.
 */
export class RequestGate {
  #answers = new Map();
  #ephemerals = new Map();
  lockout = new Lockout();

  constructor(device) { this.device = device; }

  decide(connect2, now = Date.now()) {
    const id = connect2.requestId.toString('hex');
    this.#forget(now);
    if (this.#answers.has(id)) {
      const { outcome } = this.#answers.get(id);
      return outcome && { ...outcome, dial: null, repeated: true };
    }
    const outcome = this.#first(connect2, now);
    if (this.#answers.size < MOST_REMEMBERED) this.#answers.set(id, { at: now, outcome });
    return outcome;
  }

  #forget(now) {
    for (const memory of [this.#answers, this.#ephemerals]) {
      for (const [key, { at }] of memory) {
        if (now - at < REMEMBERED_MS) break;
        memory.delete(key);
      }
    }
  }

  #first(connect2, now) {
    const { device } = this;
    const source = connect2.endpoint.ip;
    let request = null;
    let fields;
    try { fields = e2e1Fields(connect2.e2e1); } catch (error) { return dropped(error); }
    const ePub = fields.ePub.toString('hex');
    if (this.#ephemerals.has(ePub)) return null;
    const room = this.#ephemerals.size < MOST_REMEMBERED;
    if (room) this.#ephemerals.set(ePub, { at: now });

    try { request = new DeviceRequest({ id: device.id, kem: device.kem, e2e1: connect2.e2e1 }); } catch (error) { dropped(error); }
    const refuse = (status) => ({ accepted: false, status, verdict: request ? request.message2(status).message : Buffer.alloc(0), dial: null });

    if (this.lockout.locked(source, now)) return refuse(VERDICT.LOCKED);
    if (!device.descHashes.some((h) => h.equals(fields.descHash))) return refuse(VERDICT.STALE);
    if (request === null) return null;
    if (Math.abs(Number(request.unixMs) - now) > CLOCK_MS) return refuse(VERDICT.STALE);
    if (!equalSecret(connect2.sessBind, request.sessBind)) return null;
    const at = connect2.endpoint;
    if (!request.candidates.some((c) => c.ip.equals(at.ip) && c.port === at.port)) return null;
    const noPassword = request.clientKey.every((b) => b === 0);
    if (!equalSecret(storedKey(request.clientKey), device.storedKey) || noPassword) {
      this.lockout.failed(source, now);
      return refuse(VERDICT.PASSWORD);
    }
    this.lockout.succeeded(source);
    if (!room) return refuse(VERDICT.BUSY);
    if (request.ping) return { accepted: true, status: VERDICT.YES, verdict: request.message2(VERDICT.YES).message, dial: null, ping: true };
    if (!mayDial({ ip: at.ip, port: at.port, serverIp: device.serverIp, samePublic: connect2.samePublic, lowPorts: device.lowPorts })) return refuse(VERDICT.ADDRESS);
    return { accepted: true, status: VERDICT.YES, verdict: Buffer.alloc(0), dial: request };
  }
}

function dropped(error) {
  if (!(error instanceof Malformed)) throw error;
  return null;
}
