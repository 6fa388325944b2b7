// A UDP session of the device (SPEC 7.1 to 7.8).
import dgram from 'node:dgram';
import { equalSecret } from './bytes.mjs';
import { ackFields, DATAGRAM, fast, FROM_SERVER, heartbeat, openDatagram, openReset, ReplayWindow, wakeAck, wakeFields } from './udp.mjs';

const RETRY_MS = [1000, 2000, 4000];
const NO_WAKE_ID = Buffer.alloc(8);

/** One UDP session, of a registration or of a return (SPEC 7). values.socket: the connected socket that sent RESUME. */
export class UdpSession {
  #ctr = 0n;
  #window = new ReplayWindow();
  #lastAck = 0;
  #rttMs = 0;
  #sent = new Map();
  #sinceAck = 0;
  #awaiting = false;
  #retries = 0;
  #tag = null;
  #long = false;
  #timer = null;
  #end;
  #acked = false;

  constructor(device, values) {
    Object.assign(this, { device, values, interval: values.interval, ackEvery: values.ackEvery });
    this.over = new Promise((resolve) => { this.#end = (reason) => { clearTimeout(this.#timer); clearTimeout(this.#lifetime); this.socket.close(() => resolve({ ...reason, acked: this.#acked })); this.#end = () => {}; }; });
    this.socket = values.socket ?? dgram.createSocket(values.server.includes(':') ? 'udp6' : 'udp4');
    // "Connection refused" on UDP is an unauthenticated ICMP message: the server is silent, no more.
    this.socket.on('error', (error) => { if (error.code !== 'ECONNREFUSED') this.#end({ why: `socket: ${error.message}` }); });
    this.socket.on('message', (datagram, from) => { if (from.port === values.udpPort) this.#receive(datagram); });
    if (values.socket) this.#beat(true);
    else this.socket.connect(values.udpPort, values.server, () => this.#beat(true));
    this.#lifetime = setTimeout(() => this.#end({ why: 'lifetime', waitMs: 0 }), Math.min(2 ** 31 - 1, 900 * values.lifetime));
  }
  #lifetime;

  #send(datagram, done = () => {}) {
    try { this.socket.send(datagram, done); } catch (error) { this.#end({ why: `socket: ${error.message}` }); }
  }
  #next() { return { cid: this.values.cid, ctr: ++this.#ctr }; }

  #beat(ackWanted, echo = null) {
    const local = this.#long ? { address: this.socket.address().address, port: this.socket.address().port } : undefined;
    this.#long = false;
    const head = this.#next();
    this.#sent.set(Number(head.ctr & 0xffffn), Date.now());
    if (this.#sent.size > 64) this.#sent.delete(this.#sent.keys().next().value);
    this.#send(heartbeat(this.values.key, { ...head, ackWanted, echo, local, rttMs: this.#rttMs, lastAck: this.#lastAck }));
    if (echo) return;
    clearTimeout(this.#timer);
    if (!ackWanted) { this.#sinceAck++; this.#timer = setTimeout(() => this.#due(), this.#wait()); return; }
    this.#awaiting = true;
    this.#sinceAck = 0;
    const patience = this.device.patience * RETRY_MS[Math.min(this.#retries, RETRY_MS.length - 1)];
    this.#timer = setTimeout(() => this.#unanswered(), patience);
  }
  #wait() { return this.interval * 100 * (0.8 + 0.2 * Math.random()); }
  #due() { this.#beat(this.#sinceAck + 1 >= this.ackEvery); }

  #unanswered() {
    if (this.#retries >= RETRY_MS.length) { this.#end({ why: 'silence' }); return; }
    this.#retries++;
    this.#beat(true);
  }

  #receive(datagram) {
    const { values, device } = this;
    if (datagram.length === 32) {
      const retryAfter = openReset(datagram, values.cid, values.resetToken);
      if (retryAfter === null) return;
      device.tell('reset', { retryAfter });
      this.#end({ why: 'reset', waitMs: Math.random() * 1000 * Math.min(retryAfter, 60) });
      return;
    }
    if (datagram.length < 40 || !equalSecret(datagram.subarray(4, 12), values.cid)) return;
    const m = openDatagram(datagram, values.key, FROM_SERVER, this.#window);
    if (m === null) return;
    if (m.type === DATAGRAM.ACK) this.#acknowledged(m);
    else if (m.type === DATAGRAM.WAKE) this.#wake(wakeFields(m).wakeId);
    else if (m.type === DATAGRAM.CONNECT2_FAST) this.#connect2(m.body);
  }

  #acknowledged(m) {
    const a = ackFields(m);
    if (a === null) return;
    this.#lastAck = Number(m.ctr & 0xffffn);
    if (a.hbCtr !== null && this.#sent.has(a.hbCtr)) this.#rttMs = Math.min(65534, Math.max(1, Date.now() - this.#sent.get(a.hbCtr)));
    this.ackEvery = a.ackEvery;
    if (a.interval > 0) this.interval = a.interval;
    const changed = a.tag !== null && this.#tag !== null && a.tag !== this.#tag;
    if (a.tag !== null) this.#tag = a.tag;
    if (!this.#acked) { this.#acked = true; this.device.confirmed(this); }
    this.device.tell('ack', { hbCtr: a.hbCtr, challenge: a.challenge !== null, long: a.long, observed: a.observed && `${a.observed.address}:${a.observed.port}`, interval: a.interval });
    if (this.#awaiting) {
      this.#awaiting = false;
      this.#retries = 0;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#due(), this.#wait());
    }
    if (a.challenge) this.#beat(false, a.challenge);
    if (changed) { this.#long = true; this.#beat(true); }
    if (a.wakePending) this.#wake(NO_WAKE_ID);
  }

  #wake(wakeId) {
    this.#send(wakeAck(this.values.key, { ...this.#next(), wakeId }));
    this.device.woken(wakeId);
  }

  #connect2(content) {
    let reply;
    try { reply = this.device.decide(content, 'fast'); } catch { return; }
    if (reply) this.#send(fast(this.values.key, DATAGRAM.ANSWER_FAST, { ...this.#next(), content: reply }));
  }

  /** Ends without a word: a later session has taken its place. */
  end(why) { this.#end({ why }); }

  goodbye() {
    this.#send(heartbeat(this.values.key, { ...this.#next(), goodbye: true, lastAck: this.#lastAck }), () => this.#end({ why: 'stopped' }));
    return this.over;
  }
}
