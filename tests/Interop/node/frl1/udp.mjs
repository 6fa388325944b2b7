// The datagrams of SPEC 7 and the replay window. Opening gives an object or null: what fails is dropped in silence.
import { ascii, cat, equalSecret, ip16, ipText, u16, u32, u64, u8 } from './bytes.mjs';
import { hmac, open, seal, sha256 } from './crypto.mjs';

export const DATAGRAM = { HB: 0x11, ACK: 0x12, WAKE: 0x13, WAKE_ACK: 0x14, CONNECT2_FAST: 0x19, ANSWER_FAST: 0x1a, RESET: 0x1f };
export const HB = { LONG: 0x01, ACK_WANTED: 0x02, PROBE: 0x04, GOODBYE: 0x10, ECHO: 0x20 };
export const ACK = { LONG: 0x01, CHAL: 0x04, WAKE_PENDING: 0x08 };
export const FROM_DEVICE = 0;
export const FROM_SERVER = 1;
const PORT_MASK = 0x4652;

export const udpKey = (channel, cid, id) => channel.export('udp', cat(cid, id));
export const addrTag = (address, port) => sha256(ascii('frl1 addr'), ip16(address), u16(port)).readUInt16BE();
export const resetToken = (kReset, nodeId, cid) => hmac('sha256', kReset, ascii('frl1 reset'), u32(nodeId), cid).subarray(0, 16);

const nonce = (direction, ctr) => cat(u32(direction), u64(ctr));
const header = (type, flags, second, cid, ctr) => cat(u8(type), u8(flags), u16(second), cid, u64(ctr));
const protect = (key, direction, ctr, clear, body) => cat(clear, seal(key, nonce(direction, ctr), clear, body));

/** Where the encrypted body starts: everything before it is aad. */
function bodyAt(datagram) {
  const [type, flags] = datagram;
  switch (type) {
    case DATAGRAM.HB: case DATAGRAM.ACK: return datagram.length === (flags & 1 ? 64 : 40) ? 24 : null;
    case DATAGRAM.WAKE: return datagram.length === 64 ? 20 : null;
    case DATAGRAM.WAKE_ACK: return datagram.length === 40 ? 24 : null;
    case DATAGRAM.CONNECT2_FAST: case DATAGRAM.ANSWER_FAST:
      return datagram.length <= 1200 && datagram.length >= 40 && datagram.length === 40 + datagram.readUInt16BE(2) ? 24 : null;
    default: return null;
  }
}

export const cidOf = (datagram) => datagram.subarray(4, 12);

/** {type, flags, second, ctr, word, body} of a sealed datagram, or null; `word` is the u32 at 20 as Buffer. */
export function openDatagram(datagram, key, direction, window = null) {
  if (datagram.length < 40) return null;
  const at = bodyAt(datagram);
  if (at === null) return null;
  const ctr = datagram.readBigUInt64BE(12);
  if (window && !window.fresh(ctr)) return null;
  const body = open(key, nonce(direction, ctr), datagram.subarray(0, at), datagram.subarray(at));
  if (body === null) return null;
  window?.mark(ctr);
  return { type: datagram[0], flags: datagram[1], second: datagram.readUInt16BE(2), cid: cidOf(datagram), ctr, word: datagram.subarray(20, 24), body };
}

/** local: {address, port} makes the heartbeat LONG, null inside it sends zeros; echo is the 4-byte nonce of a challenge. */
export function heartbeat(key, { cid, ctr, rttMs = 0, ackWanted = false, goodbye = false, echo = null, lastAck = 0, local = undefined }) {
  const flags = (local !== undefined ? HB.LONG : 0) | (ackWanted ? HB.ACK_WANTED : 0) | (goodbye ? HB.GOODBYE : 0) | (echo ? HB.ECHO : 0);
  const word = echo ?? cat(u16(lastAck & 0xffff), u16(0));
  const clear = cat(header(DATAGRAM.HB, flags, Math.min(65535, rttMs), cid, ctr), word);
  const body = local === undefined ? Buffer.alloc(0) : local === null ? Buffer.alloc(24) : cat(ip16(local.address), u16(local.port), Buffer.alloc(6));
  return protect(key, FROM_DEVICE, ctr, clear, body);
}

