import { Command, InvalidArgumentError, Option } from 'commander';

/** What a token is asked to say. */
export interface TokenRequest {
  readonly name: string;
  readonly roles: readonly string[];
  readonly ttlSeconds: number;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const MAX_TTL_SECONDS = 366 * 86_400;

interface TokenOptions {
  readonly role: readonly string[];
  readonly name: string;
  readonly ttl: number;
}

/**
 * Reads the arguments of `npm run token`.
 *
 * @throws CommanderError, with its text already printed, when they make no sense or ask for help
 */
export function parseTokenRequest(args: readonly string[]): TokenRequest {
  const command = withTokenOptions(new Command('token')).allowExcessArguments(false).exitOverride();
  return tokenRequest(command.parse(args, { from: 'user' }).opts<TokenOptions>());
}

/** Gives a command the options that a token is asked for with. */
export function withTokenOptions(command: Command): Command {
  return command
    .description('Prints a signed token (HS256) for the API')
    .requiredOption('--role <role>', 'role to hold; may be repeated', collectRole)
    .option('--name <name>', 'who the caller is: shown in the UI and audited', parseName, 'admin')
    .addOption(
      new Option('--ttl <duration>', 'how long it is valid: 90s, 30m, 1h, 7d')
        .argParser(parseDuration)
        .default(3600, '1h'),
    );
}

/** What the options of {@link withTokenOptions} ask for. */
export function tokenRequest({ name, role, ttl }: TokenOptions): TokenRequest {
  return { name, roles: [...new Set(role)], ttlSeconds: ttl };
}

/** Seconds in a duration such as `90s`, `30m`, `1h` or `7d`; at most a year. */
function parseDuration(text: string): number {
  const [, amount, unit] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? [];
  const seconds = Number(amount) * (SECONDS[unit ?? ''] ?? Number.NaN);
  if (!(seconds <= MAX_TTL_SECONDS)) throw new InvalidArgumentError('It is a number with s, m, h or d, up to 366d.');
  return seconds;
}

function collectRole(role: string, before: readonly string[] = []): string[] {
  if (!/^[a-z][a-z0-9_]{0,63}$/.test(role)) throw new InvalidArgumentError('A role is a word such as backup_operator.');
  return [...before, role];
}

function parseName(name: string): string {
  if (!/^[^\p{C}]{1,128}$/u.test(name)) throw new InvalidArgumentError('A name has 1 to 128 printable characters.');
  return name;
}
