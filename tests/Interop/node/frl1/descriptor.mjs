// Password and descriptor (SPEC 8.1, 8.2).
import { promisify } from 'node:util';
import crypto from 'node:crypto';
import { ascii, cat, Malformed, u16, u32, u64, u8 } from './bytes.mjs';
import { checkPoint, publicKey, sha256, signed, verifyWith, xl } from './crypto.mjs';
import { deviceId } from './identifier.mjs';

const pbkdf2 = promisify(crypto.pbkdf2);
export const LEAST_ITERATIONS = 100_000;
export const MOST_ITERATIONS = 2_000_000;
const LENGTH = 226;
const SIGNED = 162;

export async function clientKey(password, id, salt, iterations) {
  if (password === '') throw new RangeError('an empty password is not accepted');
  const x = await pbkdf2(Buffer.from(password.normalize('NFC'), 'utf8'), cat(ascii('frl1 pw'), id, salt), iterations, 32, 'sha256');
  return xl('sha256', x, 'pw client', id, 32);
}

export const storedKey = (key) => sha256(ascii('frl1 stored'), key);
export const descHash = (descriptor) => sha256(descriptor).subarray(0, 16);

const toSign = (descriptor) => signed('FastRelay v1 descriptor', sha256(descriptor.subarray(0, SIGNED)));

export function makeDescriptor(identity, { iterations, notAfter, salt, kemPub }) {
  const head = cat(u8(1), u8(0), u16(1), u32(iterations), u64(notAfter), salt, identity.point, kemPub);
  return cat(head, identity.sign(toSign(head)));
}

/** Throws Malformed unless the descriptor is good for this device now. */
export function openDescriptor(descriptor, id, nowMs = Date.now()) {
  if (descriptor.length !== LENGTH) throw new Malformed('length of the descriptor');
  if (descriptor[0] !== 1) throw new Malformed('version of the descriptor');
  if (descriptor.readUInt16BE(2) !== 1) throw new Malformed('kdf of the descriptor');
  const m = { iterations: descriptor.readUInt32BE(4), notAfter: descriptor.readBigUInt64BE(8), salt: descriptor.subarray(16, 32), idPub: descriptor.subarray(32, 97), kemPub: descriptor.subarray(97, 162) };
  if (m.iterations < LEAST_ITERATIONS || m.iterations > MOST_ITERATIONS) throw new Malformed('iterations of the descriptor');
  if (m.notAfter * 1000n <= BigInt(nowMs)) throw new Malformed('the descriptor has expired');
  checkPoint(m.kemPub);
  if (!deviceId(m.idPub).equals(id)) throw new Malformed('the descriptor is of another device');
  if (!verifyWith(publicKey(m.idPub), descriptor.subarray(SIGNED), toSign(descriptor))) throw new Malformed('signature of the descriptor');
  return m;
}
