import type { RestoreRun } from '../../api/types';
import { Panel } from '../../components/panel';
import { texts } from '../../texts/texts';
import { leftOutOf } from './left-out';

/** What a run that ended well did not bring back, or not as it was. */
export function RunLeftOut({ run }: { readonly run: RestoreRun }) {
  const { after, leftOut } = texts().restore;
  const found = leftOutOf(run);
  if (found.length === 0) return <p>{after.allBack}</p>;
  return (
    <Panel title={after.leftOut} wide>
      <dl class="left-out">
        {found.map(({ kind, names }) => (
          <div key={kind}>
            <dt>{leftOut[kind]}</dt>
            {names.map((name) => (
              <dd key={name}>{name}</dd>
            ))}
          </div>
        ))}
      </dl>
    </Panel>
  );
}
