// The server's side of SPEC 4, for the self-tests' small server.
import { equalSecret, Malformed, u32 } from './bytes.mjs';
import { bitmap, checkPoint, hmac, KeyPair, random, sha256, signed, signWith, SUITES, verifyWith, publicKey, xl } from './crypto.mjs';
import { frame, FRAME, INNER, MAX_CLIENT_BEFORE_FIN, SocketReader } from './frames.mjs';
import { CLIENT_SIGNATURE, SERVER_SIGNATURE } from './handshake-client.mjs';
import { alert, cert, parseClientId, parseHello, retry, ROLE } from './messages.mjs';
import { RecordProtection, SecureChannel } from './records.mjs';
import { KeySchedule, Transcript } from './schedule.mjs';
import { bytes16, cat, endpoint } from './bytes.mjs';

export const nodeKey = (secret, label, nodeId) => xl('sha256', secret, label, u32(nodeId), 32);

/** The cookie of RETRY (SPEC 4.10). */
export function cookie(kCookie, unixS, clientIp16, helloPrefix) {
  const time = u32(unixS);
  return cat(time, hmac('sha256', kCookie, time, clientIp16, sha256(helloPrefix)).subarray(0, 16));
}

export function cookieFits(kCookie, given, nowS, clientIp16, helloPrefix) {
  if (given.length !== 20) return false;
  const unixS = given.readUInt32BE();
  return Math.abs(nowS - unixS) <= 120 && equalSecret(given, cookie(kCookie, unixS, clientIp16, helloPrefix));
}

/**
 * options: chain [DER], key (of the leaf), suites, kCookie (set: every client must bring a cookie), refuse (an ALERT's reason).
 * Returns {channel, role, wakeId, clientPoint, suite, cached, serverName, ticket, upToBinder, binder}, OBSERVED sent.
 */
export async function serverHandshake(socket, options) {
  const { chain, key, suites = [1, 2], kCookie = null, refuse = null } = options;
  const reader = new SocketReader(socket);
  const send = (type, payload) => socket.write(frame(type, payload));
  const source = endpoint(socket.remoteAddress, socket.remotePort);

  const readHello = async () => {
    const first = await reader.frame(MAX_CLIENT_BEFORE_FIN);
    if (first.type !== FRAME.HELLO) throw new Malformed('HELLO was due');
    return { payload: first.payload, ...parseHello(first.payload) };
  };
  let hello = await readHello();
  if (kCookie && !cookieFits(kCookie, hello.cookie, Math.floor(Date.now() / 1000), source.subarray(0, 16), hello.prefix)) {
    send(FRAME.RETRY, retry(cookie(kCookie, Math.floor(Date.now() / 1000), source.subarray(0, 16), hello.prefix)));
    if (hello.caching) await reader.frame(MAX_CLIENT_BEFORE_FIN);
    hello = await readHello();
    if (!cookieFits(kCookie, hello.cookie, Math.floor(Date.now() / 1000), source.subarray(0, 16), hello.prefix)) throw new Malformed('cookie');
  }
  const fits = suites.filter((n) => hello.suites & SUITES[n].bit);
  const reason = refuse ?? (hello.versionMin > 1 ? 2 : fits.length === 0 ? 3 : null);
  if (reason) {
    socket.end(frame(FRAME.ALERT, alert(reason, 7)));
    throw new Malformed(`refused with ${reason}`);
  }
  const suite = SUITES[Math.max(...fits)];

  const readCkey = async () => {
    const ckey = await reader.frame(MAX_CLIENT_BEFORE_FIN);
    if (ckey.type !== FRAME.CKEY) throw new Malformed('CKEY was due');
    return ckey.payload;
  };
  const early = hello.caching ? await readCkey() : null;
  const cached = early !== null && hello.cachedCertHash.equals(sha256(...chain.map(bytes16))) && early.length === suite.point;
  const certPayload = cert({ suite: suite.number, suites: bitmap(suites), serverRandom: random(32), chain: cached ? null : chain });
  send(FRAME.CERT, certPayload);
  const ckey = checkPoint(cached ? early : await readCkey(), suite.curve);

  const ephemeral = new KeyPair(suite.curve);
  const transcript = new Transcript().add(FRAME.HELLO, hello.payload).add(FRAME.CERT, certPayload).add(FRAME.CKEY, ckey).add(FRAME.SKEY, ephemeral.point);
  const keys = new KeySchedule(suite, ephemeral.agree(ckey), transcript.th(suite));
  const toClient = new RecordProtection(keys.sHs, suite.hash);
  send(FRAME.SKEY, ephemeral.point);
  const signature = signWith(key, signed(SERVER_SIGNATURE, transcript.th(suite)));
  transcript.add(INNER.SIG, signature);
  const fin = keys.finished(keys.sHs, transcript.th(suite));
  transcript.add(INNER.FIN, fin);
  const app = keys.application(transcript.th(suite));
  const sender = new RecordProtection(app.sAp, suite.hash);
  socket.write(cat(toClient.seal(INNER.SIG, signature, 3), toClient.seal(INNER.FIN, fin), sender.seal(INNER.OBSERVED, source)));

  const fromClient = new RecordProtection(keys.cHs, suite.hash);
  const nextInner = async () => fromClient.open(await reader.frame(MAX_CLIENT_BEFORE_FIN));
  let message = await nextInner();
  let clientPoint = null;
  if (hello.role !== ROLE.ISSUER) {
    if (message.type !== INNER.CLIENT_ID) throw new Malformed('CLIENT_ID was due');
    clientPoint = parseClientId(message.content);
    transcript.add(INNER.CLIENT_ID, message.content);
    message = await nextInner();
    if (message.type !== INNER.SIG || !verifyWith(publicKey(clientPoint), message.content, signed(CLIENT_SIGNATURE, transcript.th(suite)))) {
      throw new Malformed("the client's signature");
    }
    transcript.add(INNER.SIG, message.content);
    message = await nextInner();
  }
  if (message.type !== INNER.FIN || !equalSecret(message.content, keys.finished(keys.cHs, transcript.th(suite)))) throw new Malformed("the client's FIN");

  const channel = new SecureChannel(reader, sender, new RecordProtection(app.cAp, suite.hash), { hash: suite.hash, secret: app.exp });
  return { channel, role: hello.role, wakeId: hello.context, clientPoint, suite, cached, serverName: hello.serverName, ticket: hello.ticket, upToBinder: hello.upToBinder, binder: hello.binder };
}
