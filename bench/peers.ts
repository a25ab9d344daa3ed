import { join } from 'node:path';
import { withClient } from '../test/support/cluster';
import type { Cluster } from '../src/embedded/cluster';
import { shell } from './shell';

/** The tools we compare with, each as an operator would run it in a shell. */
export class Peers {
  private readonly env: Readonly<Record<string, string>>;

  constructor(
    private readonly cluster: Cluster,
    database: string,
    private readonly directory: string,
  ) {
    this.env = {
      URL: cluster.url(database),
      FRESH: cluster.url('fresh'),
      DIR: directory,
      BIN: cluster.binDirectory,
      NODE: process.execPath,
      BENCH: __dirname,
    };
  }

  /** Makes the key that `age` needs. */
  async prepare(): Promise<void> {
    await shell(`age-keygen -o "$DIR/age.key" 2>/dev/null; age-keygen -y "$DIR/age.key" > "$DIR/age.pub"`, this.env);
  }

  /** Peer (a). */
  async pipeline(): Promise<void> {
    await shell(
      `"$BIN/pg_dump" -Fc -Z0 "$URL" | zstd -q -1 -T0 | age -R "$DIR/age.pub" > "$DIR/a.age"; sync "$DIR/a.age"`,
      this.env,
    );
  }

  /** Peer (b): what the first version of SCC did. */
  async original(): Promise<void> {
    await shell(
      `"$BIN/pg_dump" -Fc -f "$DIR/db.dump" "$URL"; sha256sum "$DIR/db.dump" > "$DIR/sums"
       tar -C "$DIR" -cf "$DIR/b.tar" db.dump sums; "$NODE" "$BENCH/seal-file.mjs" "$DIR/b.tar" "$DIR/b.sealed"
       sha256sum "$DIR/b.sealed" >> "$DIR/sums"; sync "$DIR/b.sealed"; rm "$DIR/b.tar"`,
      this.env,
    );
  }

  /** Peer (c). */
  async directoryFormat(): Promise<void> {
    await shell(`rm -rf "$DIR/c"; "$BIN/pg_dump" -Fd -j2 -f "$DIR/c" "$URL"`, this.env);
  }

  /** `pg_dump` alone, which no backup can beat with one stream. */
  async dumpAlone(): Promise<void> {
    await shell(`"$BIN/pg_dump" -Fc -Z0 "$URL" > /dev/null`, this.env);
  }

  /** A plain archive for {@link restoreParallel}. */
  async plainArchive(): Promise<void> {
    await shell(`"$BIN/pg_dump" -Fc -Z0 -f "$DIR/plain.dump" "$URL"`, this.env);
  }

  async restorePipeline(): Promise<void> {
    await this.fresh();
    await shell(
      `age -d -i "$DIR/age.key" "$DIR/a.age" | zstd -q -d | "$BIN/pg_restore" --exit-on-error -d "$FRESH"`,
      this.env,
    );
  }

  async restoreParallel(): Promise<void> {
    await this.fresh();
    await shell(`"$BIN/pg_restore" --exit-on-error -j2 -d "$FRESH" "$DIR/plain.dump"`, this.env);
  }

  async verify(): Promise<void> {
    await shell(`age -d -i "$DIR/age.key" "$DIR/a.age" | zstd -q -t`, this.env);
  }

  async download(url: string, token = ''): Promise<void> {
    await shell(`curl -fsS -o /dev/null -H "Authorization: Bearer $TOKEN" "$WHAT"`, {
      ...this.env,
      TOKEN: token,
      WHAT: url,
    });
  }

  async put(url: string, file: string): Promise<void> {
    await shell(`curl -fsS -o /dev/null -H 'Expect:' -T "$FILE" "$WHAT"`, { ...this.env, FILE: file, WHAT: url });
  }

  /** @returns the answer */
  async post(url: string, token: string, file: string): Promise<string> {
    return shell(`curl -fsS -H 'Expect:' -H "Authorization: Bearer $TOKEN" -F "file=@$FILE" "$WHAT"`, {
      ...this.env,
      TOKEN: token,
      FILE: file,
      WHAT: url,
    });
  }

  file(name: string): string {
    return join(this.directory, name);
  }

  private async fresh(): Promise<void> {
    await this.drop();
    await withClient(this.cluster.adminUrl, (db) => db.query('CREATE DATABASE fresh TEMPLATE template0'));
  }

  async drop(): Promise<void> {
    await withClient(this.cluster.adminUrl, (db) => db.query('DROP DATABASE IF EXISTS fresh WITH (FORCE)'));
  }
}
