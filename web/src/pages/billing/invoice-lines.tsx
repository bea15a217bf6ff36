import type { InvoiceLine } from 'tollgate-client'
import { Amount } from '../../components/amount.tsx'

type InvoiceLinesProps = {
  lines: InvoiceLine[]
  currency: string
  total: { title: string; cents: number }
  /** What the total holds beyond the lines: credit, for instance. */
  also?: { title: string; cents: number } | undefined
}

/** The lines of an invoice with their sum, figures under each other. Quantity and rate stand in their words. */
export const InvoiceLines = ({ lines, currency, total, also }: InvoiceLinesProps) => (
  <dl className="figures">
    {lines.map((line, place) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: lines have no id and never change their order
      <div key={place} className="flex items-baseline justify-between gap-6 py-1.5">
        <dt className="min-w-0">{line.description}</dt>
        <dd>
          <Amount cents={line.amountCents} currency={currency} />
        </dd>
      </div>
    ))}
    {also && also.cents !== 0 && (
      <div className="flex items-baseline justify-between gap-6 py-1.5">
        <dt>{also.title}</dt>
        <dd>
          <Amount cents={also.cents} currency={currency} />
        </dd>
      </div>
    )}
    <div className="mt-1.5 flex items-baseline justify-between gap-6 border-t border-line pt-3 font-semibold">
      <dt>{total.title}</dt>
      <dd>
        <Amount cents={total.cents} currency={currency} />
      </dd>
    </div>
  </dl>
)
