import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { clock, number } from "../format.ts";
import { inWords, piledUp, type Stack } from "../series.ts";

const HEIGHT_PX = 200;
const MINUTE_S = 60;
/** Bars are drawn in the middle of their minute, which is half of one wide at both ends. */
const MARGIN_S = MINUTE_S / 2;
/** An axis up to one or two makes a single event look like a storm. */
const LEAST_TOP = 5;

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** Counts a minute, stacked. What is drawn is also said in words, and is there as a table. */
export function StackChart({ title, stack }: { title: string; stack: Stack }) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const [cursor, setCursor] = useState<number | null>(null);
  const [isDark, setDark] = useState(DARK.matches);
  const colors = stack.series.map(({ color }) => color).join();

  useEffect(() => {
    const change = () => setDark(DARK.matches);
    DARK.addEventListener("change", change);
    return () => DARK.removeEventListener("change", change);
  }, []);

  // Numbers alone do not make it a new plot, another scheme of colours does.
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const drawn = new uPlot(optionsOf(stack, element.clientWidth, setCursor), dataOf(stack), element);
    plot.current = drawn;
    const fit = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    fit.observe(element);
    return () => {
      fit.disconnect();
      drawn.destroy();
    };
  }, [colors, isDark]);

  useEffect(() => plot.current?.setData(dataOf(stack)), [stack]);

  const moment = cursor === null ? undefined : stack.moments[cursor];
  return (
    <figure class="card">
      <figcaption>
        <h2>{title}</h2>
        <span class="note">{moment === undefined ? "last 60 minutes" : `${shortClock(moment)} UTC`}</span>
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={`${title}. ${inWords(stack)}`} />
      <ul class="legend">
        {stack.series.map(({ name, color, values }) => (
          <li key={name}>
            <span class={`swatch color-${color}`} />
            {name} <b>{number(cursor === null ? sum(values) : (values[cursor] ?? 0))}</b>
          </li>
        ))}
      </ul>
      <AsTable title={title} stack={stack} />
    </figure>
  );
}

/** Made only once it is wanted: it has sixty rows. */
function AsTable({ title, stack }: { title: string; stack: Stack }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>As a table</summary>
      {isOpen && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section class="scroll" tabIndex={0} aria-label={`${title}, as a table`}>
          <table>
            <thead>
              <tr>
                <th scope="col">UTC</th>
                {stack.series.map(({ name }) => (
                  <th key={name} scope="col" class="number">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {stack.moments.map((moment, index) => (
                <tr key={moment}>
                  <th scope="row">{shortClock(moment)}</th>
                  {stack.series.map(({ name, values }) => (
                    <td key={name} class="number">
                      {number(values[index] ?? 0)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}

/** The tallest pile first: those below are drawn over it. */
function dataOf(stack: Stack): uPlot.AlignedData {
  return [stack.moments, ...piledUp(stack).toReversed()];
}

function optionsOf(stack: Stack, width: number, onCursor: (index: number | null) => void): uPlot.Options {
  const styles = getComputedStyle(document.documentElement);
  const color = (name: string) => styles.getPropertyValue(name).trim();
  const bars = uPlot.paths.bars?.({ size: [0.8, 20] });
  const axis = { stroke: color("--muted"), font: `11px ${styles.fontFamily}`, ticks: { show: false } };
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    hooks: { setCursor: [({ cursor: { idx } }) => onCursor(idx ?? null)] },
    padding: [8, 8, 0, 0],
    scales: {
      x: { range: (_, min, max) => [min - MARGIN_S, max + MARGIN_S] },
      y: { range: (_, __, max) => [0, Math.max(LEAST_TOP, max * 1.05)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        values: (_, moments) => moments.map(shortClock),
        space: 60,
        size: 26,
        gap: 6,
      },
      {
        ...axis,
        grid: { stroke: color("--line"), width: 1 },
        size: 44,
        values: (_, counts) => counts.map(number),
      },
    ],
    series: [
      {},
      ...stack.series.toReversed().map((series) => ({
        fill: color(`--color-${series.color}`),
        width: 0,
        points: { show: false },
        ...(bars && { paths: bars }),
      })),
    ],
  };
}

function shortClock(seconds: number): string {
  return clock(new Date(seconds * 1_000).toISOString()).slice(0, 5);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
