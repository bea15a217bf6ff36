import { useInfiniteQuery } from '@tanstack/react-query'
import type { Payment } from 'tollgate-client'
import { Amount } from '../../components/amount.tsx'
import { Badge } from '../../components/badge.tsx'
import { Empty } from '../../components/empty.tsx'
import { Loaded } from '../../components/loaded.tsx'
import { Section } from '../../components/section.tsx'
import { Skeleton } from '../../components/skeleton.tsx'
import { type Column, Table } from '../../components/table.tsx'
import { When } from '../../components/when.tsx'
import { paymentsQuery } from '../../lib/queries.ts'
import { paymentWord, reasonText } from '../../lib/words.ts'
import { InvoiceLines } from './invoice-lines.tsx'

const dateOf = (payment: Payment) => payment.invoicedAt ?? payment.paidAt ?? payment.periodEnd

const columns: Column<Payment>[] = [
  {
    id: 'date',
    title: 'Date',
    cell: (payment) => {
      const at = dateOf(payment)
      return at === null ? 'Not dated' : <When at={at} as="short" />
    },
    sortBy: (payment) => dateOf(payment) ?? '',
  },
  { id: 'reason', title: 'For', cell: (payment) => reasonText(payment.reason) },
  {
    id: 'status',
    title: 'Status',
    cell: (payment) => <Badge word={paymentWord(payment)} />,
    sortBy: (payment) => paymentWord(payment).text,
  },
  {
    id: 'amount',
    title: 'Amount',
    align: 'end',
    cell: (payment) => <Amount cents={payment.amountCents} currency={payment.currency} />,
    sortBy: (payment) => payment.amountCents,
  },
  {
    id: 'documents',
    title: 'Documents',
    align: 'end',
    actions: true,
    cell: (payment) => <Documents payment={payment} />,
  },
]

/** What was paid, newest first, each with its lines and its invoice. */
export const PaymentsSection = () => {
  const payments = useInfiniteQuery(paymentsQuery)
  return (
    <Section
      title="Payments"
      aside={
        payments.data &&
        payments.data.length > 0 && (
          <a className="link" href="/api/billing/history.csv" download>
            Download as CSV
          </a>
        )
      }
    >
      <Loaded
        query={payments}
        failure="Your payments could not be loaded."
        skeleton={<Skeleton className="h-28 w-full" />}
      >
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="No payments yet">Each invoice appears here with its lines and a PDF.</Empty>
          ) : (
            <Table
              label="Payments"
              rows={rows}
              columns={columns}
              keyOf={(payment) => payment.id}
              detail={(payment) => <Lines payment={payment} />}
              more={
                payments.hasNextPage
                  ? { load: () => void payments.fetchNextPage(), loading: payments.isFetchingNextPage }
                  : undefined
              }
            />
          )
        }
      </Loaded>
    </Section>
  )
}

const Lines = ({ payment }: { payment: Payment }) => {
  if (payment.lines.length === 0) return null
  return (
    <details>
      <summary className="link inline-block text-small">
        {payment.lines.length === 1 ? '1 line' : `${payment.lines.length} lines`}
        <span className="sr-only"> of the invoice over </span>
        <span className="sr-only">
          <Amount cents={payment.amountCents} currency={payment.currency} />
        </span>
      </summary>
      <div className="mt-2 rounded-box bg-canvas p-4">
        <InvoiceLines
          lines={payment.lines}
          currency={payment.currency}
          total={{ title: 'Total', cents: payment.amountCents }}
        />
        {payment.refundedCents > 0 && (
          <p className="mt-2 text-small text-muted">
            Refunded: <Amount cents={payment.refundedCents} currency={payment.currency} />
          </p>
        )}
      </div>
    </details>
  )
}

const Documents = ({ payment }: { payment: Payment }) => (
  <span className="inline-flex gap-4">
    {payment.status === 'open' && payment.hostedInvoiceUrl && (
      <a className="link" href={payment.hostedInvoiceUrl}>
        Pay<span className="sr-only"> this invoice</span>
      </a>
    )}
    {payment.invoicePdfUrl && (
      <a className="link" href={payment.invoicePdfUrl}>
        PDF<span className="sr-only"> of this invoice</span>
      </a>
    )}
  </span>
)
