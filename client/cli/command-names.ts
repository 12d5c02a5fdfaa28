export const COMMANDS = [
  'rebuild',
  'status',
  'watch',
  'decide',
  'rollback',
  'cancel',
  'list',
  'worker',
  'simulator',
  'codec-server',
  'doctor',
] as const;
export type CommandName = (typeof COMMANDS)[number];

/** Takes what a command's parser understood: its options by name, the VM as `instance`. */
export type Dispatch = (command: CommandName, raw: Readonly<Record<string, unknown>>) => Promise<void>;
