// Device identifiers and their text form (SPEC 3).
import { ascii } from './bytes.mjs';
import { checkPoint, sha256 } from './crypto.mjs';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

export class IdentifierError extends Error {}

export const deviceId = (idPub) => sha256(ascii('frl1 id'), checkPoint(idPub)).subarray(0, 16);

// GF(32) with x^5 + x^2 + 1; alpha = 2.
const POWER = [];
const LOG = new Array(32);
for (let i = 0, v = 1; i < 31; i++) {
  POWER[i] = v;
  LOG[v] = i;
  v <<= 1;
  if (v & 32) v ^= 0b100101;
}
const times = (a, b) => (a && b ? POWER[(LOG[a] + LOG[b]) % 31] : 0);

function sum(symbols, step) {
  return symbols.reduce((total, s, i) => total ^ times(s, POWER[(step * (27 - i)) % 31]), 0);
}

export function formatId(id) {
  if (id.length !== 16) throw new IdentifierError('an ID has 16 bytes');
  let bits = BigInt(`0x${id.toString('hex')}`) << 2n;
  const symbols = [];
  for (let i = 25; i >= 0; i--) { symbols[i] = Number(bits & 31n); bits >>= 5n; }
  // Divide by (x + a)(x + a^2) = x^2 + g1 x + g0, a polynomial whose last two coefficients are still zero.
  const g1 = POWER[1] ^ POWER[2];
  const g0 = POWER[3];
  const work = [...symbols, 0, 0];
  for (let i = 0; i < 26; i++) {
    work[i + 1] ^= times(work[i], g1);
    work[i + 2] ^= times(work[i], g0);
  }
  const text = [...symbols, work[26], work[27]].map((s) => ALPHABET[s]).join('');
  return text.match(/.{7}/g).join('-');
}

export function parseId(text) {
  const clean = text.replace(/[ -]/g, '').toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1');
  const symbols = [...clean].map((c) => ALPHABET.indexOf(c));
  const bad = symbols.indexOf(-1);
  if (bad >= 0) throw new IdentifierError(`the character ${JSON.stringify(clean[bad])} can't stand in an ID`);
  if (symbols.length !== 28) throw new IdentifierError(`an ID has 28 characters, this one has ${symbols.length}`);
  if (sum(symbols, 1) !== 0 || sum(symbols, 2) !== 0) throw new IdentifierError('the ID is mistyped: its check characters do not fit');
  if (symbols[25] & 3) throw new IdentifierError('the ID is mistyped: its spare bits are not zero');
  let bits = 0n;
  for (let i = 0; i < 26; i++) bits = (bits << 5n) | BigInt(symbols[i]);
  return Buffer.from((bits >> 2n).toString(16).padStart(32, '0'), 'hex');
}
