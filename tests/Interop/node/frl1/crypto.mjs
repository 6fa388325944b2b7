// The primitives of SPEC 1.1 and 1.3: HKDF, XL, AES-256-GCM, curve points, fixed-size ECDSA.
import crypto from 'node:crypto';
import { ascii, bytes8, cat, Malformed, u8, u16 } from './bytes.mjs';

export const SUITES = {
  1: { number: 1, bit: 0x0001, curve: 'prime256v1', hash: 'sha256', nh: 32, point: 65 },
  2: { number: 2, bit: 0x0002, curve: 'secp384r1', hash: 'sha384', nh: 48, point: 97 },
};
export const SUITE1 = SUITES[1];
export const bitmap = (numbers) => numbers.reduce((bits, n) => bits | SUITES[n].bit, 0);

export const random = (n) => crypto.randomBytes(n);
export const hash = (name, ...parts) => { const h = crypto.createHash(name); parts.forEach((p) => h.update(p)); return h.digest(); };
export const sha256 = (...parts) => hash('sha256', ...parts);
export const hmac = (name, key, ...parts) => { const h = crypto.createHmac(name, key); parts.forEach((p) => h.update(p)); return h.digest(); };

export const extract = (name, salt, ikm) => hmac(name, salt, ikm);

export function expand(name, prk, info, n) {
  let block = Buffer.alloc(0);
  let out = Buffer.alloc(0);
  for (let i = 1; out.length < n; i++) {
    block = hmac(name, prk, block, info, u8(i));
    out = cat(out, block);
  }
  return out.subarray(0, n);
}

/** XL of SPEC 1.1 under the hash named. */
export function xl(name, secret, label, context, n) {
  return expand(name, secret, cat(u16(n), bytes8(ascii(`frl1 ${label}`)), bytes8(context)), n);
}

export function seal(key, nonce, aad, plain) {
  const cipher = crypto.createCipheriv('aes-256-gcm', key, nonce);
  cipher.setAAD(aad);
  return cat(cipher.update(plain), cipher.final(), cipher.getAuthTag());
}

/** The plaintext, or null when the tag doesn't verify. */
export function open(key, nonce, aad, sealed) {
  if (sealed.length < 16) return null;
  const decipher = crypto.createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(sealed.length - 16));
  const plain = decipher.update(sealed.subarray(0, sealed.length - 16));
  try { return cat(plain, decipher.final()); } catch { return null; }
}

const CURVES = {
  prime256v1: { jwk: 'P-256', size: 32, hash: 'sha256' },
  secp384r1: { jwk: 'P-384', size: 48, hash: 'sha384' },
};

/** Throws Malformed unless the bytes are an uncompressed point on the curve. */
export function checkPoint(point, curve = 'prime256v1') {
  if (point.length !== 1 + 2 * CURVES[curve].size || point[0] !== 4) throw new Malformed('not an uncompressed point');
  try { crypto.ECDH.convertKey(point, curve, null, null, 'uncompressed'); } catch { throw new Malformed('not a point on the curve'); }
  return point;
}

/** A key pair for key agreement and signatures; from a scalar when one is given. */
export class KeyPair {
  constructor(curve = 'prime256v1', scalar = null) {
    this.curve = curve;
    this.ecdh = crypto.createECDH(curve);
    if (scalar) this.ecdh.setPrivateKey(scalar); else this.ecdh.generateKeys();
    this.point = this.ecdh.getPublicKey();
  }
  get scalar() {
    const raw = this.ecdh.getPrivateKey();
    return cat(Buffer.alloc(CURVES[this.curve].size - raw.length), raw);
  }
  /** The X coordinate of the shared point. */
  agree(point) {
    return this.ecdh.computeSecret(checkPoint(point, this.curve));
  }
  get signingKey() {
    return crypto.createPrivateKey({ key: { ...jwk(this.point, this.curve), d: this.scalar.toString('base64url') }, format: 'jwk' });
  }
  sign(...parts) { return signWith(this.signingKey, ...parts); }
}

function jwk(point, curve) {
  const { jwk: crv, size } = CURVES[curve];
  return { kty: 'EC', crv, x: point.subarray(1, 1 + size).toString('base64url'), y: point.subarray(1 + size).toString('base64url') };
}

/** A public key object for a P-256 point. */
export function publicKey(point, curve = 'prime256v1') {
  return crypto.createPublicKey({ key: jwk(checkPoint(point, curve), curve), format: 'jwk' });
}

/** r ‖ s, with the hash that SPEC 1.3 ties to the key's curve. */
export function signWith(key, ...parts) {
  return crypto.sign(CURVES[key.asymmetricKeyDetails.namedCurve].hash, cat(...parts), { key, dsaEncoding: 'ieee-p1363' });
}

export function verifyWith(key, signature, ...parts) {
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve];
  if (!curve || signature.length !== 2 * curve.size) return false;
  return crypto.verify(curve.hash, cat(...parts), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

/** What every signature of FRL1 is made over: 64 spaces, a context, a zero byte, a hash (SPEC 4.7, 8.2). */
export const signed = (context, digest) => cat(Buffer.alloc(64, 0x20), ascii(context), u8(0), digest);
