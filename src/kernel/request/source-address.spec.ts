import type { IncomingHttpHeaders } from 'node:http';
import { addresses } from '../config/value-shapes';
import { addressGroup, neighbourhood } from './address-group';
import { sourceAddress } from './source-address';

const trusted = addresses.parse('127.0.0.1, 10.0.0.0/8 fd00::/8,::1');

describe('the address a request comes from', () => {
  it.each<[string, string, IncomingHttpHeaders, string]>([
    ['a stranger is not believed', '192.0.2.1', { 'x-forwarded-for': '198.51.100.1' }, '192.0.2.1'],
    ['a stranger is not believed', '192.0.2.1', { forwarded: 'for=198.51.100.1' }, '192.0.2.1'],
    ['a proxy that says nothing counts itself', '10.0.0.1', {}, '10.0.0.1'],
    ['a proxy is believed', '127.0.0.1', { 'x-forwarded-for': '198.51.100.1' }, '198.51.100.1'],
    ['a proxy is believed, in IPv6', '::1', { 'x-forwarded-for': '2001:db8::1' }, '2001:db8::1'],
    ['IPv4 written as IPv6', '::ffff:127.0.0.1', { 'x-forwarded-for': '::ffff:198.51.100.1' }, '198.51.100.1'],
    ['only the last is believed', '127.0.0.1', { 'x-forwarded-for': '9.9.9.9, 198.51.100.1' }, '198.51.100.1'],
    ['proxies in a row', '127.0.0.1', { 'x-forwarded-for': '9.9.9.9,198.51.100.1, 10.1.2.3' }, '198.51.100.1'],
    ['nothing but proxies', '127.0.0.1', { 'x-forwarded-for': '10.0.0.9, 10.0.0.8' }, '10.0.0.9'],
    ['a port', '127.0.0.1', { 'x-forwarded-for': '198.51.100.1:4711' }, '198.51.100.1'],
    ['IPv6 with a port', '127.0.0.1', { 'x-forwarded-for': '[2001:db8::1]:4711' }, '2001:db8::1'],
    ['no address', '127.0.0.1', { 'x-forwarded-for': '198.51.100.1, bad' }, '127.0.0.1'],
    ['no address behind a proxy', '127.0.0.1', { 'x-forwarded-for': '198.51.100.1, bad, 10.0.0.8' }, '10.0.0.8'],
    ['an empty list', '127.0.0.1', { 'x-forwarded-for': '' }, '127.0.0.1'],
    ['Forwarded', '127.0.0.1', { forwarded: 'for=198.51.100.1;proto=https;by=10.0.0.1' }, '198.51.100.1'],
    ['Forwarded, any spelling', '127.0.0.1', { forwarded: 'Proto=http; For="[2001:db8::1]:47"' }, '2001:db8::1'],
    ['Forwarded, in a row', '127.0.0.1', { forwarded: 'for=9.9.9.9, for=198.51.100.1,for=10.0.0.1' }, '198.51.100.1'],
    ['Forwarded, unknown', '127.0.0.1', { forwarded: 'for=198.51.100.1, for=unknown' }, '127.0.0.1'],
    ['Forwarded, hidden', '10.0.0.1', { forwarded: 'for=198.51.100.1, for=_proxy' }, '10.0.0.1'],
    ['Forwarded, without an address', '10.0.0.1', { forwarded: 'for=198.51.100.1, proto=https' }, '10.0.0.1'],
    ['Forwarded, with two', '10.0.0.1', { forwarded: 'for=198.51.100.1;for=9.9.9.9' }, '10.0.0.1'],
    ['a comma in quotes', '10.0.0.1', { forwarded: 'for=9.9.9.9;x="a, for=8.8.8.8"' }, '9.9.9.9'],
    ['an open quote', '10.0.0.1', { forwarded: 'for="9.9.9.9, for=8.8.8.8' }, '10.0.0.1'],
    [
      'both, of one mind',
      '127.0.0.1',
      { forwarded: 'for=198.51.100.1', 'x-forwarded-for': '198.51.100.1' },
      '198.51.100.1',
    ],
    [
      'both, and one is from a stranger',
      '127.0.0.1',
      { forwarded: 'for=9.9.9.9', 'x-forwarded-for': '198.51.100.1' },
      '127.0.0.1',
    ],
  ])('%s (%s, %j)', (_, peer, headers, source) => {
    expect(sourceAddress(peer, headers, trusted)).toBe(source);
  });

  it.each(['localhost', '10.0.0.0/33', '10.0.0.0/', '::/129', '10.0.0.0/8/8', '10.0.0', '10.0.0.0/-1', '10.0.0.0/x'])(
    'refuses %s as a proxy',
    (value) => {
      expect(addresses.safeParse(value).error?.issues[0]?.message).toMatch(/^must be addresses and networks/);
    },
  );

  it('is counted with those who share it', () => {
    expect(addressGroup('192.0.2.1')).toBe('192.0.2.1');
    expect(neighbourhood('192.0.2.1')).toBe('192.0.2.0/24');
    for (const address of [
      '2001:db8:1:2:3:4:5:6',
      '2001:db8:1:2::',
      '2001:0DB8:0001:0002::1',
      '2001:db8:1:2:0:0:1.2.3.4',
    ])
      expect([address, addressGroup(address)]).toEqual([address, '2001:db8:1:2::/64']);
    expect(addressGroup('::1')).toBe('0:0:0:0::/64');
    expect(addressGroup('fe80::1:2:3:4')).toBe('fe80:0:0:0::/64');
    expect(addressGroup(undefined)).toBe('unknown');
  });
});
