import type { ChangeOptions } from '../../jdcloud/vm-api.js';

/** For a call that nobody is asked about. */
export const UNASKED: ChangeOptions = { beforeSend: async () => undefined };
