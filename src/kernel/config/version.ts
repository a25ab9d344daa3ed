/** Name and version that go into every container's manifest. */
export const APPLICATION = { name: 'berkut-scc-backups', version: '0.1.0' } as const;
