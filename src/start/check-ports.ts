import { createServer } from 'node:net';
import { systemCode } from '../engine/storage/file-fault';

/** A port of the configuration cannot be had. */
class PortError extends Error {
  override readonly name = 'PortError';
}

/** A place to listen at, and the variables that name its port and its address. */
interface Place {
  readonly host: string;
  readonly port: number;
  readonly variable: string;
  readonly hostVariable: string;
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
export async function checkPort(place: Place): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: place.host, port: place.port, exclusive: true }, resolve);
    });
  } catch (error) {
    throw new PortError(reasonOf(error, place), { cause: error });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function reasonOf(error: unknown, { host, port, variable, hostVariable }: Place): string {
  const code = systemCode(error);
  switch (code) {
    case 'EADDRINUSE':
      return `port ${port} of ${host} is in use by another program; set ${variable} to another one`;
    case 'EACCES':
      return `this user may not listen on port ${port}; set ${variable} to another one`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EINVAL':
      return `${host} is not an address of this machine; set ${hostVariable} to one that is`;
    default:
      return `port ${port} of ${host} cannot be used (${String(code)}); see ${hostVariable} and ${variable}`;
  }
}
