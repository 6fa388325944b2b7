// Reading and writing the integers and fields of SPEC 1.1. All values are Buffers.
import net from 'node:net';
import { timingSafeEqual } from 'node:crypto';

/** A message or datagram that a rule of the SPEC rules out. */
export class Malformed extends Error {
  constructor(what) { super(`malformed: ${what}`); this.name = 'Malformed'; }
}

export const ascii = (text) => Buffer.from(text, 'ascii');
export const u8 = (v) => Buffer.from([v]);
export const u16 = (v) => { const b = Buffer.alloc(2); b.writeUInt16BE(v); return b; };
export const u32 = (v) => { const b = Buffer.alloc(4); b.writeUInt32BE(v); return b; };
export const u64 = (v) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(v)); return b; };
export const cat = (...parts) => Buffer.concat(parts);

export function bytes8(data) {
  if (data.length > 255) throw new RangeError('bytes8 is too long');
  return cat(u8(data.length), data);
}

export function bytes16(data) {
  if (data.length > 65535) throw new RangeError('bytes16 is too long');
  return cat(u16(data.length), data);
}

export function equalSecret(a, b) {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Reads a message front to back; running short and trailing bytes are malformed. */
export class Reader {
  constructor(data) { this.data = data; this.at = 0; }
  get left() { return this.data.length - this.at; }
  take(n) {
    if (this.left < n) throw new Malformed('too short');
    const part = this.data.subarray(this.at, this.at + n);
    this.at += n;
    return part;
  }
  u8() { return this.take(1)[0]; }
  u16() { return this.take(2).readUInt16BE(); }
  u32() { return this.take(4).readUInt32BE(); }
  u64() { return this.take(8).readBigUInt64BE(); }
  bytes8(most = 255) { const n = this.u8(); if (n > most) throw new Malformed('field too long'); return this.take(n); }
  bytes16(most = 65535) { const n = this.u16(); if (n > most) throw new Malformed('field too long'); return this.take(n); }
  end() { if (this.left !== 0) throw new Malformed('trailing bytes'); }
}

/** An address as ip16 (SPEC 1.1): IPv4 is mapped, a scope id is not carried. */
export function ip16(address) {
  let text = address.split('%')[0];
  if (net.isIPv4(text)) return cat(Buffer.from('00000000000000000000ffff', 'hex'), Buffer.from(text.split('.').map(Number)));
  if (!net.isIPv6(text)) throw new TypeError(`not an IP address: ${address}`);
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted) {
    const [a, b, c, d] = dotted[2].split('.').map(Number);
    text = `${dotted[1]}${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  }
  const [head, tail] = text.split('::');
  const groups = (part) => (part ? part.split(':') : []);
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const zeros = new Array(8 - front.length - back.length).fill('0');
  return cat(...[...front, ...zeros, ...back].map((g) => u16(parseInt(g, 16))));
}

/** The text of an ip16; a mapped IPv4 address comes out dotted. */
export function ipText(ip) {
  if (isMapped(ip)) return [...ip.subarray(12)].join('.');
  const groups = [];
  for (let i = 0; i < 16; i += 2) groups.push(ip.readUInt16BE(i).toString(16));
  return groups.join(':').replace(/(^|:)0(:0)+(:|$)/, '::');
}

export function isMapped(ip) {
  return ip.subarray(0, 12).equals(Buffer.from('00000000000000000000ffff', 'hex'));
}

/** ip16 ‖ u16 port, 18 bytes. */
export const endpoint = (address, port) => cat(ip16(address), u16(port));

export function readEndpoint(reader) {
  const ip = reader.take(16);
  return { ip, port: reader.u16(), get address() { return ipText(ip); } };
}
