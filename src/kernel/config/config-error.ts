/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  readonly variable: string;
  /** Why, in words that never repeat the value. */
  readonly reason: string;
}

/** A configuration with which the service does not start. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly problems: readonly ConfigProblem[]) {
    super(problems.map(({ variable, reason }) => `${variable} ${reason}`).join('; '));
  }
}
