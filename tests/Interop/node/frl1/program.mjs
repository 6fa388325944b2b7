// What device.mjs and issuer.mjs share: arguments, the password file, HOST:PORT.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Trust } from './certificate.mjs';

export function usage(text, code = 1) {
  process.stderr.write(`${text}\n`);
  process.exit(code);
}

export function hostPort(text) {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text ?? '');
  if (!match) usage(`not HOST:PORT: ${text}`);
  return { host: match[1] ?? match[2], port: Number(match[3]) };
}

/** The first line of the file, without its line end. */
export const passwordFrom = (path) => readFileSync(path, 'utf8').split(/\r?\n/, 1)[0];

export function programOptions(extra, required) {
  const text = { type: 'string' };
  let values;
  try {
    ({ values } = parseArgs({ options: { server: text, trust: text, 'password-file': text, suites: text, ...extra } }));
  } catch (error) { usage(error.message); }
  for (const name of required) if (!values[name]) usage(`--${name} is missing`);
  try { values.trust = Trust.parse(values.trust); } catch (error) { usage(`--trust: ${error.message}`); }
  values.suites = (values.suites ?? '1,2').split(',').map(Number);
  return { ...values, ...hostPort(values.server) };
}
