import { addressesOf, floodFrom } from './flood';

/** A flood as a program: the address of a service, from how many addresses, how many requests of each, and how many a second. */
async function main([url = '', addresses = '', each = '', perSecond = '']: readonly string[]): Promise<void> {
  const seen = await floodFrom(url, addressesOf(Number(addresses)), Number(each), Number(perSecond));
  process.stdout.write(JSON.stringify([...seen]));
}

void main(process.argv.slice(2));
