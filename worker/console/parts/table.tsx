import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { number } from "../format.ts";

/** One column of a table. */
export interface Column<Row> {
  header: string;
  cell: (row: Row) => ComponentChildren;
  /** Numbers stand right, so that their digits do. */
  isNumber?: boolean;
  /** Half the width of a phone is enough for it, as it is for numbers. */
  isShort?: boolean;
  /** What names the row: one column of each table. */
  isName?: boolean;
}

interface TableProps<Row> {
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** What stands there instead of rows. */
  empty: ComponentChildren;
  /** Rows come and go all the time: the columns stay where they are. */
  isSteady?: boolean;
}

/**
 * A table that becomes a list of cards on a phone. Its roles are said once more because `display: block`, which cards need, takes
 * them away: https://adrianroselli.com/2018/02/tables-css-display-properties-and-aria.html
 */
export function Table<Row>(props: TableProps<Row>) {
  const { caption, columns, rows, keyOf, empty, isSteady } = props;
  if (rows.length === 0) {
    return (
      <section class="table empty">
        <h2>{caption}</h2>
        <p>{empty}</p>
      </section>
    );
  }
  return (
    <div class={isSteady ? "table steady" : "table"}>
      {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
      <table role="table">
        <caption>{caption}</caption>
        {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
        <thead role="rowgroup">
          {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
          <tr role="row">
            {columns.map(({ header, isNumber }) => (
              // biome-ignore lint/a11y/noRedundantRoles: see above
              <th key={header} role="columnheader" scope="col" class={isNumber ? "number" : ""}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        {/* biome-ignore lint/a11y/noRedundantRoles: see above */}
        <tbody role="rowgroup">
          {rows.map((row) => (
            // biome-ignore lint/a11y/noRedundantRoles: see above
            <tr key={keyOf(row)} role="row">
              {columns.map((column) => (
                <Cell key={column.header} column={column} row={row} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const STEP = 20;

/** A table of which more is shown when it is asked for: there may be hundreds of rows. */
export function LongTable<Row>(props: TableProps<Row>) {
  const [shown, setShown] = useState(STEP);
  return (
    <>
      <Table {...props} rows={props.rows.slice(0, shown)} />
      {props.rows.length > shown && (
        <div class="actions">
          <button type="button" onClick={() => setShown(shown + STEP)}>
            Show more of {number(props.rows.length)}
          </button>
        </div>
      )}
    </>
  );
}

function Cell<Row>({ column, row }: { column: Column<Row>; row: Row }) {
  const { header, cell, isNumber, isShort, isName } = column;
  const shared = { "data-label": header, class: isNumber ? "number" : isShort ? "" : "text" };
  return isName ? (
    // biome-ignore lint/a11y/noRedundantRoles: see Table
    <th role="rowheader" scope="row" {...shared}>
      {cell(row)}
    </th>
  ) : (
    // biome-ignore lint/a11y/noRedundantRoles: see Table
    <td role="cell" {...shared}>
      {cell(row)}
    </td>
  );
}
