import { BODY, INHERITED, TYPES } from '../support/foreign-bodies';
import type { Attack } from './round';

const deep = (open: string, close: string, depth: number): string => open.repeat(depth) + '1' + close.repeat(depth);
/** JSON that has to be refused, whatever route it is for. */
const WRONG = [
  ...INHERITED.flatMap((name) => [`{"${name}":1}`, `{"label":{"${name}":{"x":1}}}`]),
  deep('{"label":', '}', 9),
  deep('{"label":', '}', 5_000),
  `{"scope":${deep('[', ']', 5_000)}}`,
  '{"x\\u0000y":"z"}',
  '{"label":"x\\u0000y","unknown":1}',
  '{"unknown":1e999}',
  `{"unknown":${'9'.repeat(400)}}`,
  '{"unknown":-0.0000000000000000000000000000001e-400}',
  '{"label":NaN}',
  '{"label":"x",}',
  '\ufeff{"a":1}{',
  '[]',
  '"x"',
  '1',
  'null',
  'true',
];

/** Every route with bodies that are not JSON, or are JSON that harms. */
export const bodies: Attack = async ({ service, routes, isShort }, round) => {
  const taken = routes.filter((route) => !route.takesFile);
  for (const [at, { method, path }] of taken.entries()) {
    const foreign = TYPES.flatMap((type) =>
      (['GET', 'HEAD'].includes(method) ? [undefined] : [BODY, '']).map((body) => ({ type, body })),
    );
    const wrong = ['GET', 'HEAD'].includes(method) ? [] : WRONG.map((body) => ({ type: 'application/json', body }));
    // The short form sends each route another sixth: `content-types.e2e.ts` sends all of them to all.
    const tries = [...foreign, ...wrong].filter((_, i) => !isShort || (i + at) % 6 === 0);
    const results = await Promise.all(
      tries.map(async ({ type, body }) => ({
        what: [method, path, type, body?.slice(0, 40)],
        status: (await service.client.send(method, path, body, { 'Content-Type': type })).status,
      })),
    );
    for (const { what, status } of results) round.request(what, status, (answer) => answer === 400);
  }
};
