// biome-ignore-all lint/a11y/noRedundantRoles: a table laid out as cards by CSS is no table to a screen reader unless its roles are written out
import { Fragment, type ReactNode, useState } from 'react'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

export type Column<Row> = {
  id: string
  title: string
  cell: (row: Row) => ReactNode
  /** What to sort by; without it the column does not sort. */
  sortBy?: (row: Row) => string | number
  align?: 'end'
  /** Buttons and links: its title is for screen readers only. */
  actions?: boolean
}

type Order = { column: string; descending: boolean } | null

type TableProps<Row> = {
  /** What the rows are, for screen readers. */
  label: string
  rows: Row[]
  columns: Column<Row>[]
  keyOf: (row: Row) => string
  /** More about a row, under it. */
  detail?: (row: Row) => ReactNode
  /** The next page, where there is one. */
  more?: { load: () => void; loading: boolean } | undefined
}

const sorted = <Row,>(rows: Row[], columns: Column<Row>[], order: Order): Row[] => {
  const sortBy = columns.find((column) => column.id === order?.column)?.sortBy
  if (!order || !sortBy) return rows
  const direction = order.descending ? -1 : 1
  return rows.toSorted((one, other) => {
    const [left, right] = [sortBy(one), sortBy(other)]
    if (typeof left === 'number' && typeof right === 'number') return (left - right) * direction
    return String(left).localeCompare(String(right)) * direction
  })
}

/** Rows with sorting and paging; cards on a phone. */
export const Table = <Row,>({ label, rows, columns, keyOf, detail, more }: TableProps<Row>) => {
  const [order, setOrder] = useState<Order>(null)
  return (
    <div>
      <table role="table" aria-label={label} className="block w-full text-left sm:table">
        <thead role="rowgroup" className="sr-only sm:not-sr-only sm:table-header-group">
          <tr role="row" className="border-b border-line">
            {columns.map((column) => (
              <Heading key={column.id} column={column} order={order} onSort={setOrder} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className="block sm:table-row-group">
          {sorted(rows, columns, order).map((row) => (
            <Fragment key={keyOf(row)}>
              <Cells row={row} columns={columns} />
              {detail && (
                <tr role="row" className="block sm:table-row">
                  <td role="cell" colSpan={columns.length} className="block pb-3 sm:table-cell sm:-mt-1">
                    {detail(row)}
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
      {more && (
        <div className="mt-4 flex justify-center">
          <Button onClick={more.load} busy={more.loading}>
            Show more
          </Button>
        </div>
      )}
    </div>
  )
}

const Cells = <Row,>({ row, columns }: { row: Row; columns: Column<Row>[] }) => (
  <tr
    role="row"
    className="block border-t border-line pt-3 pb-3 first:border-t-0 first:pt-0 sm:table-row sm:py-0"
  >
    {columns.map((column) => (
      <td
        key={column.id}
        role="cell"
        className={`figures flex items-baseline justify-between gap-4 py-0.5 align-baseline sm:table-cell sm:py-3 sm:pr-4 sm:last:pr-0 ${
          column.align === 'end' ? 'sm:text-right' : ''
        }`}
      >
        {!column.actions && (
          <span aria-hidden="true" className="shrink-0 text-muted sm:hidden">
            {column.title}
          </span>
        )}
        <span className={`min-w-0 text-right sm:text-start ${column.align === 'end' ? 'sm:text-end' : ''}`}>
          {column.cell(row)}
        </span>
      </td>
    ))}
  </tr>
)

type HeadingProps<Row> = { column: Column<Row>; order: Order; onSort: (order: Order) => void }

const Heading = <Row,>({ column, order, onSort }: HeadingProps<Row>) => {
  const current = order?.column === column.id ? order : null
  const direction = current?.descending ? 'descending' : 'ascending'
  const side = column.align === 'end' ? 'text-right' : ''
  const place = `py-2 pr-4 text-small font-medium text-muted last:pr-0 ${side}`
  if (!column.sortBy) {
    return (
      <th role="columnheader" scope="col" className={place}>
        <span className={column.actions ? 'sr-only' : ''}>{column.title}</span>
      </th>
    )
  }
  return (
    <th role="columnheader" scope="col" className={place} aria-sort={current ? direction : 'none'}>
      <button
        type="button"
        onClick={() => onSort({ column: column.id, descending: current ? !current.descending : false })}
        className={`hidden h-5 items-center sm:inline-flex gap-0.5 align-bottom rounded-box font-medium hover:text-ink ${column.align === 'end' ? 'flex-row-reverse' : ''}`}
      >
        {column.title}
        <Icon
          name={current?.descending ? 'down' : 'up'}
          className={`size-4 ${current ? 'text-ink' : 'opacity-0'}`}
        />
      </button>
      <span className="sm:hidden">{column.title}</span>
    </th>
  )
}
