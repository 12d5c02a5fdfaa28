/** JD Cloud's public address of the VM API, for all regions. */
export const DEFAULT_ENDPOINT = 'https://vm.jdcloud-api.com';

/** A parsed base URL of the VM API. */
export interface Endpoint {
  /** Scheme, host and port: `https://vm.jdcloud-api.com`. */
  readonly origin: string;
  /** What the header Host says and the signature covers: host, and port unless it is the scheme's own. */
  readonly host: string;
  /** Decoded path in front of `/v1`, without a slash at its end; empty for JD Cloud itself. */
  readonly pathPrefix: string;
}

/**
 * Reads a base URL. Http is allowed: JD Cloud's addresses inside a VPC have no https.
 * Throws an Error that names JDCLOUD_ENDPOINT and does not repeat the text, which may hold a password.
 */
export function parseEndpoint(text: string): Endpoint {
  const problem = (what: string) =>
    new Error(`JDCLOUD_ENDPOINT ${what}; give a whole base URL, for example ${DEFAULT_ENDPOINT}`);
  if (!URL.canParse(text)) throw problem('is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw problem('is neither an http nor an https URL');
  if (url.username !== '' || url.password !== '') throw problem('must not hold a user name or password');
  if (text.includes('?') || text.includes('#')) throw problem('must not hold a query or fragment');
  if (/%(?![0-9a-f]{2})/i.test(url.pathname)) throw problem('has a stray % in its path');
  return { origin: url.origin, host: url.host, pathPrefix: decodePath(url.pathname, problem) };
}

function decodePath(pathname: string, problem: (what: string) => Error): string {
  try {
    return decodeURIComponent(pathname).replace(/\/+$/, '');
  } catch {
    throw problem('has a path that is not UTF-8');
  }
}
