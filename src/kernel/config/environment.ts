/** Variables by name, as a process gets them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment. Nothing else reads it. */
export function readEnvironment(): Environment {
  return { ...process.env };
}
