/** All commands, in the order of the help; of those that come in families, each by both words. */
export const COMMANDS = [
  'rebuild',
  'status',
  'watch',
  'decide',
  'rollback',
  'cancel',
  'list',
  'fleet plan',
  'fleet show',
  'fleet start',
  'fleet status',
  'fleet watch',
  'fleet list',
  'fleet pause',
  'fleet resume',
  'fleet approve',
  'fleet reject',
  'fleet abort',
  'fleet set',
  'fleet skip',
  'fleet retry-failed',
  'fleet retry',
  'fleet rollback',
  'fleet report',
  'freeze',
  'unfreeze',
  'backups list',
  'backups prune',
  'worker',
  'simulator',
  'codec-server',
  'doctor',
] as const;
export type CommandName = (typeof COMMANDS)[number];

/** Takes what a command's parser understood: its options by name, the VM as `instance`. */
export type Dispatch = (command: CommandName, raw: Readonly<Record<string, unknown>>) => Promise<void>;
