// The small server's side of tickets, RESUME and the pending session (SPEC 7.9).
import { equalSecret } from '../frl1/bytes.mjs';
import { random } from '../frl1/crypto.mjs';
import { nextKeys, openTicket, parseResume, resumeAck, resumedKey, resumeVerifies, sealTicket } from '../frl1/resume.mjs';
import { resetToken } from '../frl1/udp.mjs';

const PENDING_MS = 30_000;
const seconds = () => Math.floor(Date.now() / 1000);

export class Returns {
  constructor(server) { this.server = server; }

  /** The ticket of a registration, for its whole lifetime. */
  first(id, keys, address) {
    const issued = seconds();
    return this.#ticket({ id, ...keys, address, issued, expires: issued + this.server.lifetime, record: 0 });
  }
  #ticket(contents) { return sealTicket(this.server.ticketKey, random(12), { ...contents, epoch: this.server.epoch }); }

  /** Whatever fails is dropped in silence. */
  take(datagram, from) {
    const { server } = this;
    const asked = parseResume(datagram);
    const ticket = asked && openTicket(server.ticketKey, asked.ticket);
    const device = ticket && ticket.epoch === server.epoch && ticket.expires > seconds() && resumeVerifies(datagram, ticket.auth)
      ? server.devices.get(ticket.id.toString('hex')) : null;
    if (!device) { server.tell('bad-resume'); return; }
    if (server.deaf > 0) { server.deaf--; server.tell('resume-ignored', { bytes: datagram.toString('hex') }); return; }
    if (server.full !== null) { this.#full(ticket, asked, from); return; }

    const repeated = device.pending !== null && equalSecret(device.pending.return.clientNonce, asked.clientNonce);
    if (!repeated) this.#begin(device, ticket, asked, from);
    const session = device.pending;
    const { return: back } = session;
    if (back.source !== `${from.address} ${from.port}`) back.source = null;
    server.tell('resume', { repeated, newTicket: back.ticket !== undefined, shown: asked.ticket.toString('hex') });
    this.#send(session.key, from, {
      status: 0, cid: session.cid, serverNonce: back.serverNonce, missed: 3, interval: server.interval, ackEvery: server.ackEvery,
      lifetime: Math.max(1, ticket.expires - seconds()), resetToken: resetToken(server.kReset, server.nodeId, session.cid), ticket: back.ticket,
    });
  }

  #begin(device, ticket, { clientNonce, newTicket }, from) {
    const { server } = this;
    this.drop(device);
    const cid = server.newCid();
    const serverNonce = random(16);
    const at = { clientNonce, serverNonce, cid, id: ticket.id };
    const session = server.session(device, cid, resumedKey(ticket.root, at), ticket.address);
    const due = newTicket || seconds() >= (ticket.issued + ticket.expires) / 2;
    session.return = { clientNonce, serverNonce, source: `${from.address} ${from.port}`, ticket: due ? this.#ticket({ ...ticket, ...nextKeys(ticket.root, at), issued: seconds() }) : undefined };
    session.timer = setTimeout(() => this.drop(device), PENDING_MS);
    device.pending = session;
  }

  /** The first valid HB of a pending session: it is the device's from now on. True when only this HB's source can have got the RESUME_ACK. */
  activate(session, from) {
    const { device, server } = { device: session.device, server: this.server };
    const earlier = device.session;
    clearTimeout(session.timer);
    device.pending = null;
    if (earlier) { earlier.binding.moveTo(session.binding); server.end(earlier); }
    device.session = session;
    const provesPath = !earlier && session.return.source === `${from.address} ${from.port}`;
    session.return = null;
    server.tell('resumed', { replaced: earlier !== null });
    return provesPath;
  }

  /** Ends the pending session of a device. */
  drop(device) {
    if (!device.pending) return;
    clearTimeout(device.pending.timer);
    this.server.end(device.pending);
    device.pending = null;
  }

  #full(ticket, { clientNonce }, from) {
    const serverNonce = random(16);
    this.server.tell('resume-refused');
    this.#send(resumedKey(ticket.root, { clientNonce, serverNonce, cid: Buffer.alloc(8), id: ticket.id }), from, { status: 1, retryAfter: this.server.full, serverNonce });
  }

  #send(key, from, values) {
    const { server } = this;
    server.sendTo(from, resumeAck(key, { sealNonce: random(8), observed: { address: from.address, port: from.port }, nodeId: server.nodeId, unixMs: Date.now(), ...values }));
  }
}
