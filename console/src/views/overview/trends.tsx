import { useMemo } from 'preact/hooks';
import type { PastBackup } from '../../api/types';
import { AsTable } from '../../components/as-table';
import { Chart, type ChartSeries } from '../../components/chart';
import { Panel } from '../../components/panel';
import { Time } from '../../components/time';
import { formatBytes } from '../../formats/bytes';
import { formatDuration, formatStopwatch } from '../../formats/duration';
import { formatCompact, formatNumber } from '../../formats/numbers';
import { texts } from '../../texts/texts';
import type { Day } from './days';

interface Props {
  /** Good backups, oldest first. */
  readonly backups: readonly PastBackup[];
  readonly days: readonly Day[];
}

const STEPS_SECONDS = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400];

const timesOf = (backups: readonly PastBackup[]): number[] =>
  backups.map(({ created_at: at }) => new Date(at).getTime() / 1000);

/** One line for each day: 10,000 lines would say less. */
function newestOfDays(days: readonly Day[]): PastBackup[] {
  return days.flatMap(({ newest }) => (newest === undefined ? [] : [newest])).toReversed();
}

/** How large backups are, and how many rows they hold. */
export function SizeTrend({ backups, days }: Props) {
  const { overview, common } = texts();
  const { size } = overview;
  const times = useMemo(() => timesOf(backups), [backups]);
  const series = useMemo((): ChartSeries[] => {
    const bytes = backups.map(({ size_bytes: value }) => value ?? null);
    const rows = backups.map(({ rows: value }) => value ?? null);
    return [
      { label: size.size, values: bytes, color: '--series-1', format: formatBytes },
      { label: size.rows, values: rows, color: '--series-2', format: formatCompact },
    ];
  }, [backups, size]);
  const newest = backups.at(-1);
  if (newest === undefined) return <Empty title={size.title} />;
  const bytesOf = ({ size_bytes: bytes }: PastBackup): string =>
    bytes === undefined ? common.unknown : formatBytes(bytes);
  const rowsOf = ({ rows }: PastBackup): string => (rows === undefined ? common.unknown : formatNumber(rows));
  return (
    <Panel title={size.title}>
      <Chart
        times={times}
        timeLabel={overview.time}
        series={series}
        summary={size.summary(bytesOf(newest), rowsOf(newest))}
      />
      <AsTable
        caption={size.title}
        rows={newestOfDays(days)}
        keyOf={({ id }) => id}
        columns={[
          { key: 'time', title: overview.time, cell: ({ created_at: at }) => <Time at={at} /> },
          { key: 'size', title: size.size, align: 'end', cell: bytesOf },
          { key: 'rows', title: size.rows, align: 'end', cell: rowsOf },
        ]}
      />
    </Panel>
  );
}

/** How long backups take. */
export function DurationTrend({ backups, days }: Props) {
  const { overview, common } = texts();
  const { duration } = overview;
  const times = useMemo(() => timesOf(backups), [backups]);
  const series = useMemo((): ChartSeries[] => {
    const values = backups.map(({ duration_seconds: value }) => value ?? null);
    return [
      {
        label: duration.duration,
        values,
        color: '--series-1',
        format: formatDuration,
        formatTick: formatStopwatch,
        steps: STEPS_SECONDS,
      },
    ];
  }, [backups, duration]);
  const newest = backups.at(-1);
  if (newest === undefined) return <Empty title={duration.title} />;
  const durationOf = ({ duration_seconds: seconds }: PastBackup): string =>
    seconds === undefined ? common.unknown : formatDuration(seconds);
  return (
    <Panel title={duration.title}>
      <Chart times={times} timeLabel={overview.time} series={series} summary={duration.summary(durationOf(newest))} />
      <AsTable
        caption={duration.title}
        rows={newestOfDays(days)}
        keyOf={({ id }) => id}
        columns={[
          { key: 'time', title: overview.time, cell: ({ created_at: at }) => <Time at={at} /> },
          { key: 'duration', title: duration.duration, align: 'end', cell: durationOf },
        ]}
      />
    </Panel>
  );
}

function Empty({ title }: { readonly title: string }) {
  return (
    <Panel title={title}>
      <p class="quiet">{texts().overview.chartEmpty}</p>
    </Panel>
  );
}
