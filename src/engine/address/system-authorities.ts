import { existsSync } from 'node:fs';

/** Where distributions keep the authorities that they trust, all in one file. */
const BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/** The file with the authorities of this machine, or where it would be. */
export function systemAuthorities(): string {
  return BUNDLES.find((path) => existsSync(path)) ?? '/etc/ssl/certs/ca-certificates.crt';
}
