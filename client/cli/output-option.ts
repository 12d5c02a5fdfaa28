import { Option } from 'commander';

/** How a command prints its result. JSON: exactly one object on stdout, at the end; all else goes to stderr. */
export const OUTPUTS = ['text', 'json'] as const;

export function outputOption(): Option {
  return new Option('--output <format>', 'json: exactly one object on stdout, at the end')
    .choices(OUTPUTS)
    .default('text');
}

/** Whether the arguments ask for JSON, told without parsing them: a usage error must be answered in it too. */
export function asksForJson(argv: readonly string[]): boolean {
  return argv.some((word, index) => word === '--output=json' || (word === '--output' && argv[index + 1] === 'json'));
}
