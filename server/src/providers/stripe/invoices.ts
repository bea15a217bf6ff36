import Stripe from 'stripe'
import { fromInvoice, idOf } from './convert.ts'
import { askStripe } from './errors.ts'
import type { RemoteInvoice, StripePort } from './port.ts'

/** The metadata by which an invoice of ours is found again, beside which renewal it stands. */
const BESIDE_KEY = 'tollgate_beside'

/** Invoices of our own beside a renewal's. */
export function invoicesBeside(sdk: Stripe): Pick<StripePort, 'ensureInvoiceBeside' | 'finalizeInvoice'> {
  return {
    ensureInvoiceBeside: ({ renewalInvoiceId, renewedAt, customerId, subscriptionId, ...words }) =>
      askStripe(async () => {
        const since = { customer: customerId, created: { gte: seconds(renewedAt) }, limit: 100 }
        for await (const invoice of sdk.invoices.list(since)) {
          if (invoice.metadata?.[BESIDE_KEY] === renewalInvoiceId) return wholeInvoice(sdk, invoice)
        }
        // A checkout leaves its card with the subscription, not as the customer's own default.
        const { default_payment_method: card } = await sdk.subscriptions.retrieve(subscriptionId)
        const created = await sdk.invoices.create(
          {
            customer: customerId,
            ...words,
            ...(card === null ? {} : { default_payment_method: idOf(card) }),
            auto_advance: false,
            collection_method: 'charge_automatically',
            pending_invoice_items_behavior: 'exclude',
            metadata: { [BESIDE_KEY]: renewalInvoiceId },
          },
          { idempotencyKey: `beside:${renewalInvoiceId}` },
        )
        return wholeInvoice(sdk, created)
      }),
    finalizeInvoice: (invoiceId) =>
      askStripe(async () => {
        const { status } = await sdk.invoices.retrieve(invoiceId)
        if (status !== 'draft') return
        await sdk.invoices.finalizeInvoice(
          invoiceId,
          { auto_advance: true },
          { idempotencyKey: `finalize:${invoiceId}` },
        )
      }),
  }
}

/** An invoice shows only its first lines; the rest is a list of its own. */
async function wholeInvoice(sdk: Stripe, invoice: Stripe.Invoice): Promise<RemoteInvoice> {
  const lines: Stripe.InvoiceLineItem[] = [...invoice.lines.data]
  if (invoice.lines.has_more && invoice.id !== undefined) {
    const after = lines.at(-1)?.id
    const more = sdk.invoices.listLineItems(invoice.id, {
      limit: 100,
      ...(after ? { starting_after: after } : {}),
    })
    for await (const line of more) lines.push(line)
  }
  return fromInvoice(invoice, lines)
}

/** Reading invoices, and putting lines on drafts. */
export function invoices(sdk: Stripe): Pick<StripePort, 'fetchInvoice' | 'addInvoiceLines'> {
  return {
    fetchInvoice: (id) =>
      askStripe(async () => wholeInvoice(sdk, await sdk.invoices.retrieve(id, { expand: ['payments'] }))),
    addInvoiceLines: ({ invoiceId, lines, idempotencyKey }) =>
      askStripe(async () =>
        wholeInvoice(
          sdk,
          await sdk.invoices.addLines(
            invoiceId,
            {
              lines: lines.map((line) => ({
                description: line.description,
                ...quantityParam(line.quantity),
                discountable: false,
                price_data: {
                  currency: line.currency,
                  product: line.productId,
                  unit_amount_decimal: Stripe.Decimal.from(line.unitAmountDecimal),
                },
                period: { start: seconds(line.period.start), end: seconds(line.period.end) },
                metadata: line.metadata,
              })),
              expand: ['payments'],
            },
            { idempotencyKey },
          ),
        ),
      ),
  }
}

/** Whole units go in the field that every API version knows, fractions in the one made for them. */
function quantityParam(quantity: string): { quantity: number } | { quantity_decimal: Stripe.Decimal } {
  const whole = Number(quantity)
  return Number.isSafeInteger(whole)
    ? { quantity: whole }
    : { quantity_decimal: Stripe.Decimal.from(quantity) }
}

function seconds(instantAt: Date): number {
  return Math.floor(instantAt.getTime() / 1000)
}
