import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Facts } from './report';

const SYNCS = 200;
const PAGE = Buffer.alloc(8_192, 1);
const BLOCK = Buffer.alloc(1_048_576, 1);
const BLOCKS = 512;

/** What disk the figures were measured on: how often a second a page is made durable, and how fast a long file is. */
export async function measureDisk(directory: string): Promise<Facts> {
  const path = join(directory, 'disk');
  const file = await open(path, 'w');
  try {
    const syncing = performance.now();
    for (let i = 0; i < SYNCS; i += 1) {
      await file.write(PAGE, 0, PAGE.length, i * PAGE.length);
      await file.datasync();
    }
    const synced = performance.now();
    for (let i = 0; i < BLOCKS; i += 1) await file.write(BLOCK, 0, BLOCK.length, i * BLOCK.length);
    await file.datasync();
    const written = performance.now();
    return {
      'disk: pages made durable a second': (SYNCS * 1000) / (synced - syncing),
      'disk: MB written a second': (BLOCKS * BLOCK.length) / 1000 / (written - synced),
    };
  } finally {
    await file.close();
    await rm(path);
  }
}
