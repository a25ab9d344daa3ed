import { AsTable } from '../../components/as-table';
import { Panel } from '../../components/panel';
import { formatDay } from '../../formats/time';
import { locale } from '../../texts/language';
import { texts } from '../../texts/texts';
import type { Day, DayState } from './days';

const CELL = 22;
const BOX = 18;
const LEFT = 34;
const TOP = 18;
const STATES: readonly DayState[] = ['verified', 'made', 'failed', 'missed', 'none'];

/** Monday is 0. */
const weekdayOf = (date: Date): number => (date.getDay() + 6) % 7;

/** What stands in the box of a day, so that colours are not needed to tell them apart. */
const MARKS: Readonly<Record<DayState, string>> = {
  verified: 'm5 9 3 3 5-6',
  made: '',
  failed: 'm6 6 6 6m0-6-6 6',
  missed: 'M9 5v5m0 3v.1',
  none: '',
};

function Box({ state, hasFailures = false }: { readonly state: DayState; readonly hasFailures?: boolean }) {
  return (
    <g class={`day day-${state}`}>
      <rect x="0.5" y="0.5" width={BOX - 1} height={BOX - 1} rx="3" />
      {MARKS[state] === '' ? null : <path d={MARKS[state]} />}
      {hasFailures ? <circle class="day-flaw" cx={BOX - 2} cy="2" r="3.5" /> : null}
    </g>
  );
}

/** A day that has a good backup counts as good, and yet one must see that others failed. */
function isFlawed({ state, failed }: Day): boolean {
  return failed > 0 && state !== 'failed';
}

function titleOf(day: Day): string {
  const { calendar } = texts().overview;
  const words = `${formatDay(day.start)}: ${calendar.states[day.state]}`;
  return isFlawed(day) ? `${words}; ${calendar.counts.failed}: ${day.failed}` : words;
}

/** Each of the last 90 days in its week: made, proven, failed, missed. */
export function Calendar({ days }: { readonly days: readonly Day[] }) {
  const { calendar } = texts().overview;
  const count = (state: DayState): number => days.filter((day) => day.state === state).length;
  const flawed = days.filter(isFlawed).length;
  const offset = days[0] === undefined ? 0 : weekdayOf(days[0].start);
  const placed = days.map((day, index) => ({ day, week: Math.floor((index + offset) / 7), row: weekdayOf(day.start) }));
  const weeks = (placed.at(-1)?.week ?? 0) + 1;
  const month = new Intl.DateTimeFormat(locale(), { month: 'short' });
  const weekday = new Intl.DateTimeFormat(locale(), { weekday: 'short' });
  const rows = days.filter(({ state }) => state !== 'none').toReversed();
  return (
    <Panel title={calendar.title}>
      <svg
        class="calendar"
        viewBox={`0 0 ${LEFT + weeks * CELL} ${TOP + 7 * CELL}`}
        role="img"
        aria-label={calendar.summary(count('verified'), count('made'), count('failed'), count('missed'))}
      >
        {[0, 2, 4, 6].map((row) => (
          <text key={row} class="calendar-text" x="0" y={TOP + row * CELL + 13}>
            {weekday.format(new Date(2024, 0, 1 + row))}
          </text>
        ))}
        {placed
          .filter(({ day, week }) => day.start.getDate() === 1 && week < weeks - 1)
          .map(({ day, week }) => (
            <text key={week} class="calendar-text" x={LEFT + week * CELL} y="11">
              {month.format(day.start)}
            </text>
          ))}
        {placed.map(({ day, week, row }) => (
          <g key={day.start.getTime()} transform={`translate(${LEFT + week * CELL} ${TOP + row * CELL})`}>
            <title>{titleOf(day)}</title>
            <Box state={day.state} hasFailures={isFlawed(day)} />
          </g>
        ))}
      </svg>
      <ul class="legend" aria-hidden="true">
        {STATES.filter((state) => state !== 'none').map((state) => (
          <li key={state}>
            <svg width={BOX} height={BOX}>
              <Box state={state} />
            </svg>
            {calendar.states[state]}: {count(state)}
          </li>
        ))}
        {flawed === 0 ? null : (
          <li>
            <svg width={BOX} height={BOX}>
              <Box state="made" hasFailures />
            </svg>
            {calendar.flawed}: {flawed}
          </li>
        )}
      </ul>
      <AsTable
        caption={calendar.title}
        rows={rows}
        keyOf={({ start }) => start.getTime()}
        columns={[
          { key: 'day', title: calendar.day, cell: ({ start }) => formatDay(start) },
          { key: 'state', title: calendar.result, cell: ({ state }) => calendar.states[state] },
          { key: 'made', title: calendar.counts.made, align: 'end', cell: ({ made }) => made },
          { key: 'verified', title: calendar.counts.verified, align: 'end', cell: ({ verified }) => verified },
          { key: 'failed', title: calendar.counts.failed, align: 'end', cell: ({ failed }) => failed },
          { key: 'missed', title: calendar.counts.missed, align: 'end', cell: ({ missed }) => missed },
        ]}
      />
    </Panel>
  );
}
