// The accepted communication as a Node stream (SPEC 9.5): DATA, END as half-close, KEY_UPDATE, CLOSE.
import { Duplex } from 'node:stream';
import { Malformed } from './bytes.mjs';
import { ConnectionEnded, INNER } from './frames.mjs';
import { MAX_CONTENT } from './records.mjs';

export class EndToEndStream extends Duplex {
  #channel;
  #reading = false;
  #wanted = false;
  #readOver = false;
  #writeOver = false;

  constructor(channel) {
    super({ allowHalfOpen: true });
    this.#channel = channel;
    channel.socket.on('error', (error) => { if (!this.#over) this.destroy(error); });
  }
  get #over() { return this.#readOver && this.#writeOver; }

  _write(chunk, _, done) {
    let more = true;
    for (let at = 0; at < chunk.length; at += MAX_CONTENT) more = this.#channel.send(INNER.DATA, chunk.subarray(at, at + MAX_CONTENT));
    if (more) done(); else this.#channel.socket.once('drain', done);
  }

  _final(done) {
    this.#writeOver = true;
    this.#channel.socket.end(this.#channel.sender.seal(INNER.END), () => done());
    this.#endIfOver();
  }

  updateKeys() { this.#channel.updateKeys(); }

  _read() {
    this.#wanted = true;
    if (!this.#reading) this.#pump().catch((error) => this.destroy(error));
  }

  async #pump() {
    this.#reading = true;
    while (this.#wanted && !this.#readOver) {
      this.#wanted = false;
      this.#take(await this.#channel.receive());
    }
    this.#reading = false;
  }

  #take(message) {
    if (message === null) throw new ConnectionEnded('the stream was cut off');
    const { type, content } = message;
    if (type === INNER.DATA && content.length > 0) {
      if (this.push(content)) this.#wanted = true;
    } else if ((type === INNER.END && content.length === 0) || (type === INNER.CLOSE && content.length === 1)) {
      this.#readOver = true;
      this.push(null);
      this.#endIfOver();
    } else {
      throw new Malformed(`inner type 0x${type.toString(16)} in the stream`);
    }
  }

  #endIfOver() {
    if (!this.#over) return;
    this.#channel.socket.resume();
    this.emit('finished');
  }

  _destroy(error, done) {
    if (!this.#over) this.#channel.socket.destroy();
    done(error);
  }
}
