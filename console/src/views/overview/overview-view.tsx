import { Page } from '../../components/page';
import { texts } from '../../texts/texts';

export function OverviewView() {
  return <Page title={texts().overview.title}>{null}</Page>;
}
