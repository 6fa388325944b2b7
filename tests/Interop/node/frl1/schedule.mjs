// Transcript, key schedule, FIN (SPEC 4.8, 4.9).
import { cat, u8, u16 } from './bytes.mjs';
import { extract, hash, hmac, xl } from './crypto.mjs';

const NONE = Buffer.alloc(0);

/** The handshake messages in their fixed order; th is the suite's hash of them. */
export class Transcript {
  #parts = [];
  add(type, payload) { this.#parts.push(u8(type), u8(1), u16(payload.length), Buffer.from(payload)); return this; }
  th(suite) { return hash(suite.hash, ...this.#parts); }
  bytes() { return cat(...this.#parts); }
}

export class KeySchedule {
  constructor(suite, z, thShare) {
    this.suite = suite;
    const { hash: h, nh } = suite;
    const zero = Buffer.alloc(nh);
    this.es = extract(h, zero, zero);
    this.hs = extract(h, this.#xl(this.es, 'derived', hash(h)), z);
    this.cHs = this.#xl(this.hs, 'c hs traffic', thShare);
    this.sHs = this.#xl(this.hs, 's hs traffic', thShare);
    this.ms = extract(h, this.#xl(this.hs, 'derived', hash(h)), zero);
  }
  #xl(secret, label, context) { return xl(this.suite.hash, secret, label, context, this.suite.nh); }

  /** The FIN of the side whose handshake secret is given. */
  finished(hsSecret, th) { return hmac(this.suite.hash, this.#xl(hsSecret, 'finished', NONE), th); }

  /** After the server's FIN. */
  application(thServerFin) {
    return {
      cAp: this.#xl(this.ms, 'c ap traffic', thServerFin),
      sAp: this.#xl(this.ms, 's ap traffic', thServerFin),
      exp: this.#xl(this.ms, 'exp master', thServerFin),
    };
  }
  resumption(thClientFin) { return this.#xl(this.ms, 'res master', thClientFin); }
}
