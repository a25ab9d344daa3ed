import { isIPv4 } from 'node:net';

/** Those who share an address for counting: an IPv4 address is one, of IPv6 every client has at least a /64. */
export function addressGroup(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  return isIPv4(address) ? address : `${groupsOf(address).slice(0, 4).join(':')}::/64`;
}

/** The /24 of an IPv4 address; a /64 has no neighbours that are counted with it. */
export function neighbourhood(address: string | undefined): string {
  if (address === undefined || !isIPv4(address)) return addressGroup(address);
  return `${address.split('.').slice(0, 3).join('.')}.0/24`;
}

/** The eight groups of an IPv6 address, without leading zeros. */
function groupsOf(address: string): string[] {
  const [head = '', tail] = address.replace(/\d+\.\d+\.\d+\.\d+$/, '0:0').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  return [...before, ...(tail === undefined ? [] : zeros), ...after].map((group) => parseInt(group, 16).toString(16));
}
