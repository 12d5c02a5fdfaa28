/** What a person has set is wrong: a variable, a profile, missing credentials. The message names what to change. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Runs a reader of settings; whatever it throws is the settings' fault. Throws a {@link SettingsError}. */
export async function readingSettings<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new SettingsError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
