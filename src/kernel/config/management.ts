/** Where the probes listen unless the configuration names another place; also for the health check, which loads no more. */
export const MANAGEMENT = { host: '127.0.0.1', port: '8081' } as const;
