// Tickets, RESUME and RESUME_ACK (SPEC 4.12, 6.3, 7.9). Opening gives an object or null: what fails is dropped in silence.
import { cat, equalSecret, ip16, ipText, u16, u32, u64, u8 } from './bytes.mjs';
import { hmac, open, seal, sha256, xl } from './crypto.mjs';

export const RESUME = 0x15;
export const RESUME_ACK = 0x16;
export const NEW_TICKET = 0x01;
export const LENGTH = 256;
export const TICKET_LENGTH = 144;
const CLEAR = 240;
const ACK_CLEAR = 36;
const BODY = 204;
const DIRECTION = 2;
const NONE = Buffer.alloc(0);

const pair = (both) => ({ auth: both.subarray(0, 32), root: both.subarray(32) });
const context = ({ clientNonce, serverNonce, cid, id }) => cat(clientNonce, serverNonce, cid, id);

/** The keys that belong to the ticket of a registration: {auth, root}. */
export const registrationKeys = (channel, cid, id) => pair(channel.export('resume', cat(cid, id), 64));
/** K_udp of a resumed session; at: {clientNonce, serverNonce, cid, id}. */
export const resumedKey = (root, at) => xl('sha256', root, 'udp resume', context(at), 32);
/** The keys that belong to the ticket of a RESUME_ACK: {auth, root}. */
export const nextKeys = (root, at) => pair(xl('sha256', root, 'resume next', context(at), 64));
export const binderKey = (root) => xl('sha256', root, 'hello binder', NONE, 32);
/** The binder of a HELLO (SPEC 4.12). */
export const binder = (root, upToBinder) => hmac('sha256', binderKey(root), sha256(upToBinder));

// --- RESUME ---

/** steer: the slot's lowest byte, cid[3]. */
export function resume(auth, { ticket, clientNonce, steer, newTicket = false }) {
  if (ticket.length < 1 || ticket.length > TICKET_LENGTH) throw new RangeError('length of the ticket');
  const filled = cat(u8(RESUME), u8(newTicket ? NEW_TICKET : 0), u16(ticket.length), u32(steer), Buffer.alloc(8), clientNonce, ticket);
  const clear = cat(filled, Buffer.alloc(CLEAR - filled.length));
  return cat(clear, seal(auth, clientNonce.subarray(0, 12), clear, NONE));
}

/** What a RESUME says; nothing of it is verified. */
export function parseResume(datagram) {
  if (datagram.length !== LENGTH || datagram[0] !== RESUME) return null;
  const n = datagram.readUInt16BE(2);
  if (n < 1 || n > TICKET_LENGTH) return null;
  return { newTicket: (datagram[1] & NEW_TICKET) !== 0, steer: datagram[7], clientNonce: datagram.subarray(16, 32), ticket: datagram.subarray(32, 32 + n) };
}

export const resumeVerifies = (datagram, auth) => open(auth, datagram.subarray(16, 28), datagram.subarray(0, CLEAR), datagram.subarray(CLEAR)) !== null;

// --- RESUME_ACK ---

/** m: status, cid, sealNonce, serverNonce, observed {address, port}, nodeId, unixMs; with status 0 missed, interval, ackEvery, lifetime, resetToken, ticket; with status 1 retryAfter. */
export function resumeAck(key, m) {
  const none = { missed: 0, interval: 0, ackEvery: 0, lifetime: 0, resetToken: Buffer.alloc(16), ticket: NONE, cid: Buffer.alloc(8) };
  const { status, retryAfter = 0, sealNonce, serverNonce, observed, nodeId, unixMs, missed, interval, ackEvery, lifetime, resetToken, ticket = NONE, cid } = m.status === 0 ? m : { ...m, ...none };
  const clear = cat(u8(RESUME_ACK), u8(0), u16(0), cid, sealNonce, serverNonce);
  const filled = cat(
    u8(status), u8(missed), u16(interval), u8(ackEvery), u8(0), u16(retryAfter), ip16(observed.address), u16(observed.port), u16(ticket.length),
    u32(nodeId), u32(lifetime), u64(unixMs), resetToken, ticket,
  );
  return cat(clear, seal(key, cat(u32(DIRECTION), sealNonce), clear, cat(filled, Buffer.alloc(BODY - filled.length))));
}

/** at: {root, clientNonce, id} of the RESUME. {status, key, cid, keys of the new ticket, ...}, or null. */
export function openResumeAck(datagram, { root, clientNonce, id }) {
  if (datagram.length !== LENGTH || datagram[0] !== RESUME_ACK) return null;
  const cid = Buffer.from(datagram.subarray(4, 12));
  const serverNonce = Buffer.from(datagram.subarray(20, ACK_CLEAR));
  const at = { clientNonce, serverNonce, cid, id };
  const key = resumedKey(root, at);
  const body = open(key, cat(u32(DIRECTION), datagram.subarray(12, 20)), datagram.subarray(0, ACK_CLEAR), datagram.subarray(ACK_CLEAR));
  if (body === null) return null;
  const n = body.readUInt16BE(26);
  const m = {
    status: body[0], missed: body[1], interval: body.readUInt16BE(2), ackEvery: body[4], retryAfter: body.readUInt16BE(6),
    observed: { address: ipText(body.subarray(8, 24)), port: body.readUInt16BE(24) }, nodeId: body.readUInt32BE(28), lifetime: body.readUInt32BE(32),
    unixMs: body.readBigUInt64BE(36), resetToken: body.subarray(44, 60), key, cid, serverNonce, sealNonce: Buffer.from(datagram.subarray(12, 20)),
  };
  if (m.status === 1) return m;
  if (m.status !== 0 || n > TICKET_LENGTH || m.interval < 1 || m.interval > 4095 || m.ackEvery < 1 || m.ackEvery > 15 || m.lifetime < 1) return null;
  return n === 0 ? { ...m, ticket: NONE } : { ...m, ticket: body.subarray(60, 60 + n), keys: nextKeys(root, at) };
}

// --- the server's ticket ---

/** contents: id, auth, root, address, record, issued, expires (Unix seconds), epoch. */
export function sealTicket({ keyId, key }, nonce, { id, auth, root, address, record, issued, expires, epoch }) {
  const clear = u32(keyId);
  return cat(clear, nonce, seal(key, nonce, clear, cat(id, auth, root, ip16(address), u32(record), u32(issued), u32(expires), u32(epoch))));
}

export function openTicket({ keyId, key }, ticket) {
  if (ticket.length !== TICKET_LENGTH || !equalSecret(ticket.subarray(0, 4), u32(keyId))) return null;
  const c = open(key, ticket.subarray(4, 16), ticket.subarray(0, 4), ticket.subarray(16));
  if (c === null) return null;
  return {
    id: c.subarray(0, 16), auth: c.subarray(16, 48), root: c.subarray(48, 80), address: ipText(c.subarray(80, 96)), record: c.readUInt32BE(96),
    issued: c.readUInt32BE(100), expires: c.readUInt32BE(104), epoch: c.readUInt32BE(108),
  };
}
