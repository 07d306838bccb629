import type { Finding } from "../types.ts";

/** What is wrong with an event, each field with what to do. */
export function Findings({ title, findings }: { title: string; findings: readonly Finding[] }) {
  if (findings.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul class="findings">
        {findings.map(({ path, code, message }) => (
          <li key={`${path} ${code}`}>
            {message} <code>{code}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}
