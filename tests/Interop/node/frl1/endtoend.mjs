// Noise NK between issuer and device, and the messages it carries (SPEC 6.7, 9).
import { ascii, cat, equalSecret, Malformed, Reader, readEndpoint, u16, u64, u8 } from './bytes.mjs';
import { checkPoint, hmac, KeyPair, open, seal, sha256, xl } from './crypto.mjs';
import { descHash } from './descriptor.mjs';

const NONE = Buffer.alloc(0);
const PROTOCOL = cat(ascii('Noise_NK_P256_AESGCM_SHA256'), Buffer.alloc(5));
export const VERSION = 1;
export const MODE = 1;
export const PING = 1;
export const VERDICT = { YES: 0, PASSWORD: 1, LOCKED: 2, STALE: 3, ADDRESS: 4, BUSY: 5 };
export const COMMREQ_LENGTH = 108;

/** sess_bind from the exporter secret of TCP #1; `at` is the 18 bytes of CONNECT1's address. Always SHA-256 (SPEC 1.3). */
export const sessBind = (exp, id, at) => xl('sha256', exp, 'req bind', sha256(id, at), 32);

/** SymmetricState of Noise revision 34, 5.2, with AESGCM and SHA256. */
class Symmetric {
  constructor(state) { Object.assign(this, state); }
  #hkdf(input) {
    const t = hmac('sha256', this.ck, input);
    const one = hmac('sha256', t, u8(1));
    return [one, hmac('sha256', t, one, u8(2))];
  }
  mixHash(data) { this.h = sha256(this.h, data); }
  mixKey(input) { [this.ck, this.k] = this.#hkdf(input); this.n = 0; }
  #nonce() { return cat(Buffer.alloc(4), u64(this.n++)); }
  encrypt(plain) { const sealed = seal(this.k, this.#nonce(), this.h, plain); this.mixHash(sealed); return sealed; }
  decrypt(sealed) {
    const plain = open(this.k, this.#nonce(), this.h, sealed);
    if (plain === null) throw new Malformed('end-to-end tag');
    this.mixHash(sealed);
    return plain;
  }
  split() { const [i2d, d2i] = this.#hkdf(NONE); return { i2d, d2i }; }
  /** A copy, so that one message 1 can be answered by more than one try. */
  fork() { return new Symmetric(this); }
}

function start(id, hash, kemPub) {
  const state = new Symmetric({ h: PROTOCOL, ck: PROTOCOL });
  state.mixHash(cat(ascii('frl1 e2e'), id, hash, u8(VERSION), u8(MODE)));
  state.mixHash(kemPub);
  return state;
}

const commId = (state) => hmac('sha256', state.ck, ascii('frl1 comm id')).subarray(0, 8);

export const requestPayload = ({ nonce, unixMs, clientKey, sessBind: bind, caps = 0, candidates }) =>
  cat(nonce, u64(unixMs), clientKey, bind, u16(caps), u8(candidates.length), ...candidates);

/** The issuer's request: message 1 on creation, then COMMREQ or a verdict. */
export class IssuerRequest {
  constructor({ id, descriptor, kemPub, payload, nonce, ephemeral = new KeyPair() }) {
    const hash = descHash(descriptor);
    this.nonce = nonce;
    this.ephemeral = ephemeral;
    this.state = start(id, hash, kemPub);
    this.state.mixHash(ephemeral.point);
    this.state.mixKey(ephemeral.agree(kemPub));
    this.e2e1 = cat(u8(VERSION), u8(MODE), hash, ephemeral.point, this.state.encrypt(payload));
    this.commId = commId(this.state);
  }

  /** Message 2: {status, keys}. */
  open(message2) {
    if (message2.length !== 98) throw new Malformed('length of message 2');
    const state = this.state.fork();
    const e = checkPoint(message2.subarray(0, 65));
    state.mixHash(e);
    state.mixKey(this.ephemeral.agree(e));
    const plain = state.decrypt(message2.subarray(65));
    if (!equalSecret(plain.subarray(1), this.nonce)) throw new Malformed('request_nonce');
    return { status: plain[0], keys: state.split(), hash: state.h };
  }

  /** The keys of an accepted communication request. */
  accept(commReq) {
    if (commReq.length !== COMMREQ_LENGTH || commReq[0] !== 0x00 || commReq[1] !== 0x80) throw new Malformed('COMMREQ');
    if (!commReq.subarray(2, 10).equals(this.commId)) throw new Malformed('comm_id');
    const { status, keys } = this.open(commReq.subarray(10));
    if (status !== VERDICT.YES) throw new Malformed('status of COMMREQ');
    return keys;
  }
}

export function e2e1Fields(e2e1) {
  const r = new Reader(e2e1);
  if (r.u8() !== VERSION || r.u8() !== MODE) throw new Malformed('version or mode of e2e1');
  return { descHash: r.take(16), ePub: r.take(65), sealed: r.take(r.left) };
}

/** The device's side of one request: opened on creation, then message 2. */
export class DeviceRequest {
  constructor({ id, kem, e2e1 }) {
    const { descHash: hash, ePub, sealed } = e2e1Fields(e2e1);
    this.ePub = checkPoint(ePub);
    this.state = start(id, hash, kem.point);
    this.state.mixHash(ePub);
    this.state.mixKey(kem.agree(ePub));
    const r = new Reader(this.state.decrypt(sealed));
    Object.assign(this, { nonce: r.take(16), unixMs: r.u64(), clientKey: r.take(32), sessBind: r.take(32), caps: r.u16() });
    const n = r.u8();
    if (n < 1 || n > 8) throw new Malformed('number of candidates');
    this.candidates = Array.from({ length: n }, () => readEndpoint(r));
    r.end();
    this.ping = (this.caps & PING) !== 0;
    this.commId = commId(this.state);
  }

  /** Message 2 with a status: the verdict, or the tail of COMMREQ. */
  message2(status, ephemeral = new KeyPair()) {
    const state = this.state.fork();
    state.mixHash(ephemeral.point);
    state.mixKey(ephemeral.agree(this.ePub));
    const message = cat(ephemeral.point, state.encrypt(cat(u8(status), this.nonce)));
    return { message, keys: state.split(), hash: state.h };
  }

  commReq(ephemeral) {
    const { message, keys, hash } = this.message2(VERDICT.YES, ephemeral);
    return { bytes: cat(u8(0x00), u8(0x80), this.commId, message), keys, hash };
  }
}
