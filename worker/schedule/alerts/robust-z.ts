/** Makes the median absolute deviation comparable with a standard deviation: the normal distribution's 75th percentile. */
const NORMAL_QUARTILE = 0.6745;

/** The middle of some numbers; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/**
 * How far a value is from the others' median, in units in which ±1 is as usual as one standard deviation; one wild day among the
 * others moves it little. https://www.itl.nist.gov/div898/handbook/eda/section3/eda35h.htm
 * `floor`: the least deviation that is taken for usual, of the median; without it, values that hardly vary would make any other an outlier.
 */
export function robustZ(value: number, others: readonly number[], floor: number): number {
  const center = median(others);
  const mad = median(others.map((other) => Math.abs(other - center)));
  return (NORMAL_QUARTILE * (value - center)) / Math.max(mad, floor * Math.abs(center));
}
