// Frames on TCP (SPEC 4.1, 4.2) and the pull reader that every TCP connection here uses.
import { cat, Malformed, u8, u16 } from './bytes.mjs';

export const FRAME = { HELLO: 0x21, CERT: 0x22, CKEY: 0x23, SKEY: 0x24, RETRY: 0x2e, ALERT: 0x2f, RECORD: 0x30 };
export const INNER = {
  SIG: 0x25, FIN: 0x26, CLIENT_ID: 0x27, OBSERVED: 0x28, REGISTER: 0x29, REGISTERED: 0x2a, DESCRIPTOR_GET: 0x2b, DESCRIPTOR: 0x2c,
  CONNECT1: 0x31, RESULT: 0x33, CONNECT2: 0x34, ANSWER: 0x36, KEY_UPDATE: 0x3e, CLOSE: 0x3f, ACCEPT: 0x40, DATA: 0x41, END: 0x42,
};
const FRAME_TYPES = new Set(Object.values(FRAME));
export const INNER_TYPES = new Set(Object.values(INNER));

export const MAX_CLIENT_BEFORE_FIN = 4096;
export const MAX_SERVER_BEFORE_FIN = 8448;
export const MAX_RECORD = 16401;

export const frameHeader = (type, length) => cat(u8(type), u8(1), u16(length));
export const frame = (type, payload) => cat(frameHeader(type, payload.length), payload);

/** The connection ended where more bytes were due. */
export class ConnectionEnded extends Error {
  constructor(what = 'the connection ended') { super(what); this.name = 'ConnectionEnded'; }
}

/** Pulls exact byte counts from a socket; reading stops while enough is buffered. */
export class SocketReader {
  #chunks = [];
  #length = 0;
  #waiter = null;
  #over = null;

  constructor(socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      if (this.#length > 65536) socket.pause();
      this.#wake();
    });
    socket.on('end', () => this.#finish(new ConnectionEnded()));
    socket.on('error', (error) => this.#finish(error));
    socket.on('close', () => this.#finish(new ConnectionEnded()));
  }
  #finish(error) { this.#over ??= error; this.#wake(); }
  #wake() { const waiter = this.#waiter; this.#waiter = null; waiter?.(); }

  get buffered() { return this.#length; }

  /** n bytes; null when the stream ended cleanly before the first of them and `orEnd` is set. */
  async exact(n, orEnd = false) {
    while (this.#length < n) {
      if (this.#over) {
        if (orEnd && this.#length === 0 && this.#over instanceof ConnectionEnded) return null;
        throw this.#over;
      }
      this.socket.resume();
      await new Promise((resolve) => { this.#waiter = resolve; });
    }
    const all = this.#chunks.length === 1 ? this.#chunks[0] : cat(...this.#chunks);
    this.#chunks = n < all.length ? [all.subarray(n)] : [];
    this.#length = all.length - n;
    return all.subarray(0, n);
  }

  /** The next frame {type, header, payload}; a length beyond `most` is refused before the payload is read. */
  async frame(most, orEnd = false) {
    const header = await this.exact(4, orEnd);
    if (header === null) return null;
    const [type, version] = header;
    if (!FRAME_TYPES.has(type)) throw new Malformed(`frame type 0x${type.toString(16)}`);
    if (version !== 1) throw new Malformed('frame version');
    const length = header.readUInt16BE(2);
    if (length > most) throw new Malformed('frame too long');
    return { type, header, payload: await this.exact(length) };
  }
}

/** Rejects when a promise takes longer than its time; the loser is the caller's to destroy. */
export async function within(ms, what, promise) {
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error(`${what}: nothing in ${ms} ms`)), ms); });
  try { return await Promise.race([promise, late]); } finally { clearTimeout(timer); }
}
