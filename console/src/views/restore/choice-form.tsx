import { useSignal } from '@preact/signals';
import { api, outcomeOf } from '../../api/client';
import { FailureNotice } from '../../components/failure-notice';
import { Notice } from '../../components/notice';
import { hrefOf } from '../../routing/route';
import { goTo } from '../../routing/router';
import { texts } from '../../texts/texts';
import { bodyOf, type Choice, FIRST_CHOICE, type Known, missingIn, replacesInside, waysOf } from './choice';
import { CheckLine, RadioLine, TextLine } from './choice-lines';
import { PartChoice } from './part-choice';
import { useStart } from './use-start';

/** Asks what to restore and how, and starts it once the name of what is replaced was typed. */
export function ChoiceForm({ backupId, known }: { readonly backupId: number; readonly known: Known }) {
  const { choice: text } = texts().restore;
  const chosen = useSignal<Choice>(FIRST_CHOICE);
  const wasTried = useSignal(false);
  const ways = waysOf(chosen.value, known);
  // A way that the chosen part does not have falls back to the usual one.
  const choice: Choice = { ...chosen.value, way: ways.includes(chosen.value.way) ? chosen.value.way : 'closed' };
  const missing = missingIn(choice, known);
  const wrong = (...names: readonly (typeof missing)[number][]): string | undefined => {
    const name = names.find((one) => missing.includes(one));
    return wasTried.value && name !== undefined ? text.missing[name] : undefined;
  };
  const [start, ask] = useStart(
    () =>
      outcomeOf(
        api.POST('/api/backups/{id}/restore', { params: { path: { id: backupId } }, body: bodyOf(choice, known) }),
      ),
    ({ restore_id: id }) => goTo(hrefOf(`/restores/${id}`)),
  );
  const change = (part: Partial<Choice>): void => {
    chosen.value = { ...chosen.value, ...part };
  };
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    wasTried.value = true;
    if (missing.length === 0) ask();
  };
  const { isBusy, failure } = start.value;
  const isInside = replacesInside(choice, known);
  const isInto = choice.way === 'into';
  const canBeIncomplete = choice.part === 'whole' && known.backupScopes.length === 0;
  return (
    <form class="form" onSubmit={onSubmit} noValidate>
      <PartChoice
        backupId={backupId}
        choice={choice}
        known={known}
        error={wrong('scopes', 'tables')}
        onChange={change}
      />
      {ways.length === 1 ? null : (
        <fieldset>
          <legend>{text.way}</legend>
          {ways.map((way) => (
            <RadioLine
              key={way}
              name="way"
              label={text.ways[way]}
              hint={text.wayHints[way]}
              isChosen={choice.way === way}
              onChoose={() => change({ way })}
            />
          ))}
        </fieldset>
      )}
      {isInside ? <Notice tone="warning">{text.inside}</Notice> : null}
      {isInside ? (
        <CheckLine
          label={text.skipSafety}
          isChosen={choice.skipsSafety}
          onChoose={(skipsSafety) => change({ skipsSafety })}
        />
      ) : null}
      {isInside && choice.skipsSafety ? (
        <TextLine
          label={text.skipReason}
          hint={text.skipReasonHint}
          error={wrong('skip_reason')}
          maxLength={500}
          value={choice.skipReason}
          onType={(skipReason) => change({ skipReason })}
        />
      ) : null}
      {canBeIncomplete ? (
        <CheckLine
          label={text.incomplete}
          hint={text.incompleteHint}
          isChosen={choice.allowsIncomplete}
          onChoose={(allowsIncomplete) => change({ allowsIncomplete })}
        />
      ) : null}
      {isInto ? (
        <TextLine
          label={text.intoName}
          hint={text.intoHint}
          error={wrong('into', 'into_name')}
          maxLength={63}
          value={choice.into}
          onType={(into) => change({ into })}
        />
      ) : (
        <TextLine
          label={text.confirm}
          hint={text.confirmHint}
          error={wrong('confirm')}
          maxLength={63}
          value={choice.confirm}
          onType={(confirm) => change({ confirm })}
        />
      )}
      {failure === undefined ? null : <FailureNotice failure={failure} />}
      <button type="submit" class={`button ${isInto ? 'button-primary' : 'button-danger'}`} disabled={isBusy}>
        {isInto ? text.startInto : text.start}
      </button>
    </form>
  );
}
