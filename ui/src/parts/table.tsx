/** A real table; on a phone each row becomes a small card whose lines are named by the columns. */
import type { Key, ReactNode } from "react";

export interface Column<Row> {
  readonly key: string;
  readonly head: string;
  readonly cell: (row: Row) => ReactNode;
  /** The cell that names its row. */
  readonly isName?: boolean;
  readonly align?: "end";
  /** Of no use on a phone. */
  readonly wideOnly?: boolean;
  /** Its cells need no name on a phone. */
  readonly plain?: boolean;
}

export interface TableProps<Row> {
  /** Said before the table is read; not shown. */
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => Key;
  readonly rowClass?: (row: Row) => string;
  readonly className?: string;
}

export function Table<Row>({ caption, columns, rows, rowKey, rowClass, className = "" }: TableProps<Row>) {
  return (
    <table className={`table ${className}`}>
      <caption className="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ key, head, align, wideOnly }) => (
            <th key={key} scope="col" data-align={align} data-wide-only={wideOnly}>
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)} className={rowClass?.(row)}>
            {columns.map(({ key, head, cell, isName, align, wideOnly, plain }) => {
              const Cell = isName === true ? "th" : "td";
              return (
                <Cell
                  key={key}
                  scope={isName === true ? "row" : undefined}
                  data-column={key}
                  data-head={isName === true || plain === true ? undefined : head}
                  data-align={align}
                  data-wide-only={wideOnly}
                >
                  {cell(row)}
                </Cell>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
