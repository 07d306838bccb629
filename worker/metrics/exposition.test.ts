import parse from "parse-prometheus-text-format";
import { describe, expect, it } from "vitest";
import { exposition, histogramSamples, type Sample } from "./exposition.ts";

describe("the text format", () => {
  it("says of each name once what it is, then has a line for each sample", () => {
    const family = { name: "depth_events", type: "gauge", help: "Events that wait." } as const;
    const samples: Sample[] = [
      { labels: { game: "a", shard: "enam/0" }, value: 17 },
      { labels: {}, value: 0.25 },
    ];
    expect(exposition([{ ...family, samples }])).toBe(
      `# HELP depth_events Events that wait.
# TYPE depth_events gauge
depth_events{game="a",shard="enam/0"} 17
depth_events 0.25
`,
    );
  });

  it("leaves out a name that has nothing to say", () => {
    expect(exposition([{ name: "n", type: "gauge", help: "h", samples: [] }])).toBe("");
  });

  it("escapes what would end a value or a line", () => {
    const value = 'a "b"\\c\nd';
    const text = exposition([
      { name: "n", type: "gauge", help: "one \\ two\nthree", samples: [{ labels: { value }, value: 1 }] },
    ]);
    expect(text).toBe('# HELP n one \\\\ two\\nthree\n# TYPE n gauge\nn{value="a \\"b\\"\\\\c\\nd"} 1\n');
    expect(parse(text)).toEqual([
      { name: "n", help: "one \\ two\nthree", type: "GAUGE", metrics: [{ labels: { value }, value: "1" }] },
    ]);
  });

  it("writes a histogram's buckets as what came below each bound, the last of them as all", () => {
    const samples = histogramSamples({ game: "a" }, [0.5, 1], [2, 0, 3], 7.5);
    expect(exposition([{ name: "latency_seconds", type: "histogram", help: "h", samples }])).toBe(
      `# HELP latency_seconds h
# TYPE latency_seconds histogram
latency_seconds_bucket{game="a",le="0.5"} 2
latency_seconds_bucket{game="a",le="1"} 2
latency_seconds_bucket{game="a",le="+Inf"} 5
latency_seconds_sum{game="a"} 7.5
latency_seconds_count{game="a"} 5
`,
    );
  });
});
