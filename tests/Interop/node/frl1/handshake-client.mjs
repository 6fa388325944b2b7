// The client's side of SPEC 4, with and without a remembered chain.
import net from 'node:net';
import { equalSecret, Malformed } from './bytes.mjs';
import { bitmap, checkPoint, KeyPair, random, sha256, signed, SUITES, verifyWith } from './crypto.mjs';
import { frame, FRAME, INNER, MAX_SERVER_BEFORE_FIN, SocketReader } from './frames.mjs';
import { ALERTS, clientId, hello, helloPrefix, parseAlert, parseCert, parseChain, parseObserved, parseRetry } from './messages.mjs';
import { RecordProtection, SecureChannel } from './records.mjs';
import { KeySchedule, Transcript } from './schedule.mjs';

export const SERVER_SIGNATURE = 'FastRelay v1 server signature';
export const CLIENT_SIGNATURE = 'FastRelay v1 client signature';
const VERSION = 1;

/** The server refused with ALERT; it is not authenticated. */
export class Refused extends Error {
  constructor({ reason, retryAfter }) {
    super(`the server refuses: ${ALERTS[reason] ?? `reason ${reason}`}`);
    Object.assign(this, { name: 'Refused', reason, retryAfter });
  }
}

/**
 * Runs the handshake on a connected socket.
 * options: role, host (as dialled), trust, suites [numbers], wakeId, identity (KeyPair, roles 2 and 3),
 *          ticket and binderOf(HELLO up to the binder) (roles 2 and 3, of a device that holds one),
 *          cache (an object that keeps .held = {chainBytes, suite} between calls; absent: no cache).
 * Returns {channel, observed, suite, cached}.
 */
export async function clientHandshake(socket, options) {
  const { role, host, trust, identity, wakeId, cache, ticket, binderOf, suites = [1, 2] } = options;
  const reader = new SocketReader(socket);
  const send = (type, payload) => socket.write(frame(type, payload));

  let held = cache?.held && suites.includes(cache.held.suite) ? cache.held : null;
  if (held) trust.validate(parseChain(held.chainBytes), host);
  const early = held && new KeyPair(SUITES[held.suite].curve);

  const prefix = helloPrefix({
    role, wakeId, suites: bitmap(suites), clientRandom: random(32), serverName: net.isIP(host) ? '' : host,
    cachedCertHash: held ? sha256(held.chainBytes) : undefined, ticket, binderOf,
  });
  let helloPayload = hello(prefix);
  const sendHello = () => {
    socket.cork();
    send(FRAME.HELLO, helloPayload);
    if (early) send(FRAME.CKEY, early.point);
    socket.uncork();
  };
  sendHello();

  let answer = await reader.frame(MAX_SERVER_BEFORE_FIN);
  if (answer.type === FRAME.RETRY) {
    helloPayload = hello(prefix, parseRetry(answer.payload));
    sendHello();
    answer = await reader.frame(MAX_SERVER_BEFORE_FIN);
  }
  if (answer.type === FRAME.ALERT) throw new Refused(parseAlert(answer.payload));
  if (answer.type !== FRAME.CERT) throw new Malformed('CERT was due');

  const cert = parseCert(answer.payload);
  const suite = choice(cert, suites);
  if (cert.cached && (!held || held.suite !== suite.number)) throw new Malformed('CACHED, but nothing was');
  const chainBytes = cert.cached ? held.chainBytes : cert.chainBytes;
  const leaf = trust.validate(parseChain(chainBytes), host);
  const ephemeral = cert.cached ? early : new KeyPair(suite.curve);
  if (!cert.cached) send(FRAME.CKEY, ephemeral.point);

  const skey = await reader.frame(MAX_SERVER_BEFORE_FIN);
  if (skey.type !== FRAME.SKEY) throw new Malformed('SKEY was due');
  const transcript = new Transcript()
    .add(FRAME.HELLO, helloPayload).add(FRAME.CERT, answer.payload)
    .add(FRAME.CKEY, ephemeral.point).add(FRAME.SKEY, checkPoint(skey.payload, suite.curve));
  const keys = new KeySchedule(suite, ephemeral.agree(skey.payload), transcript.th(suite));

  const fromServer = new RecordProtection(keys.sHs, suite.hash);
  const nextInner = async (type) => {
    const message = fromServer.open(await reader.frame(MAX_SERVER_BEFORE_FIN));
    if (message.type !== type) throw new Malformed(`inner type 0x${message.type.toString(16)} out of place`);
    return message.content;
  };
  const serverSig = await nextInner(INNER.SIG);
  if (!verifyWith(leaf.publicKey, serverSig, signed(SERVER_SIGNATURE, transcript.th(suite)))) throw new Malformed("the server's signature");
  transcript.add(INNER.SIG, serverSig);
  const serverFin = await nextInner(INNER.FIN);
  if (!equalSecret(serverFin, keys.finished(keys.sHs, transcript.th(suite)))) throw new Malformed("the server's FIN");
  transcript.add(INNER.FIN, serverFin);
  const app = keys.application(transcript.th(suite));
  if (cache) cache.held = { chainBytes: Buffer.from(chainBytes), suite: suite.number };

  const toServer = new RecordProtection(keys.cHs, suite.hash);
  socket.cork();
  if (identity) {
    const id = clientId(identity.point);
    transcript.add(INNER.CLIENT_ID, id);
    const signature = identity.sign(signed(CLIENT_SIGNATURE, transcript.th(suite)));
    transcript.add(INNER.SIG, signature);
    socket.write(toServer.seal(INNER.CLIENT_ID, id));
    socket.write(toServer.seal(INNER.SIG, signature));
  }
  socket.write(toServer.seal(INNER.FIN, keys.finished(keys.cHs, transcript.th(suite))));
  socket.uncork();

  const channel = new SecureChannel(reader, new RecordProtection(app.cAp, suite.hash), new RecordProtection(app.sAp, suite.hash), { hash: suite.hash, secret: app.exp });
  const observed = parseObserved(await channel.expect(INNER.OBSERVED));
  return { channel, observed, suite, cached: cert.cached };
}

/** The suite that the server chose; a choice that wasn't offered, or below what both have, is malformed (SPEC 4.4). */
export function choice(cert, suites) {
  if (cert.version !== VERSION || cert.versionMax < cert.version) throw new Malformed('version');
  if (!suites.includes(cert.suite) || !(cert.suites & SUITES[cert.suite].bit)) throw new Malformed('suite');
  if (suites.some((n) => n > cert.suite && cert.suites & SUITES[n].bit)) throw new Malformed('suite: downgrade');
  return SUITES[cert.suite];
}

/** A socket connected within its time, or an error. */
export function connect(options, ms = 5000) {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ allowHalfOpen: true, noDelay: true, ...options });
    const timer = setTimeout(() => socket.destroy(new Error('no connection in time')), ms);
    const settle = (act, value) => { clearTimeout(timer); socket.removeAllListeners('connect'); socket.removeListener('error', failed); act(value); };
    const failed = (error) => settle(reject, error);
    socket.once('error', failed);
    socket.once('connect', () => settle(resolve, socket));
  });
}
