/**
 * The host name that a VM of this name gets where none is asked for: letters, digits and single dashes between them, as
 * RFC 952 and 1123 want.
 */
export function hostnameFrom(instanceName: string): string {
  const name = instanceName.replace(/[^A-Za-z0-9.]+/g, '-').replace(/^[-.]+|[-.]+$/g, '');
  return name.length < 2 ? 'host' : name.slice(0, 64);
}
