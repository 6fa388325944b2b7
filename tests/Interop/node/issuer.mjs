// An FRL1 issuer: stdin goes to the device's service, what it sends goes to stdout.
// Exit codes: 0 done, 3 unavailable, 4 the server isn't trusted, 5 the password is refused, 1 anything else.
import { TrustRefused } from './frl1/certificate.mjs';
import { parseId } from './frl1/identifier.mjs';
import { Issuer, RequestFailed } from './frl1/issuer.mjs';
import { passwordFrom, programOptions } from './frl1/program.mjs';
import { pipeline } from 'node:stream/promises';

const text = { type: 'string' };
const options = programOptions({ id: text, ping: { type: 'boolean' }, timeout: text, count: text }, ['server', 'trust', 'id']);

function exitCode(error) {
  if (error instanceof TrustRefused) return 4;
  if (error instanceof RequestFailed) return { unavailable: 3, 'no-answer': 3, password: 5 }[error.kind] ?? 1;
  return 1;
}

async function run() {
  const id = parseId(options.id);
  const password = options['password-file'] ? passwordFrom(options['password-file']) : null;
  const issuer = await Issuer.open({ host: options.host, port: options.port, trust: options.trust, suites: options.suites });
  const timeout = Number(options.timeout ?? 10_000) / 100;
  try {
    if (options.ping) {
      for (let left = Number(options.count ?? 1); left > 0; left--) {
        const { ms, waitedMs } = await issuer.request(id, password, { ping: true, timeout });
        process.stdout.write(`${JSON.stringify({ event: 'ping', ms: Math.round(ms * 1000) / 1000, waitedMs })}\n`);
      }
      return;
    }
    const stream = await issuer.request(id, password, { timeout });
    await Promise.all([pipeline(process.stdin, stream, { end: true }).catch(ignoreEarlyEnd), drain(stream)]);
  } finally { issuer.close(); }
}

function ignoreEarlyEnd(error) { if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error; }

async function drain(stream) {
  // When the device has ended its direction ours goes on, so the loop's end mustn't destroy the stream.
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) if (!process.stdout.write(chunk)) await new Promise((more) => process.stdout.once('drain', more));
}

try { await run(); process.exitCode = 0; } catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = exitCode(error);
}
