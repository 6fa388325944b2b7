// A device in the test's own hands: it registers, and then sends just what it is told to.
import dgram from 'node:dgram';
import { once } from 'node:events';
import { KeyPair, random } from '../frl1/crypto.mjs';
import { makeDescriptor } from '../frl1/descriptor.mjs';
import { INNER } from '../frl1/frames.mjs';
import { clientHandshake, connect } from '../frl1/handshake-client.mjs';
import { deviceId } from '../frl1/identifier.mjs';
import { parseRegistered, register, ROLE } from '../frl1/messages.mjs';
import { openResumeAck, registrationKeys, resume } from '../frl1/resume.mjs';
import { ackFields, FROM_SERVER, heartbeat, openDatagram, udpKey } from '../frl1/udp.mjs';

const PATIENCE_MS = 10_000;

/** A UDP socket whose datagrams are read in order. */
export class Line {
  #got = [];
  #waiting = [];
  static async open({ host, port, from = undefined }) {
    const line = new Line();
    line.socket = dgram.createSocket('udp4').on('error', () => {}).on('message', (datagram) => {
      const waiting = line.#waiting.shift();
      if (waiting) waiting(datagram); else line.#got.push(datagram);
    });
    line.socket.bind(0, from);
    await once(line.socket, 'listening');
    line.socket.connect(port, host);
    await once(line.socket, 'connect');
    return line;
  }
  send(datagram) { this.socket.send(datagram); }
  next() {
    if (this.#got.length > 0) return Promise.resolve(this.#got.shift());
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no datagram came')), PATIENCE_MS);
      this.#waiting.push((datagram) => { clearTimeout(timer); resolve(datagram); });
    });
  }
  close() { this.socket.close(); }
}

export class RawDevice {
  static async register({ host, port, trust, suites }) {
    const identity = new KeyPair();
    const id = deviceId(identity.point);
    const socket = await connect({ host, port });
    socket.on('error', () => {});
    const { channel } = await clientHandshake(socket, { role: ROLE.REGISTER, host, trust, identity, suites });
    const notAfter = Math.floor(Date.now() / 1000) + 3600;
    channel.send(INNER.REGISTER, register(0, makeDescriptor(identity, { iterations: 100_000, salt: random(16), kemPub: new KeyPair().point, notAfter })));
    const values = parseRegistered(await channel.expect(INNER.REGISTERED));
    if (values.status !== 0) throw new Error(`REGISTERED with status ${values.status}`);
    channel.close();
    const device = new RawDevice();
    Object.assign(device, { host, port: values.udpPort || port, id, ticket: Buffer.from(values.ticket), keys: registrationKeys(channel, values.cid, id) });
    device.session = { cid: Buffer.from(values.cid), key: udpKey(channel, values.cid, id), ctr: 0n };
    device.line = await device.open();
    return device;
  }

  open(from) { return Line.open({ host: this.host, port: this.port, from }); }
  close() { this.line.close(); }

  heartbeat(session = this.session, more = {}) { return heartbeat(session.key, { cid: session.cid, ctr: ++session.ctr, ackWanted: true, ...more }); }

  /** The fields of the next datagram, which has to be an ACK of this session. */
  async ack(line = this.line, session = this.session) {
    const datagram = await line.next();
    const opened = openDatagram(datagram, session.key, FROM_SERVER);
    const fields = opened && ackFields(opened);
    if (!fields) throw new Error(`no ACK of the session: 0x${datagram[0].toString(16)}, ${datagram.length} bytes`);
    return fields;
  }

  /** One heartbeat and its ACK. */
  async beat(line = this.line, session = this.session, more = {}) {
    line.send(this.heartbeat(session, more));
    return this.ack(line, session);
  }

  /** Heartbeats until no challenge is left. */
  async settle(line = this.line, session = this.session) {
    let { challenge } = await this.beat(line, session);
    while (challenge) ({ challenge } = await this.beat(line, session, { echo: challenge }));
  }

  resume({ clientNonce = random(16), ticket = this.ticket, auth = this.keys.auth, newTicket = false } = {}) {
    return { clientNonce, datagram: resume(auth, { ticket, clientNonce, steer: this.session.cid[3], newTicket }) };
  }

  /** The session of the next datagram, which has to be the RESUME_ACK to this RESUME: {cid, key, ctr, answer}. */
  async resumed({ clientNonce }, line = this.line) {
    const datagram = await line.next();
    const answer = openResumeAck(datagram, { root: this.keys.root, clientNonce, id: this.id });
    if (answer === null) throw new Error(`no RESUME_ACK: 0x${datagram[0].toString(16)}, ${datagram.length} bytes`);
    return { cid: answer.cid, key: answer.key, ctr: 0n, answer };
  }

  /** RESUME and its answer. */
  async comeBack(line = this.line, more = {}) {
    const asked = this.resume(more);
    line.send(asked.datagram);
    return this.resumed(asked, line);
  }
}
