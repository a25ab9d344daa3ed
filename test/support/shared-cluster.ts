import type { Cluster } from '../../src/embedded/cluster';

/** Carries the shared server from Jest's global set-up to its tear-down; both run in Jest's own process. */
export const sharedCluster: { running?: Cluster } = {};
