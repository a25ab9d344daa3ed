import { createServer } from 'node:net';
import { systemCode } from '../engine/storage/file-fault';

/** A port of the configuration cannot be had. */
class PortError extends Error {
  override readonly name = 'PortError';
}

/** A place to listen at, and the variable that names its port. */
interface Place {
  readonly host: string;
  readonly port: number;
  readonly variable: string;
}

/**
 * Looks whether the ports can be had before anything that takes time is begun.
 *
 * @throws PortError, with what to do about it
 */
export async function checkPorts(places: readonly Place[]): Promise<void> {
  for (const place of places) if (place.port !== 0) await checkPort(place);
}

/** @throws PortError, with what to do about it */
export async function checkPort({ host, port, variable }: Place): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (error) {
    throw new PortError(`${reasonOf(error, host, port)}; set ${variable} to another one`, { cause: error });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function reasonOf(error: unknown, host: string, port: number): string {
  const code = systemCode(error);
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is in use by another program`;
    case 'EACCES':
      return `this user may not listen on port ${port}`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is not an address of this machine`;
    default:
      return `port ${port} of ${host} cannot be had (${String(code)})`;
  }
}