export const heartbeatFields = (m) => ({
  ...m, long: !!(m.flags & HB.LONG), ackWanted: !!(m.flags & HB.ACK_WANTED), goodbye: !!(m.flags & HB.GOODBYE),
  echo: m.flags & HB.ECHO ? m.word : null, lastAck: m.word.readUInt16BE(),
  local: m.body.length ? { address: ipText(m.body.subarray(0, 16)), port: m.body.readUInt16BE(16) } : null,
});

/** challenge: 4 bytes; observed {address, port, unixMs} makes it LONG. */
export function ack(key, { cid, ctr, wakePending = false, load = 0, ackEvery = 1, interval, hbCtr = 0, tag = 0, challenge = null, observed = null }) {
  if (challenge && observed) throw new RangeError('LONG never with CHAL');
  const flags = (observed ? ACK.LONG : 0) | (challenge ? ACK.CHAL : 0) | (wakePending ? ACK.WAKE_PENDING : 0) | (load << 4);
  const low = u16(Number(BigInt(hbCtr) & 0xffffn));
  const word = challenge ?? cat(low, u16(observed ? observed.port ^ PORT_MASK : tag));
  const clear = cat(header(DATAGRAM.ACK, flags, (ackEvery << 12) | interval, cid, ctr), word);
  return protect(key, FROM_SERVER, ctr, clear, observed ? cat(ip16(observed.address), u64(observed.unixMs)) : Buffer.alloc(0));
}

export function ackFields(m) {
  const long = !!(m.flags & ACK.LONG);
  const challenge = m.flags & ACK.CHAL ? m.word : null;
  if (long && challenge) return null;
  return {
    ...m, long, challenge, wakePending: !!(m.flags & ACK.WAKE_PENDING), load: m.flags >> 4, ackEvery: (m.second >> 12) || 1, interval: m.second & 0xfff,
    hbCtr: challenge ? null : m.word.readUInt16BE(), tag: challenge || long ? null : m.word.readUInt16BE(2),
    observed: long ? { address: ipText(m.body.subarray(0, 16)), port: m.word.readUInt16BE(2) ^ PORT_MASK, unixMs: m.body.readBigUInt64BE(16) } : null,
  };
}

export function wake(key, { cid, ctr, wakeId, ttl, reason = 1 }) {
  return protect(key, FROM_SERVER, ctr, header(DATAGRAM.WAKE, 0, 0, cid, ctr), cat(wakeId, u16(ttl), u16(reason), Buffer.alloc(16)));
}
export const wakeFields = (m) => ({ ...m, wakeId: m.body.subarray(0, 8), ttl: m.body.readUInt16BE(8), reason: m.body.readUInt16BE(10), callbackIp: m.body.subarray(12, 28), callbackPort: m.second });

export function wakeAck(key, { cid, ctr, wakeId }) {
  return protect(key, FROM_DEVICE, ctr, cat(header(DATAGRAM.WAKE_ACK, 0, 0, cid, ctr), wakeId.subarray(0, 4)), Buffer.alloc(0));
}

/** CONNECT2_FAST or ANSWER_FAST around the content of CONNECT2 or ANSWER. */
export function fast(key, type, { cid, ctr, content }) {
  const direction = type === DATAGRAM.CONNECT2_FAST ? FROM_SERVER : FROM_DEVICE;
  return protect(key, direction, ctr, cat(header(type, 0, content.length, cid, ctr), u32(0)), content);
}

export const reset = (token, cid, retryAfter, salt) => cat(u8(DATAGRAM.RESET), u8(0), u16(retryAfter), cid, salt, token);
/** retry_after of a RESET that is ours, else null. */
export function openReset(datagram, cid, token) {
  if (datagram.length !== 32 || datagram[0] !== DATAGRAM.RESET || !cidOf(datagram).equals(cid)) return null;
  return equalSecret(datagram.subarray(16), token) ? datagram.readUInt16BE(2) : null;
}

/** The 64 newest counters, the highest included (SPEC 7.1). */
export class ReplayWindow {
  highest = 0n;
  #seen = 0n;
  fresh(ctr) {
    if (ctr < 1n) return false;
    if (ctr > this.highest) return true;
    const below = this.highest - ctr;
    return below < 64n && !((this.#seen >> below) & 1n);
  }
  mark(ctr) {
    if (ctr > this.highest) {
      const shift = ctr - this.highest;
      this.#seen = shift >= 64n ? 1n : BigInt.asUintN(64, (this.#seen << shift) | 1n);
      this.highest = ctr;
    } else {
      this.#seen |= 1n << (this.highest - ctr);
    }
  }
}
