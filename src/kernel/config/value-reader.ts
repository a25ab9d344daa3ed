import type { z } from 'zod';
import { ConfigError, type ConfigProblem } from './config-error';
import type { Variable } from './variable';
import { type NameWithDefault, type ValueOf, type VariableName, VARIABLES } from './variables';

/** Turns texts into values and collects everything that is wrong, so that an administrator sees all of it at once. */
export class ValueReader {
  private readonly problems: ConfigProblem[];

  constructor(
    private readonly texts: Readonly<Partial<Record<VariableName, string>>>,
    problems: readonly ConfigProblem[],
  ) {
    this.problems = [...problems];
  }

  /** Whether the variable is set, even if its value is wrong. */
  has(variable: VariableName): boolean {
    return this.texts[variable] !== undefined || this.problems.some((problem) => problem.variable.startsWith(variable));
  }

  /** What is set, or else the default. */
  value<Name extends NameWithDefault>(variable: Name): ValueOf<Name> {
    return this.optional(variable) ?? shapeOf(variable).parse(VARIABLES[variable].default);
  }

  /** @returns `undefined` when it is not set, and also when it is wrong: then {@link finish} refuses */
  optional<Name extends VariableName>(variable: Name): ValueOf<Name> | undefined {
    return this.shaped(variable, shapeOf(variable));
  }

  /** As {@link optional}, but one that is not set is a problem. */
  required<Name extends VariableName>(variable: Name): ValueOf<Name> | undefined {
    if (!this.has(variable)) this.problem(variable, 'is required');
    return this.optional(variable);
  }

  /** As {@link optional}, with a shape that depends on more than the text. */
  shaped<Shape extends z.ZodType>(variable: VariableName, shape: Shape): z.output<Shape> | undefined {
    const text = this.texts[variable];
    if (text === undefined) return undefined;
    const result = shape.safeParse(text);
    if (result.success) return result.data;
    this.problem(variable, result.error.issues[0]?.message ?? 'is wrong');
    return undefined;
  }

  problem(variable: string, reason: string): void {
    this.problems.push({ variable, reason });
  }

  /** @throws ConfigError when anything was wrong */
  finish(): void {
    if (this.problems.length > 0) throw new ConfigError(this.problems);
  }
}

/** The shape that the table has for a name. The compiler does not follow the name to it. */
function shapeOf<Name extends VariableName>(variable: Name): z.ZodType<ValueOf<Name>> {
  const { shape }: Variable = VARIABLES[variable];
  return shape as z.ZodType<ValueOf<Name>>;
}
