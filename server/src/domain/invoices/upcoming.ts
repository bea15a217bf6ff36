import type { UpcomingInvoice } from '../../providers/stripe/port.ts'
import type { SealTerms } from '../overage/seal.ts'
import type { Payment } from './invoice.ts'

/** The next invoice as it would be now. Amounts are minor units. */
export type Upcoming = {
  date: Date | null
  currency: string
  amountDueCents: bigint
  lines: {
    description: string
    quantity: string | null
    unitAmountCents: string | null
    amountCents: bigint
  }[]
  overageCents: bigint
  creditCents: bigint
}

/**
 * What the account will be asked for next: Stripe's own preview of the renewal, and beside it the use beyond the plan
 * so far, which stands on no invoice yet. Where the renewal's draft is there already, it is that draft.
 */
export function composeUpcoming(input: {
  currency: string
  draft: Payment | undefined
  preview: UpcomingInvoice | undefined
  /** Use beyond the plan that no line of the draft or preview has. */
  overage: SealTerms[]
}): Upcoming {
  const { draft, preview } = input
  const overage = input.overage
    .filter((seal) => seal.amountCents > 0n)
    .map((seal) => ({
      description: seal.description,
      quantity: seal.billed.toFixed(),
      unitAmountCents: seal.unitCents.toFixed(),
      amountCents: seal.amountCents,
    }))
  const overageCents = overage.reduce((sum, line) => sum + line.amountCents, 0n)
  const lines = draft?.lines ?? preview?.lines ?? []
  return {
    date: draft?.finalizesAt ?? preview?.date ?? null,
    currency: preview?.currency ?? draft?.currency ?? input.currency,
    amountDueCents: (draft?.amountCents ?? preview?.amountDueCents ?? 0n) + overageCents,
    lines: [
      ...lines.map((line) => ({
        description: line.description,
        quantity: line.quantity === null ? null : String(line.quantity),
        unitAmountCents: line.unitAmountCents,
        amountCents: BigInt(line.amountCents),
      })),
      ...overage,
    ],
    overageCents,
    creditCents: preview?.creditCents ?? 0n,
  }
}
