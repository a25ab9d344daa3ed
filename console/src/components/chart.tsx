import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { formatTicks, spanOf } from '../formats/ticks';
import { language, locale } from '../texts/language';
import { paletteVersion } from '../theme/theme';

export interface ChartSeries {
  readonly label: string;
  /** One for each time; `null` where there is none. */
  readonly values: readonly (number | null)[];
  /** Name of the colour's property. */
  readonly color: '--series-1' | '--series-2';
  readonly format: (value: number) => string;
  /** For the axis, where there is less room. */
  readonly formatTick?: (value: number) => string;
  /** Steps that the axis may have, ascending, where not all of them can be told apart. */
  readonly steps?: readonly number[];
}

interface Props {
  /** In seconds since 1970, ascending. */
  readonly times: readonly number[];
  /** One or two; the second one has its axis on the right. */
  readonly series: readonly ChartSeries[];
  /** What the times are. */
  readonly timeLabel: string;
  /** The picture in words. */
  readonly summary: string;
}

const HEIGHT = 220;
/** `uPlot.Axis.Side.Right`: the enum has no value in isolated modules. Left is what uPlot does by itself. */
const ON_THE_RIGHT = { side: 1 };

/** A colour as it is now: a canvas knows no properties of style sheets. */
function colorOf(name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function scalesOf(series: readonly ChartSeries[]): uPlot.Scales {
  const scales: uPlot.Scales = { x: { time: true, range: ({ data: [times] }) => spanOf(times) } };
  for (const { label } of series) scales[label] = { range: (_, _min, max) => [0, (max || 1) * 1.1] };
  return scales;
}

function optionsOf({ series, timeLabel }: Pick<Props, 'series' | 'timeLabel'>, width: number): uPlot.Options {
  const [quiet, grid, font] = [colorOf('--quiet'), colorOf('--grid'), '12px system-ui, sans-serif'];
  const shared = { stroke: quiet, font, ticks: { stroke: grid, width: 1 } };
  const exact = new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' });
  return {
    width,
    height: HEIGHT,
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    legend: { live: true },
    scales: scalesOf(series),
    axes: [
      {
        ...shared,
        grid: { show: false },
        // Wide enough for a time with seconds.
        space: 90,
        values: (_, splits, _axis, _space, step) => formatTicks(splits, step, locale()),
      },
      ...series.map(({ label, format, formatTick: short, steps }, index): uPlot.Axis =>
        Object.assign<uPlot.Axis, { side?: number }>(
          {
            ...shared,
            scale: label,
            size: 72,
            ...(steps === undefined ? {} : { incrs: [...steps] }),
            grid: { show: index === 0, stroke: grid, width: 1 },
            values: (_, splits) => splits.map(short ?? format),
          },
          index === 0 ? {} : ON_THE_RIGHT,
        ),
      ),
    ],
    series: [
      { value: (_, at) => (!Number.isFinite(at) ? '–' : exact.format(new Date(at * 1000))), label: timeLabel },
      ...series.map(({ label, color, format }, index): uPlot.Series => ({
        label,
        scale: label,
        stroke: colorOf(color),
        width: 2,
        // Told apart without colours, too.
        ...(index === 0 ? {} : { dash: [6, 4] }),
        spanGaps: true,
        points: { size: 5 },
        value: (_, value) => (!Number.isFinite(value) ? '–' : format(value)),
      })),
    ],
  };
}

/** A picture of numbers over time. The text beside it says the same; the library comes when the first one is drawn. */
export function Chart({ times, series, timeLabel, summary }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const palette = paletteVersion.value;
  const spoken = language.value;
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    let chart: uPlot | undefined;
    let isGone = false;
    const observer = new ResizeObserver(() => chart?.setSize({ width: element.clientWidth, height: HEIGHT }));
    void import('uplot').then(({ default: Plot }) => {
      if (isGone) return;
      const data: uPlot.AlignedData = [[...times], ...series.map(({ values }) => [...values])];
      chart = new Plot(optionsOf({ series, timeLabel }, element.clientWidth), data, element);
      observer.observe(element);
    });
    return () => {
      isGone = true;
      observer.disconnect();
      chart?.destroy();
    };
  }, [times, series, timeLabel, palette, spoken]);
  return <div ref={place} class="chart" role="img" aria-label={summary} />;
}
