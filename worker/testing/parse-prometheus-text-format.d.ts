/** What the tests use of the package, which brings no types. */
declare module "parse-prometheus-text-format" {
  interface Parsed {
    name: string;
    help: string;
    type: "COUNTER" | "GAUGE" | "HISTOGRAM" | "SUMMARY" | "UNTYPED";
    metrics: object[];
  }
  /** Throws where a line cannot be read. */
  export default function parse(text: string): Parsed[];
}
