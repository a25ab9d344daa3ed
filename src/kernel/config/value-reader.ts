import type { z } from 'zod';
import { ConfigError, type ConfigProblem } from './config-error';
import type { VariableName } from './variables';

/** Turns texts into values and collects everything that is wrong, so that an administrator sees all of it at once. */
export class ValueReader {
  private readonly problems: ConfigProblem[];

  constructor(
    private readonly values: Readonly<Partial<Record<VariableName, string>>>,
    problems: readonly ConfigProblem[],
  ) {
    this.problems = [...problems];
  }

  /** Whether the variable is set, even if its value is wrong. */
  has(variable: VariableName): boolean {
    return (
      this.values[variable] !== undefined || this.problems.some((problem) => problem.variable.startsWith(variable))
    );
  }

  /** @returns `undefined` when it is not set, and also when it is wrong: then {@link finish} refuses */
  value<T extends z.ZodType>(variable: VariableName, shape: T): z.output<T> | undefined {
    const text = this.values[variable];
    if (text === undefined) return undefined;
    const result = shape.safeParse(text);
    if (result.success) return result.data;
    this.problem(variable, result.error.issues[0]?.message ?? 'is wrong');
    return undefined;
  }

  /** As {@link value}, but one that is not set is a problem. */
  required<T extends z.ZodType>(variable: VariableName, shape: T): z.output<T> | undefined {
    if (!this.has(variable)) this.problem(variable, 'is required');
    return this.value(variable, shape);
  }

  problem(variable: string, reason: string): void {
    this.problems.push({ variable, reason });
  }

  /** @throws ConfigError when anything was wrong */
  finish(): void {
    if (this.problems.length > 0) throw new ConfigError(this.problems);
  }
}
