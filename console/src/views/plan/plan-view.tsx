import { Page } from '../../components/page';
import { texts } from '../../texts/texts';

export function PlanView() {
  return <Page title={texts().plan.title}>{null}</Page>;
}
