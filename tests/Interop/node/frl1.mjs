// Everything of the peer, for the tests.
export * from './frl1/backoff.mjs';
export * from './frl1/bytes.mjs';
export * from './frl1/certificate.mjs';
export * from './frl1/crypto.mjs';
export * from './frl1/descriptor.mjs';
export * from './frl1/device.mjs';
export * from './frl1/endtoend.mjs';
export * from './frl1/frames.mjs';
export * from './frl1/gate.mjs';
export * from './frl1/handshake-client.mjs';
export * from './frl1/handshake-server.mjs';
export * from './frl1/identifier.mjs';
export * from './frl1/issuer.mjs';
export * as messages from './frl1/messages.mjs';
export * from './frl1/records.mjs';
export * from './frl1/schedule.mjs';
export * from './frl1/stream.mjs';
export * as udp from './frl1/udp.mjs';
