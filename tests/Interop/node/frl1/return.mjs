// The device's return with its ticket (SPEC 7.9): RESUME at 0, 1 and 3 s, then 4 s more.
import dgram from 'node:dgram';
import { random } from './crypto.mjs';
import { openResumeAck, resume } from './resume.mjs';

const GAPS_MS = [1000, 2000, 4000];

/**
 * ticket: {ticket, auth, root, steer, server, udpPort, issued, expires}. What the session needs, its socket and `nextTicket` (what to show from its
 * first ACK on) included; {status: 1, retryAfter} when the server is full; null when nothing came.
 */
export async function comeBack(ticket, { id, newTicket, tell, stopped, patience = 1 }) {
  const clientNonce = random(16);
  const datagram = resume(ticket.auth, { ticket: ticket.ticket, clientNonce, steer: ticket.steer, newTicket });
  const socket = dgram.createSocket(ticket.server.includes(':') ? 'udp6' : 'udp4');
  let timer;
  const answer = await new Promise((resolve) => {
    // As in a session, ICMP isn't believed; any other failure of the socket is the end of this try.
    const failed = (error) => { if (error.code !== 'ECONNREFUSED') resolve(null); };
    socket.on('error', failed).on('message', (received) => {
      const opened = openResumeAck(received, { root: ticket.root, clientNonce, id });
      if (opened) resolve(opened);
    });
    const send = (n) => {
      if (n === GAPS_MS.length || stopped()) { resolve(null); return; }
      socket.send(datagram, () => {});
      tell('resume', { n });
      timer = setTimeout(() => send(n + 1), patience * GAPS_MS[n]);
    };
    socket.connect(ticket.udpPort, ticket.server, () => send(0));
  });
  clearTimeout(timer);
  socket.removeAllListeners();
  if (answer?.status !== 0) { socket.close(); return answer; }
  const { server, udpPort } = ticket;
  const next = { ...ticket, ...(answer.keys && { ...answer.keys, ticket: Buffer.from(answer.ticket), issued: Date.now() }), steer: answer.cid[3], expires: Date.now() + 1000 * answer.lifetime };
  return { ...answer, server, udpPort, socket, nextTicket: next };
}
