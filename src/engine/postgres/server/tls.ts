import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { DatabaseAddress, ServerPlace, TlsFiles } from '../../address/database-address';
import { systemAuthorities } from '../../address/system-authorities';
import { present } from '../../optional/present';
import { systemCode } from '../../storage/file-fault';

/** TLS cannot be set up as it is asked for; the message names what is wrong with which file, for the administrator. */
class TlsError extends Error {
  override readonly name = 'TlsError';
}

/**
 * TLS as libpq does it (fe-secure-openssl.c): the chain is verified in every mode where there is a root certificate, so
 * that `require` with one is `verify-ca`; `verify-full` compares the name too; a client certificate is shown when there
 * is one, and no other user may read its key.
 *
 * @throws TlsError
 */
export async function tlsOptions({ sslMode, tls }: DatabaseAddress, { host }: ServerPlace): Promise<ConnectionOptions> {
  const authorities = await contentOf(tls.rootCert === 'system' ? systemAuthorities() : tls.rootCert);
  if (authorities === undefined && (sslMode === 'verify-ca' || sslMode === 'verify-full')) {
    throw new TlsError(
      `the root certificate file ${tls.rootCert ?? 'of sslrootcert'} does not exist: name one in sslrootcert, or sslrootcert=system to trust the authorities of this machine`,
    );
  }
  const revoked = await contentOf(tls.revoked);
  return {
    rejectUnauthorized: authorities !== undefined,
    ...present({ ca: authorities, crl: authorities === undefined ? undefined : revoked }),
    ...(await ownCertificate(tls)),
    checkServerIdentity: (_, { raw }) => (sslMode === 'verify-full' ? nameProblem(host, raw) : undefined),
    minVersion: tls.minVersion ?? 'TLSv1.2',
    ...present({ maxVersion: tls.maxVersion }),
    servername: tls.sendsName === false || isIP(host) !== 0 ? '' : host,
  };
}

/** A certificate that is not there is none that is shown; a key that is missing beside it is a mistake. */
async function ownCertificate({
  cert: certPath,
  key: keyPath,
}: TlsFiles): Promise<Pick<ConnectionOptions, 'cert' | 'key'>> {
  const cert = await contentOf(certPath);
  if (cert === undefined) return {};
  const key = await contentOf(keyPath);
  if (keyPath === undefined || key === undefined) {
    throw new TlsError(`there is a client certificate but no private key ${keyPath ?? '(sslkey)'}`);
  }
  const { mode, uid } = await stat(keyPath);
  // The mode of a key that belongs to root may let a group read it: such are handed out by the system.
  const others = uid === 0 ? 0o037 : 0o077;
  if ((mode & others) !== 0) {
    throw new TlsError(
      `the private key file ${keyPath} can be read by others: chmod 0600, or 0640 when it belongs to root`,
    );
  }
  return { cert, key };
}

async function contentOf(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new TlsError(`${path} cannot be read (${String(code)})`);
  }
}

/** The error when a certificate is not this host's; alternative names of the host's kind count in place of the common name. */
function nameProblem(host: string, raw: Buffer): Error | undefined {
  const certificate = new X509Certificate(raw);
  const names = certificate.subjectAltName ?? '';
  const isAddress = isIP(host) !== 0;
  const ofKind = [...names.matchAll(isAddress ? /IP Address:([^,]+)/g : /DNS:("[^"]*"|[^,]+)/g)].map(([, name = '']) =>
    name.replace(/^"|"$/g, ''),
  );
  const common = ofKind.length > 0 ? [] : [/^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? ''];
  const fits = isAddress
    ? certificate.checkIP(host) !== undefined || common.includes(host)
    : [...ofKind, ...common].some((name) => isNameOf(name, host));
  return fits ? undefined : new TlsError(`the certificate of the server is not one for ${host}`);
}

/** A star stands for one label, the first one. */
function isNameOf(name: string, host: string): boolean {
  const [pattern, wanted] = [name.toLowerCase(), host.toLowerCase()];
  if (!pattern.startsWith('*.')) return pattern === wanted;
  return wanted.indexOf('.') > 0 && wanted.slice(wanted.indexOf('.')) === pattern.slice(1);
}
