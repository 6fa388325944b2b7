// A small server and a device at it, for the self-tests.
import { Device } from '../frl1/device.mjs';
import { Issuer } from '../frl1/issuer.mjs';
import { Trust } from '../frl1/certificate.mjs';
import { credential } from './certificates.mjs';
import { MiniServer } from './mini-server.mjs';

export const PASSWORD = 'Grüße aus dem Test';
export const ITERATIONS = 100_000;

export const waitFor = (emitter, name, fits = () => true) => new Promise((resolve, reject) => {
  const timer = setTimeout(() => { emitter.off('event', on); reject(new Error(`no ${name}`)); }, 10_000);
  const on = (event) => { if (event.event === name && fits(event)) { clearTimeout(timer); emitter.off('event', on); resolve(event); } };
  emitter.on('event', on);
});

/** A mini server and a registered device that echoes every stream back. restart() gives the server that takes the first one's place. */
export async function system(t, { server: serverOptions = {}, device: deviceOptions = {}, certificate: certificateOptions = {} } = {}) {
  const options = { credential: credential(certificateOptions), ...serverOptions };
  let server = await new MiniServer(options).start();
  const first = server;
  const trust = Trust.parse(server.credential.fingerprint);
  const device = await Device.create({
    host: '127.0.0.1', port: server.port, trust, password: PASSWORD, iterations: ITERATIONS,
    onStream: (stream) => { stream.on('error', () => {}); stream.pipe(stream); }, ...deviceOptions,
  });
  const ready = waitFor(server, 'heartbeat');
  const running = device.run();
  t.after(async () => { await device.stop(); server.closeWoken(); await running; await server.stop(); });
  await ready;
  const open = async (more = {}) => {
    const issuer = await Issuer.open({ host: '127.0.0.1', port: server.port, trust, ...more });
    t.after(() => issuer.close());
    return issuer;
  };
  const restart = async (more = {}) => {
    await server.stop();
    server = new MiniServer({ ...options, ...more, port: first.port, kept: server.keeps });
    return server;
  };
  return { server, device, trust, open, restart };
}
