import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of a certificate and its key. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority made by the real OpenSSL, in a directory of the caller's. */
export class CertificateAuthority {
  readonly cert: string;
  private readonly key: string;

  constructor(
    private readonly directory: string,
    private readonly name: string,
  ) {
    this.cert = join(directory, `${name}.crt`);
    this.key = join(directory, `${name}.key`);
    this.openssl('req', '-x509', ...this.newKey(this.key), '-subj', `/CN=${name}`, '-days', '2', '-out', this.cert);
  }

  /** @param names such as `DNS:localhost`; none: the common name has to do */
  issue(commonName: string, names: readonly string[] = [], { isExpired = false } = {}): Certificate {
    const id = `${this.name}-${commonName.replaceAll('*', 'star')}-${names.length}${isExpired ? '-expired' : ''}`;
    const [cert, key, request, extensions] = ['crt', 'key', 'csr', 'ext'].map((kind) =>
      join(this.directory, `${id}.${kind}`),
    ) as [string, string, string, string];
    writeFileSync(extensions, names.length === 0 ? '' : `subjectAltName=${names.join(',')}\n`);
    this.openssl('req', ...this.newKey(key), '-subj', `/CN=${commonName}`, '-out', request);
    const authority = ['-CA', this.cert, '-CAkey', this.key, '-CAcreateserial'];
    if (isExpired) {
      // `x509` of OpenSSL 3.0 knows no dates in the past, `ca` does.
      const index = join(this.directory, `${id}.index`);
      const config = join(this.directory, `${id}.conf`);
      writeFileSync(index, '');
      writeFileSync(
        config,
        `[ca]\ndefault_ca=c\n[c]\ndatabase=${index}\nnew_certs_dir=${this.directory}\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n`,
      );
      const dates = ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z'];
      const files = ['-cert', this.cert, '-keyfile', this.key, '-in', request, '-out', cert, '-extfile', extensions];
      this.openssl('ca', '-batch', '-notext', '-config', config, ...files, ...dates);
    } else {
      this.openssl('x509', '-req', '-in', request, ...authority, '-days', '2', '-extfile', extensions, '-out', cert);
    }
    chmodSync(key, 0o600);
    return { cert, key };
  }

  private newKey(path: string): string[] {
    return ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', path];
  }

  private openssl(...args: string[]): void {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'ignore'] });
  }
}
