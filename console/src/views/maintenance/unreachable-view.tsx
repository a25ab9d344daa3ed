import { Page } from '../../components/page';
import { texts } from '../../texts/texts';

export function UnreachableView() {
  const { unreachable } = texts().common;
  return (
    <Page title={unreachable.title}>
      <p>{unreachable.explain}</p>
    </Page>
  );
}
