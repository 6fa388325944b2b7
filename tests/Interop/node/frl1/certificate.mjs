// The certificate policy of SPEC 4.5.
import crypto, { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import { sha256 } from './crypto.mjs';

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const EC_CURVES = new Set(['prime256v1', 'secp384r1']);
// The extensions that are looked at here or by Node itself; any other that is critical refuses the chain (RFC 5280 4.2).
const UNDERSTOOD = new Set(['2.5.29.15', '2.5.29.17', '2.5.29.19', '2.5.29.37']);
const DIGITAL_SIGNATURE = 0;
const KEY_CERT_SIGN = 5;

/** The server's chain isn't trusted; the message says which rule failed. */
export class TrustRefused extends Error {
  constructor(rule, message) { super(message); this.name = 'TrustRefused'; this.rule = rule; }
}

/** Anchors from `sha256:HEX` or from a PEM or DER file. */
export class Trust {
  constructor({ fingerprint = null, anchors = [] }) { Object.assign(this, { fingerprint, anchors }); }

  static parse(text) {
    if (text.startsWith('sha256:')) {
      const hex = text.slice(7);
      if (!/^[0-9a-fA-F]{64}$/.test(hex)) throw new TrustRefused(2, 'the fingerprint is not 64 hex digits');
      return new Trust({ fingerprint: Buffer.from(hex, 'hex') });
    }
    const file = readFileSync(text);
    const pems = file.toString('latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
    return new Trust({ anchors: (pems ?? [file]).map((c) => new X509Certificate(c)) });
  }

  /** Throws TrustRefused; returns the leaf. `ders` is leaf first, `host` the name or address dialled. */
  validate(ders, host, now = Date.now()) {
    let chain;
    try { chain = ders.map((der) => new X509Certificate(der)); } catch { throw new TrustRefused(1, 'a certificate can not be read'); }
    const [leaf, ...rest] = chain;
    checkLeafUse(leaf);
    const path = this.#build(leaf, rest);
    for (const c of path) {
      checkKey(c);
      checkCriticalExtensions(c);
      if (now < Date.parse(c.validFrom)) throw new TrustRefused(3, 'a certificate is not valid yet');
      if (now > Date.parse(c.validTo)) throw new TrustRefused(3, 'a certificate has expired');
    }
    checkPathLengths(path);
    checkName(leaf, host);
    return leaf;
  }

  #isAnchor(c) {
    if (this.anchors.some((a) => a.raw.equals(c.raw))) return true;
    return this.fingerprint !== null && crypto.timingSafeEqual(sha256(c.raw), this.fingerprint) && selfSigned(c);
  }

  #build(leaf, rest) {
    const path = [leaf];
    while (!this.#isAnchor(path.at(-1))) {
      const below = path.at(-1);
      const issuer = [...this.anchors, ...rest].find((c) => !path.some((p) => p.raw.equals(c.raw)) && issued(below, c));
      if (!issuer) throw new TrustRefused(2, 'the chain does not lead to a certificate that is trusted here');
      if (!issuer.ca) throw new TrustRefused(3, 'an issuer is not a certificate authority');
      const use = keyUsageBits(issuer);
      if (use && !use(KEY_CERT_SIGN)) throw new TrustRefused(3, 'an issuer may not sign certificates');
      path.push(issuer);
    }
    return path;
  }
}

/** Not checkIssued: a self-signed leaf that may not sign certificates still signed itself. */
const selfSigned = (c) => c.subject === c.issuer && c.verify(c.publicKey);

function issued(child, parent) {
  return child.checkIssued(parent) && child.verify(parent.publicKey);
}

function checkKey(c) {
  const key = c.publicKey;
  if (key.asymmetricKeyType !== 'ec' || !EC_CURVES.has(key.asymmetricKeyDetails.namedCurve)) {
    throw new TrustRefused(1, 'a certificate has a key that is neither P-256 nor P-384');
  }
}

function checkLeafUse(leaf) {
  const use = keyUsageBits(leaf);
  if (use && !use(DIGITAL_SIGNATURE)) throw new TrustRefused(1, 'the server certificate may not sign');
  if (extensions(leaf.raw).has('2.5.29.37') && !(leaf.keyUsage ?? []).includes(SERVER_AUTH)) {
    throw new TrustRefused(1, 'the certificate is not one for a server');
  }
}

function checkCriticalExtensions(c) {
  for (const [oid, { critical }] of extensions(c.raw)) {
    if (critical && !UNDERSTOOD.has(oid)) throw new TrustRefused(2, `a certificate has the critical extension ${oid}, which is not understood`);
  }
}

function checkPathLengths(path) {
  path.slice(1).forEach((c, below) => {
    const most = pathLength(c);
    if (most !== null && below > most) throw new TrustRefused(2, 'the chain is longer than an issuer allows');
  });
}

function checkName(leaf, host) {
  // checkHost and checkIP never fall back to the common name here: the one is told not to, the other has no such way.
  const fits = net.isIP(host) ? leaf.checkIP(host) : leaf.checkHost(host, { subject: 'never', partialWildcards: false });
  if (fits === undefined) throw new TrustRefused(4, `the certificate is not for ${host}`);
}

// --- the few parts of DER that Node doesn't show ---

function* elements(der, from = 0, to = der.length) {
  let at = from;
  while (at < to) {
    const tag = der[at];
    let length = der[at + 1];
    let start = at + 2;
    if (length & 0x80) {
      const n = length & 0x7f;
      length = der.readUIntBE(start, n);
      start += n;
    }
    yield { tag, start, end: start + length };
    at = start + length;
  }
}

function oidText(bytes) {
  const arcs = [];
  let value = 0;
  for (const b of bytes) {
    value = value * 128 + (b & 0x7f);
    if (!(b & 0x80)) { arcs.push(value); value = 0; }
  }
  const first = Math.min(2, Math.floor(arcs[0] / 40));
  return [first, arcs[0] - 40 * first, ...arcs.slice(1)].join('.');
}

/** OID → {critical, value} of a certificate's extensions. */
export function extensions(der) {
  const found = new Map();
  const [certificate] = elements(der);
  const [tbs] = elements(der, certificate.start, certificate.end);
  const list = [...elements(der, tbs.start, tbs.end)].find((e) => e.tag === 0xa3);
  if (!list) return found;
  const [sequence] = elements(der, list.start, list.end);
  for (const e of elements(der, sequence.start, sequence.end)) {
    const parts = [...elements(der, e.start, e.end)];
    const critical = parts.length === 3 && der[parts[1].start] !== 0;
    const value = parts.at(-1);
    found.set(oidText(der.subarray(parts[0].start, parts[0].end)), { critical, value: der.subarray(value.start, value.end) });
  }
  return found;
}

function keyUsageBits(c) {
  const extension = extensions(c.raw).get('2.5.29.15');
  if (!extension) return null;
  const [bits] = elements(extension.value);
  const bytes = extension.value.subarray(bits.start + 1, bits.end);
  return (bit) => ((bytes[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0;
}

function pathLength(c) {
  const extension = extensions(c.raw).get('2.5.29.19');
  if (!extension) return null;
  const [sequence] = elements(extension.value);
  const number = [...elements(extension.value, sequence.start, sequence.end)].find((e) => e.tag === 2);
  return number ? extension.value.readUIntBE(number.start, number.end - number.start) : null;
}
