const WINDOWS = {
  name: 'Windows',
  maxLength: 15,
  shape: /^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/,
  separators: 'single dashes',
};
const LINUX = {
  name: 'Linux',
  maxLength: 64,
  shape: /^[A-Za-z0-9]+([.-][A-Za-z0-9]+)*$/,
  separators: 'single dots and dashes',
};

/**
 * Why JD Cloud would not take a host name; null when it would. Windows: 2 to 15 letters, digits and
 * dashes, not all digits. Linux, and any other `osType`: 2 to 64, with dots between its parts.
 * @see docs/jdcloud.md#host-names
 */
export function hostnameProblem(hostname: string, osType: string | null | undefined): string | null {
  const isWindows = osType?.toLowerCase() === 'windows';
  const { name, maxLength, shape, separators } = isWindows ? WINDOWS : LINUX;
  if (hostname.length < 2 || hostname.length > maxLength) {
    return `must be 2 to ${maxLength} characters long on ${name}`;
  }
  if (!shape.test(hostname)) return `must hold only letters, digits and, between them, ${separators} on ${name}`;
  if (isWindows && /^[0-9]+$/.test(hostname)) return 'must not be all digits on Windows';
  return null;
}
