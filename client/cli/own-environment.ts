/** Settings that decide which server and which cloud is meant. */
const OURS = /^(TEMPORAL|REIMAGE|JDCLOUD)_/;

/**
 * The environment of a process that works against a server and a simulator of its own: what was inherited, without
 * anyone's settings, and its own. A person's settings must not reach it: it might rebuild a real machine.
 */
export function ownEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  settings: Readonly<Record<string, string>>,
): NodeJS.ProcessEnv {
  const others = Object.entries(inherited).filter(([name]) => !OURS.test(name));
  return { ...Object.fromEntries(others), ...settings };
}
