// X.509 certificates for the tests, built from DER by hand: Node reads certificates but doesn't make them.
import crypto from 'node:crypto';
import { cat } from '../frl1/bytes.mjs';
import { sha256 } from '../frl1/crypto.mjs';
import { ip16, isMapped } from '../frl1/bytes.mjs';

function der(tag, ...parts) {
  const content = cat(...parts);
  const n = content.length;
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255];
  return cat(Buffer.from([tag, ...length]), content);
}
const sequence = (...parts) => der(0x30, ...parts);
const oid = (text) => {
  const [a, b, ...rest] = text.split('.').map(Number);
  const bytes = [40 * a + b];
  for (let arc of rest) {
    const groups = [arc & 0x7f];
    while ((arc >>= 7)) groups.unshift((arc & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(6, Buffer.from(bytes));
};
const name = (text) => sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(text)))));
const time = (ms) => der(0x18, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`));
const yes = der(1, Buffer.from([0xff]));
const extension = (id, value, critical = false) => sequence(oid(id), ...(critical ? [yes] : []), der(4, value));
const bits = (...set) => {
  const byte = set.reduce((all, bit) => all | (0x80 >> bit), 0);
  let unused = 0;
  while (!((byte >> unused) & 1)) unused++;
  return der(3, Buffer.from([unused, byte]));
};
const ALGORITHM = { prime256v1: ['1.2.840.10045.4.3.2', 'sha256'], secp384r1: ['1.2.840.10045.4.3.3', 'sha384'] };

/**
 * issuer: what this function returned for the CA, or null for self-signed.
 * ca, names [dns], ips, from, to (ms), usage (key-usage bits or null), serverAuth (true, false: another purpose, null: none), extra [DER extension].
 */
export function certificate({ subject, issuer = null, curve = 'prime256v1', ca = false, names = [], ips = [], from = Date.now() - 3600e3, to = Date.now() + 3600e3, usage = ca ? [5] : [0], serverAuth = ca ? null : true, extra = [], keys = null }) {
  keys ??= crypto.generateKeyPairSync(curve === 'rsa' ? 'rsa' : 'ec', curve === 'rsa' ? { modulusLength: 2048 } : { namedCurve: curve });
  const signer = issuer ?? { keys, subject };
  const signCurve = signer.keys.privateKey.asymmetricKeyDetails.namedCurve;
  const [algorithm, hash] = ALGORITHM[signCurve];
  const extensions = [extension('2.5.29.19', sequence(...(ca ? [yes] : [])), true)];
  if (usage) extensions.push(extension('2.5.29.15', bits(...usage), true));
  if (serverAuth !== null) extensions.push(extension('2.5.29.37', sequence(oid(serverAuth ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2'))));
  if (names.length + ips.length > 0) {
    const ip = (text) => { const b = ip16(text); return isMapped(b) ? b.subarray(12) : b; };
    extensions.push(extension('2.5.29.17', sequence(...names.map((n) => der(0x82, Buffer.from(n))), ...ips.map((a) => der(0x87, ip(a))))));
  }
  extensions.push(...extra);
  const tbs = sequence(
    der(0xa0, der(2, Buffer.from([2]))), der(2, cat(Buffer.from([1]), crypto.randomBytes(8))), sequence(oid(algorithm)),
    name(signer.subject), sequence(time(from), time(to)), name(subject), keys.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = crypto.sign(hash, tbs, signer.keys.privateKey);
  const bytes = sequence(tbs, sequence(oid(algorithm)), der(3, Buffer.from([0]), signature));
  return { der: bytes, keys, subject, fingerprint: `sha256:${sha256(bytes).toString('hex')}` };
}

export const unknownCriticalExtension = extension('1.3.6.1.4.1.99999.1', der(5), true);

/** A CA and a leaf for 127.0.0.1, ::1 and localhost: {chain [DER], key, fingerprint, ca}. */
export function credential({ curve = 'prime256v1', ...leaf } = {}) {
  const ca = certificate({ subject: 'Test CA', ca: true, curve });
  const end = certificate({ subject: 'server', issuer: ca, curve, names: ['localhost'], ips: ['127.0.0.1', '::1'], ...leaf });
  return { chain: [end.der, ca.der], key: end.keys.privateKey, fingerprint: ca.fingerprint, ca };
}
