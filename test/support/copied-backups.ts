import type { BackupDto } from '../../src/backups/http/backups.dto';
import { eventually } from './eventually';
import { sha256 } from './file-bytes';
import type { JsonClient } from './json-client';

/** A backup that has its file. */
export type CopiedBackup = BackupDto & { readonly filename: string; readonly checksum: string };

/** The backups of a service with several storages, as its API shows them. */
export class CopiedBackups {
  constructor(private readonly client: JsonClient) {}

  async make(): Promise<CopiedBackup> {
    const backup = await this.client.backUp();
    const { id, filename, checksum } = backup;
    if (filename === undefined || checksum === undefined) throw new Error(`backup ${id} has no file`);
    return Object.assign(backup, { filename, checksum });
  }

  async get(id: number): Promise<BackupDto> {
    return (await this.client.get(`/backups/${id}`)).body.item;
  }

  /** In all storages, as `first present, near expired`. */
  async states(id: number): Promise<string> {
    const { files = [] } = await this.get(id);
    return files.map(({ storage, state }) => `${storage} ${state}`).join(', ');
  }

  async untilPresent(id: number, ...storages: string[]): Promise<void> {
    await eventually(async () => {
      const states = (await this.states(id)).split(', ');
      return storages.every((storage) => states.includes(`${storage} present`));
    });
  }

  /** Copies that failed are made at the next turn of the copiers, and not after a pause. */
  async copyNow(id: number, ...storages: string[]): Promise<void> {
    await this.client.post(`/backups/${id}/copies`);
    await this.untilPresent(id, ...storages);
  }

  /** The checksum of what a caller gets. */
  async downloaded(id: number): Promise<string> {
    const answer = await this.client.fetch('GET', `/backups/${id}/download`);
    return sha256(new Uint8Array(await answer.arrayBuffer()));
  }
}
