import { z } from 'zod';
import { causeInWords } from '../../kernel/errors/cause';
import type { RestoreStep } from './restore-steps';

const text = z.string().optional();
const DETAILS = z.object({
  error: text,
  cause: z
    .object({
      message: text,
      tool: text,
      sqlstate: text,
      errno: text,
      where: z
        .enum(['target server', 'control database', 'storage directory', 'storage', 'application files'])
        .optional(),
      schema: text,
      table: text,
      constraint: text,
      remedies: z.array(z.string()).optional(),
    })
    .optional(),
});

/** What a failed run says of itself: the sentence that every reader sees, and the cause for administrators. */
export function failedStepOf(steps: readonly RestoreStep[]): {
  sentence: string | undefined;
  cause: string | undefined;
} {
  const failed = steps.find(({ status }) => status === 'failed');
  const { error, cause } = DETAILS.safeParse(failed?.details ?? {}).data ?? {};
  return { sentence: error, cause: cause === undefined ? undefined : causeInWords(cause) };
}
