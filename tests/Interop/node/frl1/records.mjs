// Encrypted records (SPEC 5) and the channel that a finished handshake leaves behind.
import { cat, Malformed, u8, u64 } from './bytes.mjs';
import { open, seal, xl } from './crypto.mjs';
import { FRAME, frameHeader, INNER, INNER_TYPES, MAX_RECORD } from './frames.mjs';

export const MAX_CONTENT = 16384;
const MAX_INNER = 16385;
const RECORDS_PER_SECRET = 2 ** 24;
const SECRET_LIFETIME_MS = 3_600_000;

/** One direction under one traffic secret, and the secrets that follow it. */
export class RecordProtection {
  constructor(secret, hashName = 'sha256') {
    this.hash = hashName;
    this.#take(secret);
  }
  #take(secret) {
    this.secret = secret;
    this.key = xl(this.hash, secret, 'key', Buffer.alloc(0), 32);
    this.iv = xl(this.hash, secret, 'iv', Buffer.alloc(0), 12);
    this.number = 0;
    this.since = Date.now();
  }
  get next() { return xl(this.hash, this.secret, 'traffic upd', Buffer.alloc(0), this.secret.length); }
  update() { this.#take(this.next); }
  get due() { return this.number >= RECORDS_PER_SECRET - 1 || Date.now() - this.since >= SECRET_LIFETIME_MS; }
  #nonce() {
    const nonce = Buffer.from(this.iv);
    const count = u64(this.number++);
    for (let i = 0; i < 8; i++) nonce[4 + i] ^= count[i];
    return nonce;
  }

  /** The whole RECORD frame. */
  seal(type, content = Buffer.alloc(0), padding = 0) {
    const inner = cat(content, u8(type), Buffer.alloc(padding));
    if (content.length > MAX_CONTENT || inner.length > MAX_INNER) throw new RangeError('a record is too long');
    const header = frameHeader(FRAME.RECORD, inner.length + 16);
    return cat(header, seal(this.key, this.#nonce(), header, inner));
  }

  open({ type, header, payload }) {
    if (type !== FRAME.RECORD) throw new Malformed('a record was due');
    if (this.number >= RECORDS_PER_SECRET) throw new Malformed('too many records under one secret');
    const inner = open(this.key, this.#nonce(), header, payload);
    if (inner === null) throw new Malformed('record tag');
    let last = inner.length - 1;
    while (last >= 0 && inner[last] === 0) last--;
    if (last < 0) throw new Malformed('record without a type');
    if (last > MAX_CONTENT || inner.length > MAX_INNER) throw new Malformed('record content too long');
    if (!INNER_TYPES.has(inner[last])) throw new Malformed(`inner type 0x${inner[last].toString(16)}`);
    return { type: inner[last], content: inner.subarray(0, last) };
  }
}

/** Both directions of a connection whose FINs have been verified. */
export class SecureChannel {
  constructor(reader, sender, receiver, exporter = null) {
    Object.assign(this, { reader, socket: reader.socket, sender, receiver, exporter });
  }

  /** Sends one message; true when the socket wants more. */
  send(type, content) {
    if (this.sender.due) this.updateKeys();
    return this.socket.write(this.sender.seal(type, content));
  }

  updateKeys() {
    this.socket.write(this.sender.seal(INNER.KEY_UPDATE));
    this.sender.update();
  }

  /** The next message, KEY_UPDATE taken care of; null when the peer ended its direction between two records. */
  async receive() {
    for (;;) {
      const next = await this.reader.frame(MAX_RECORD, true);
      if (next === null) return null;
      const message = this.receiver.open(next);
      if (message.type !== INNER.KEY_UPDATE) return message;
      if (message.content.length !== 0) throw new Malformed('KEY_UPDATE with content');
      this.receiver.update();
    }
  }

  async expect(type) {
    const message = await this.receive();
    if (message === null) throw new Malformed('the peer closed where a message was due');
    if (message.type !== type) throw new Malformed(`inner type 0x${message.type.toString(16)} out of place`);
    return message.content;
  }

  /** XL(exp, label, context, n) with the suite's hash. */
  export(label, context, n = 32) { return xl(this.exporter.hash, this.exporter.secret, label, context, n); }

  /** CLOSE, then the end of this direction. */
  close(reason = 0) {
    if (this.socket.writable) this.socket.end(this.sender.seal(INNER.CLOSE, u8(reason)));
  }
}
