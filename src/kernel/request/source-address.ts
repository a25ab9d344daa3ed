import type { IncomingHttpHeaders } from 'node:http';
import { type BlockList, isIP, isIPv4 } from 'node:net';

/**
 * Address of the client, read from right to left: only a trusted proxy is believed about the address before it. If `Forwarded`
 * and `X-Forwarded-For` name different clients, the proxy has passed one of them on from a stranger. Then its own address
 * counts.
 *
 * @param peer the other end of the connection
 */
export function sourceAddress(
  peer: string | undefined,
  headers: IncomingHttpHeaders,
  trusted: BlockList,
): string | undefined {
  const address = plainAddress(peer);
  if (address === undefined || !isIn(trusted, address)) return address;
  const { forwarded, 'x-forwarded-for': list } = headers;
  const claims: string[] = [];
  if (forwarded !== undefined) claims.push(believed(hopsOf(forwarded), address, trusted));
  if (list !== undefined) claims.push(believed([list].flat().join(',').split(',').map(nodeAddress), address, trusted));
  const [one = address, other = one] = claims;
  return one === other ? one : address;
}

/** An address in its plain form: without a zone, and IPv4 as such even if it is written as IPv6. */
export function plainAddress(text: string | undefined): string | undefined {
  const address = text?.split('%')[0] ?? '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return isIPv4(mapped) ? mapped : undefined;
  return isIP(address) === 0 ? undefined : address;
}

function isIn(list: BlockList, address: string): boolean {
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

function believed(hops: readonly (string | undefined)[], peer: string, trusted: BlockList): string {
  let last = peer;
  for (const hop of hops.toReversed()) {
    // `unknown`, a made-up name, or no address at all: nothing before it can be known either.
    if (hop === undefined) return last;
    last = hop;
    if (!isIn(trusted, hop)) return hop;
  }
  return last;
}

/** The `for` of each element of a `Forwarded` header (RFC 7239, section 4). */
function hopsOf(forwarded: string): (string | undefined)[] {
  const elements = forwarded.match(/(?:[^,"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
  return elements.map((element) => {
    const pairs = (element.match(/(?:[^;"]|"(?:[^"\\]|\\.)*"?)+/g) ?? []).map((pair) => pair.trim());
    const given = pairs.filter((pair) => /^for=/i.test(pair)).map((pair) => pair.slice(4).replace(/^"(.*)"$/, '$1'));
    return given.length === 1 ? nodeAddress(given[0]) : undefined;
  });
}

/** An address with or without a port, and IPv6 in brackets (RFC 7239, section 6). */
function nodeAddress(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  const inBrackets = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(trimmed)?.[1];
  return plainAddress(inBrackets ?? /^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/.exec(trimmed)?.[1] ?? trimmed);
}
