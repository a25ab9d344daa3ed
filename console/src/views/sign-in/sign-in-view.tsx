import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { api, readAnswer } from '../../api/client';
import { READS_KEY } from '../../api/early';
import { FailureNotice } from '../../components/failure-notice';
import { Notice } from '../../components/notice';
import { Page } from '../../components/page';
import { useLoaded } from '../../components/use-loaded';
import { location, replaceAddress } from '../../routing/router';
import { texts } from '../../texts/texts';
import { storeChoice } from '../../theme/stored-choice';
import { CodeForm } from './code-form';
import { returnPlaceOf } from './return-place';
import { TokenForm } from './token-form';

interface Props {
  readonly reason: 'none' | 'expired' | 'ended';
}

/** How one gets in: by the provider, a token, or the code that the service printed. */
export function SignInView({ reason }: Props) {
  const { signIn } = texts();
  const [options, reload] = useLoaded(() => readAnswer(api.GET('/api/auth/options')), []);
  const code = useSignal(location.peek().query.get('code') ?? undefined);
  const error = useSignal(location.peek().query.get('error') ?? undefined);
  const returnTo = useSignal(returnPlaceOf(window.location.hash));
  const { route, query } = location.value;
  useEffect(() => {
    // An address that was opened while the page was there already.
    if (route.view !== 'sign-in') return;
    code.value = query.get('code') ?? code.value;
    error.value = query.get('error') ?? error.value;
    // Neither the code nor an old error is to stay in the address or the history.
    if (query.has('code') || query.has('error')) replaceAddress('#/sign-in');
  }, [route, query]);
  const finish = (): void => replaceAddress(returnTo.value);
  const { value, failure } = options.value;
  const errors: Readonly<Record<string, string>> = signIn.errors;
  return (
    <Page title={signIn.title}>
      <p>{signIn.lead}</p>
      {reason === 'expired' ? <Notice tone="warning">{signIn.expired}</Notice> : null}
      {reason === 'ended' ? <Notice tone="good">{signIn.ended}</Notice> : null}
      {error.value === undefined ? null : (
        <Notice tone="bad" urgent>
          {errors[error.value] ?? signIn.failed}
        </Notice>
      )}
      {failure === undefined ? null : <FailureNotice failure={failure} onRetry={reload} />}
      {value?.sign_in === 'openid' ? (
        <AtProvider returnTo={returnTo.value} hasFailed={error.value !== undefined} />
      ) : null}
      {value?.one_time_code === true || code.value !== undefined ? (
        <CodeForm key={code.value} code={code.value} onDone={finish} />
      ) : null}
      {/* A token works everywhere, also where the page could not learn what else does. */}
      {value?.sign_in === 'token' || failure !== undefined ? <TokenForm onDone={finish} /> : null}
    </Page>
  );
}

interface AtProviderProps {
  readonly returnTo: string;
  readonly hasFailed: boolean;
}

/** The provider lets in the person that it knows: after a failure, only another account may help. */
function AtProvider({ returnTo, hasFailed }: AtProviderProps) {
  const { signIn } = texts();
  // Who comes back may be another person: the page asks who it is before it asks for anything else.
  const forget = (): void => storeChoice(READS_KEY, 'no');
  const href = `/api/auth/sign-in?return_to=${encodeURIComponent(returnTo)}`;
  return (
    <>
      <p>
        <a class="button button-primary button-large" href={href} onClick={forget}>
          {signIn.withProvider}
        </a>
        <span class="field-hint">{signIn.providerHint}</span>
      </p>
      {hasFailed ? (
        <p>
          <a href={`${href}&prompt=login`} onClick={forget}>
            {signIn.anotherAccount}
          </a>
        </p>
      ) : null}
    </>
  );
}
