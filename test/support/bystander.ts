import { findServerUser } from '../../src/embedded/server-user';

// A process that has nothing to do with a server but shares its user: prints its number and stays.
async function main(): Promise<void> {
  const user = await findServerUser();
  if (user !== undefined) process.setuid?.(user.uid);
  console.log(process.pid);
  setInterval(() => undefined, 60_000);
}

void main();
