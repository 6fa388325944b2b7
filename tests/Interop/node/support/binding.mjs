// Where a session's device is (SPEC 7.6): bound, validated, moved only by an echo.
import { random } from '../frl1/crypto.mjs';

const OLD_AGAIN_MS = [300, 900];
const MOVE_MS = 1500;
const BETWEEN_MOVES_MS = 5000;
const same = (a, b) => a !== null && a.address === b.address && a.port === b.port;

export class Binding {
  bound = null;
  validated = false;
  #nonce = null;
  #candidate = null;
  #moved = -Infinity;
  #timers = [];

  /** registered: the IP address that binds at once. challengeBound(nonce) sends ACK+CHAL to the bound address unasked; challenge: whether bound addresses are challenged. */
  constructor(registered, { challengeBound, challenge = true }) { Object.assign(this, { registered, challengeBound, challenge }); }

  /** Where a wake goes. */
  get reachable() { return [this.bound, this.#candidate?.reachable ? this.#candidate.at : null].filter((at) => at !== null); }

  /** The challenge that the ACK of this valid HB carries, or null. provesPath: only its source can have got the RESUME_ACK. */
  heard(echo, from, provesPath = false) {
    if (echo) this.#echoed(echo);
    if (this.bound === null && from.address === this.registered) {
      this.bound = { address: from.address, port: from.port };
      this.validated = provesPath;
    }
    if (same(this.bound, from)) {
      if (this.validated || echo || !this.challenge) return null;
      return this.#nonce ??= random(4);
    }
    return this.#strange(from, echo);
  }

  /** What goes over to the session that takes this one's place. */
  moveTo(other) {
    Object.assign(other, { bound: this.bound, validated: this.validated });
    this.stop();
  }
  stop() { this.#timers.forEach(clearTimeout); this.#candidate = null; }

  #strange(from, echo) {
    const now = Date.now();
    if (this.#candidate === null || !same(this.#candidate.at, from) || (!this.#candidate.reachable && !echo && now - this.#candidate.since >= MOVE_MS)) {
      if (now - this.#moved < BETWEEN_MOVES_MS) return null;
      this.stop();
      this.#candidate = { at: { address: from.address, port: from.port }, nNew: random(4), nOld: random(4), since: now, reachable: false };
      const candidate = this.#candidate;
      if (this.bound) {
        this.challengeBound(candidate.nOld);
        this.#timers = OLD_AGAIN_MS.map((ms) => setTimeout(() => this.challengeBound(candidate.nOld), ms));
      }
      this.#timers.push(setTimeout(() => { if (candidate.reachable) this.#move(); }, MOVE_MS));
    }
    return echo || this.#candidate.reachable ? null : this.#candidate.nNew;
  }

  #echoed(echo) {
    if (this.#nonce && echo.equals(this.#nonce)) this.validated = true;
    const candidate = this.#candidate;
    if (candidate === null) return;
    if (echo.equals(candidate.nOld)) this.stop();
    else if (echo.equals(candidate.nNew)) {
      candidate.reachable = true;
      if (Date.now() - candidate.since >= MOVE_MS) this.#move();
    }
  }

  #move() {
    Object.assign(this, { bound: this.#candidate.at, validated: true });
    this.#moved = Date.now();
    this.stop();
  }
}
